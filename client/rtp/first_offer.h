/* The first offer to the router, which travels with `join`: it is made while the socket is opened, and what else its
 * connection has to say waits until we are in. client/web/first_offer.js is the same. Pure; embedded. */
#ifndef HEDDLE_CLIENT_FIRST_OFFER_H
#define HEDDLE_CLIENT_FIRST_OFFER_H

#include <jansson.h>
#include <stdbool.h>

#define FIRST_OFFER_HELD_MAX 64 /* more candidates are dropped: no machine has as many that matter */

struct first_offer {
    bool is_open;  /* messages are held: we are not in yet */
    json_t *offer; /* the message; NULL: not made yet */
    json_t *held;  /* candidates of it, as messages */
};

void first_offer_init(struct first_offer *first);
void first_offer_fini(struct first_offer *first);
/* Takes a message of the connection. A later offer replaces the former one and its candidates. */
void first_offer_hold(struct first_offer *first, json_t *message);
/* What `join` carries, a new reference; NULL: nothing. */
json_t *first_offer_for_join(const struct first_offer *first);
/* Whether the offer said of a source that it is muted; `now` for a source that was not in it. */
bool first_offer_is_muted(const struct first_offer *first, const char *source, bool now);

#endif
