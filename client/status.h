/* The one status of a call, for people: what is wrong with the worst of its connections. It is the rule of
 * client/web/status.js; tests/vectors/status/ holds for both.
 *
 * A connection whose media is lost always counts. One that is not up and has lost nothing counts only where nobody else
 * carries the media:
 *
 *   - not while a connection of the room's former topology still works: media moves when the new one is up;
 *   - not while it starts, if all was well before: what it replaces ended because nobody is at its other end any more.
 *
 * So a change of the room's topology, which starts connections, is seen by nobody, and every loss is. Pure. */
#ifndef HEDDLE_CLIENT_STATUS_H
#define HEDDLE_CLIENT_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/reconnect.h"

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
    bool is_lost;     /* media that it carried, or that one carried whose place it takes, is gone */
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
