/* The one status of a call, for people: the state of the worst of its connections. It is the rule of
 * client/web/status.js; tests/vectors/status/ holds for both.
 *
 * A connection whose media is lost always counts. A connection that is not up and has lost nothing counts, except
 *
 *   - while a connection of the room's former topology still works: media moves when the new one is up;
 *   - while it starts, if all was well before: then the connection that it replaces ended because its remote peer left.
 *
 * So people see every loss, but not that a change of the room's topology starts new connections. Pure. */
#ifndef HEDDLE_CLIENT_STATUS_H
#define HEDDLE_CLIENT_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/call/reconnect.h"

enum call_state {
    CALL_CONNECTING,
    CALL_CONNECTED,
    CALL_DISCONNECTED, /* a path or signaling is away; it may heal by itself */
    CALL_RECONNECTING, /* `attempt` of `max` */
    CALL_FAILED,       /* given up */
};
struct call_status {
    enum call_state state;
    unsigned attempt, max;
    bool is_well; /* of connections only: signaling may be away */
};

/* A connection that the room's topology asks for. */
struct status_connection {
    enum reconnect_state state;
    unsigned attempt; /* of restarting */
    bool is_lost;     /* media that it carried, or that the connection carried which it replaces, was lost */
};
struct status_input {
    bool has_joined;
    bool is_signaling_down;
    bool is_covered; /* a connection of the room's former topology works */
    bool was_well;   /* `is_well` of the last status of this place in the room; at first false */
    unsigned max_restarts;
    size_t count;
    const struct status_connection *connections; /* `count` of them */
};
struct call_status status_of(const struct status_input *input);

#endif
