/* When to open the signaling socket again, when to ping the server, and when to treat the socket as dead. Pure;
 * embedded.
 *
 *   away -> opening     the backoff is over, or the network changed
 *   opening -> joined   the server let us in
 *   opening | joined -> away   it broke, or was silent for too long */
#ifndef HEDDLE_CLIENT_SOCKET_KEEPALIVE_H
#define HEDDLE_CLIENT_SOCKET_KEEPALIVE_H

#include <stdbool.h>

#include "transport/base/time.h"

enum socket_state { SOCKET_AWAY, SOCKET_OPENING, SOCKET_JOINED };
enum socket_action { SOCKET_NOTHING, SOCKET_OPEN, SOCKET_PING, SOCKET_DROP };

struct socket_keepalive {
    enum socket_state state;
    unsigned failures;       /* since it was joined last */
    usec_t open_at, ping_at; /* when to open (away), when to ping (joined) */
    usec_t heard;            /* when anything came from the server */
    usec_t doubted_until; /* something must come from the server by then; USEC_NEVER: there is no doubt that it lives */
    usec_t polled;
};

void socket_keepalive_init(struct socket_keepalive *keepalive, usec_t now); /* away, to be opened at once */
void socket_keepalive_opened(struct socket_keepalive *keepalive, usec_t now);
void socket_keepalive_joined(struct socket_keepalive *keepalive, usec_t now);
void socket_keepalive_heard(struct socket_keepalive *keepalive, usec_t now);
/* `unit`: a random number in [0, 1), so that the participants of a room do not all come back in the same moment. */
void socket_keepalive_lost(struct socket_keepalive *keepalive, double unit, usec_t now);
/* The network changed: an open socket has to show soon that it lives; one that is away is opened at once. */
void socket_keepalive_doubt(struct socket_keepalive *keepalive, usec_t now);
/* What is due. Call a few times a second. After SOCKET_OPEN and SOCKET_DROP, tell the result. */
enum socket_action socket_keepalive_poll(struct socket_keepalive *keepalive, usec_t now);

#endif
