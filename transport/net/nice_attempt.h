/* One NiceAgent with one stream of one component: the sockets and checks of one pair of credentials. ice_agent.c makes
 * one for the start and one for each restart.
 *
 * Callbacks may come from inside a call into libnice, so the owner must defer its work. Only `datagram` always comes
 * from the loop. */
#ifndef HEDDLE_NET_NICE_ATTEMPT_H
#define HEDDLE_NET_NICE_ATTEMPT_H

#include "transport/net/glib_bridge.h"
#include "transport/net/ice_agent_config.h"

struct attempt;
struct attempt_owner {
    void (*datagram)(void *user, uint8_t *data, size_t length);
    void (*changed)(void *user);                                         /* is_connected or has_failed */
    void (*candidate)(void *user, struct attempt *of, const char *text); /* NULL: no more */
    void *user;
};

/* `config` gives roles and addresses; its credentials and servers are ignored. NULL: libnice refused. */
struct attempt *attempt_new(struct glib_bridge *bridge, const struct ice_agent_config *config,
                            const struct ice_credentials *local, const struct attempt_owner *owner);
/* No callbacks come any more; the memory is freed when libnice has closed. */
void attempt_close(struct attempt *attempt);
/* Numeric addresses; an empty host is skipped. */
int attempt_gather(struct attempt *attempt, const struct ice_server *servers, size_t count);
int attempt_set_remote(struct attempt *attempt, const struct ice_credentials *remote);
/* Kept until there are remote credentials. */
int attempt_add_candidate(struct attempt *attempt, const char *candidate);
size_t attempt_send(struct attempt *attempt, const struct ice_message *messages, size_t count);
const struct ice_credentials *attempt_local(const struct attempt *attempt);
const struct ice_credentials *attempt_remote(const struct attempt *attempt); /* NULL: not set */
bool attempt_is_connected(const struct attempt *attempt);
bool attempt_has_failed(const struct attempt *attempt);
const char *attempt_path_kind(const struct attempt *attempt);

#endif
