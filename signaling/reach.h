/* How a participant of a room is told things. Today that is a WebSocket, which keeps the participant's place while it
 * is open, and for the grace period after. A participant that comes by one HTTP request and lives as long as its media,
 * or whose socket is on another node, is a reach of another kind. */
#ifndef HEDDLE_SIGNALING_REACH_H
#define HEDDLE_SIGNALING_REACH_H

#include <stdbool.h>
#include <stddef.h>

struct text;

/* No call into rooms from inside one of these. */
struct reach_kind {
    void (*send)(void *owner, struct text *text); /* holds it as long as it waits */
    size_t (*backlog)(const void *owner);         /* bytes that wait to be sent */
    void (*let_go)(void *owner);                  /* it has no participant any more */
    void (*end)(void *owner);                     /* likewise, since another one has it: close after what was sent */
    bool can_mesh;                                /* what other participants offer can be passed on to it */
};

struct reach {
    const struct reach_kind *kind; /* NULL: none */
    void *owner;
};

#endif
