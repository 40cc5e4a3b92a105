/* Which codecs of a publisher the others can decode. Looked at when it offers, and when a viewer cannot decode what it
 * is sent. */
#ifndef HEDDLE_SIGNALING_ROUTER_CODECS_H
#define HEDDLE_SIGNALING_ROUTER_CODECS_H

#include "signaling/router/router_participant_state.h"

/* Of each other participant's connection, one video m-line that it receives on. The caller frees the array, not what it
 * refers to. */
size_t router_connection_viewers(const struct router_connection *publisher, const struct media ***viewers);
/* The event says that a viewer cannot decode a publication. If more participants could decode another codec, the
 * publisher is told which. */
void router_request_codecs(const struct router_participant *router, const struct room *room,
                           const struct router_event *event);

#endif
