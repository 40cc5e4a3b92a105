/* How a participant of a room is sent messages, and what keeps its place. That is a WebSocket: while it is open, and
 * for the grace period after; or an HTTP resource (whip_session.h), which hears the router's answers alone, and
 * stays as long as its media. A participant whose socket is on another node would have a reach of another kind. */
#ifndef HEDDLE_SIGNALING_REACH_H
#define HEDDLE_SIGNALING_REACH_H

#include <stdbool.h>
#include <stddef.h>

struct router_answer; /* signaling/proto/negotiate_types.h */
struct text;

/* These must not call into rooms. */
struct reach_kind {
    void (*send)(void *owner, struct text *text); /* takes a reference while the text waits to be sent */
    size_t (*backlog)(const void *owner);         /* bytes that wait to be sent */
    /* Its offer to the router was accepted; NULL: it is told by a message. */
    void (*answered)(void *owner, const struct router_answer *answer);
    /* Another one makes it send so many messages: they are not counted as too many. */
    void (*allow)(void *owner, unsigned messages);
    void (*let_go)(void *owner); /* its participant is gone: forget it */
    void (*end)(void *owner);    /* another reach has the participant: close after what was sent */
    bool can_mesh;               /* offers of other participants can be delivered to it */
    bool has_grace;              /* when it is gone, the place is kept for a while; less long in the waiting room */
    bool lives_with_media;       /* the participant leaves when its connection to the router is lost */
};

struct reach {
    const struct reach_kind *kind; /* NULL: none */
    void *owner;
};

#endif
