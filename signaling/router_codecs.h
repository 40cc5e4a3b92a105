/* Which codec of a publisher's the others can decode: asked at its offer, and when it turns out that somebody cannot
 * decode what comes. */
#ifndef HEDDLE_SIGNALING_ROUTER_CODECS_H
#define HEDDLE_SIGNALING_ROUTER_CODECS_H

#include "signaling/router_participant_state.h"

/* Of each other participant's connection, one video m-line that it receives on. The caller frees the array, not what it
 * refers to. */
size_t router_connection_viewers(const struct router_connection *publisher, const struct media ***viewers);
/* A viewer cannot decode what comes, says the event: when more of the room could decode another codec, its publisher is
 * told which. */
void codecs_ask(const struct router_participant *router, const struct room *room, const struct router_event *event);

#endif
