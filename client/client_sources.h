/* What a client sends, by source: made by the library (a publisher of its own for each), or filled by the application.
 * They come and go while the call goes on. */
#ifndef HEDDLE_CLIENT_CLIENT_SOURCES_H
#define HEDDLE_CLIENT_CLIENT_SOURCES_H

#include <jansson.h>

#include "client/client_source_types.h"

void client_sources_init(struct heddle_client *client);
void client_sources_fini(struct client_sources *sources);
/* With the defaults of heddle_client.h where it has zeros. */
struct heddle_client_media client_media_filled(const struct heddle_client_media *media);
/* NULL: there is no such source. */
struct client_source *client_source_find(struct heddle_client *client, const char *name);
static inline bool client_source_is_sent(const struct client_source *source)
{
    return source->publisher != NULL || source->pushed != NULL;
}
/* Offers what is sent, after a source came or went. */
void client_sources_offer(struct heddle_client *client);
/* The source is not sent any more, and may be again. */
void client_source_end(struct client_source *source);
void client_source_mute(struct client_source *source, bool is_muted);
void client_source_request_keyframe(struct client_source *source, unsigned encoding);
/* Nothing is made before the first connection is up, nor after the call. */
void client_sources_start(struct client_sources *sources);
void client_sources_stop(struct client_sources *sources);
/* Connections came or went. */
void client_sources_follow(struct heddle_client *client);
/* What connections carry is shared by the videos that the library makes, as their full bitrates are; often. */
void client_sources_adapt(struct heddle_client *client, usec_t now);
/* The router's `encodings` of a source; NULL: a new place in the room, nothing is known of any. */
void client_sources_set_encodings(struct heddle_client *client, const char *name, const json_t *active);

#endif
