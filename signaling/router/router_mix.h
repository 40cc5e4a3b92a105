/* N-1: who is in a mixed room hears everybody but itself. The mixer sends one mix for all who are silent, and one
 * for each voice without that voice (its lanes, MESSAGE_LANES). Clients name the mixer's "mix" only; which stream that
 * is for whom is decided here, by what the mixer said of its lanes. To the worker it is a shared slot, so that a change
 * is a request and not another offer. */
#ifndef HEDDLE_SIGNALING_ROUTER_MIX_H
#define HEDDLE_SIGNALING_ROUTER_MIX_H

#include "signaling/router/router_participant_state.h"

/* Takes the entry of the mix out of `receives`, and remembers its m-line. To be followed by router_mix_show(). */
void router_mix_take(struct router_connection *connection, struct router_receive *receives, size_t *count);
/* Asks the worker for the connection's present stream, also if nothing has changed. */
void router_mix_show(struct router_participant *router, struct router_connection *connection);
/* The lanes have changed. */
void router_mix_follow(struct router_participant *router, const struct room *room);
/* "p7/mix-2" as clients know it: "p7/mix". Other publications are copied. */
void router_mix_shown_name(char out[PUBLICATION_ID_MAX + 1], const char *publication);

#endif
