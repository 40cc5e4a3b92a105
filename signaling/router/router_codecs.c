#include "signaling/router/router_codecs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/proto/negotiate_media.h"
#include "signaling/router/router_listener.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

static const struct budget_limit request_limit = {.per_second = 1, .burst = 5};

static const struct media *video_line(const struct negotiated *negotiated)
{
    for (size_t i = 0; i < negotiated->media_count; i++)
        if (negotiated->media[i].kind == MEDIA_VIDEO && negotiated->media[i].send)
            return &negotiated->media[i];
    return NULL;
}

size_t router_connection_viewers(const struct router_connection *publisher, const struct media ***viewers)
{
    const struct room *room = publisher->participant->room;
    size_t count = 0;
    *viewers = mem_array(room->participant_count, sizeof **viewers);
    for (const struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next) {
        const struct router_connection *connection = participant->router_connection;
        const struct media *line = connection != NULL && connection != publisher && connection->has_negotiated
                                       ? video_line(&connection->negotiated)
                                       : NULL;
        if (line != NULL)
            (*viewers)[count++] = line;
    }
    return count;
}

static struct router_connection *publisher_of(const struct room *room, const char *publication)
{
    char id[PUBLICATION_ID_MAX + 1];
    const char *slash = strchr(publication, '/');
    if (slash == NULL)
        return NULL;
    snprintf(id, sizeof id, "%.*s", (int)(slash - publication), publication);
    const struct room_participant *participant = room_find(room, id);
    return participant != NULL ? participant->router_connection : NULL;
}

/* The m-line that the source is sent on; NULL: it is not sent any more. */
static const struct media *line_of(const struct router_connection *connection, const char *source)
{
    for (size_t i = 0; connection->has_negotiated && i < connection->send_count; i++)
        if (strcmp(connection->sends[i].source, source) == 0)
            return negotiated_find(&connection->negotiated, connection->sends[i].mid);
    return NULL;
}

static size_t index_of(const struct media *media, uint8_t payload_type)
{
    const struct media_codec *codec = media_find_payload_type(media, payload_type);
    return codec != NULL ? (size_t)(codec - media->codecs) : media->codec_count;
}

/* Lists the best codec, and then those that equally many viewers can decode. */
static void list_codecs(struct router_codecs *codecs, const struct media *media, size_t best,
                        const struct media *const *viewers, size_t count)
{
    size_t fewest = negotiate_missing(media, best, viewers, count);
    for (size_t i = 0; i < media->codec_count; i++) {
        size_t at = i == 0 ? best : i <= best ? i - 1 : i;
        if (negotiate_missing(media, at, viewers, count) == fewest)
            codecs->codecs[codecs->count++] = &media->codecs[at];
    }
}

void router_request_codecs(const struct router_participant *router, const struct room *room,
                           const struct router_event *event)
{
    struct router_connection *publisher = publisher_of(room, event->publication);
    const char *source = strchr(event->publication, '/');
    const struct media *media = publisher != NULL ? line_of(publisher, source + 1) : NULL;
    const struct media **viewers;
    if (media == NULL || media->kind != MEDIA_VIDEO)
        return;
    size_t current = index_of(media, event->payload_type);
    if (current == media->codec_count)
        return;
    size_t count = router_connection_viewers(publisher, &viewers);
    size_t best = negotiate_best_codec(media, viewers, count, current);
    if (best != current && budget_take(&publisher->codec_requests, &request_limit, 1, clock_now())) {
        struct router_codecs codecs = {.source = source + 1, .mid = media->mid};
        list_codecs(&codecs, media, best, viewers, count);
        router->listener->codecs(publisher->participant, &codecs);
    }
    free(viewers);
}
