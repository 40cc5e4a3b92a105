/* The TCP candidates of an ICE-lite peer, each tried by an attempt of its own, over the local address that the kernel
 * sends from to that candidate. libnice nominates a TCP path only when no other check of the same agent waits for its
 * answer: a network that drops UDP, an interface that reaches nobody, or an address of the peer that nobody answers at
 * would each hold it back for two seconds. Used in the thread of the loop. */
#ifndef HEDDLE_NET_TCP_ATTEMPTS_H
#define HEDDLE_NET_TCP_ATTEMPTS_H

#include "transport/net/nice_attempt.h"

#define TCP_ATTEMPTS_MAX 8

struct tcp_attempts {
    struct attempt *list[TCP_ATTEMPTS_MAX];
    size_t count;
};

/* `local` and `remote` are the credentials of the attempt beside which this is tried. ERR_INVALID, ERR_UNSUPPORTED: as
 * candidate_parse() says; ERR_LIMIT: so many are tried already; ERR_IO: no local address reaches it. */
int tcp_attempts_add(struct tcp_attempts *attempts, struct glib_bridge *bridge, const struct ice_agent_config *config,
                     const struct ice_credentials *local, const struct ice_credentials *remote, const char *candidate,
                     const struct attempt_owner *owner);
/* The first that is connected: it is the caller's now. NULL: none is. */
struct attempt *tcp_attempts_take_connected(struct tcp_attempts *attempts);
/* Whether none of them may still connect. */
bool tcp_attempts_have_failed(const struct tcp_attempts *attempts);
void tcp_attempts_close(struct tcp_attempts *attempts);

#endif
