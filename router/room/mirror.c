#include "router/mirror.h"

#include <string.h>

#include "router/choose/subscription.h"
#include "router/in/layer.h"
#include "router/in/memory.h"
#include "router/relay/mirrored.h"
#include "router/room/forward.h"
#include "router/router.h"
#include "transport/base/check.h"
#include "transport/base/error.h"

static uint64_t bit_of(unsigned worker)
{
    CHECK(worker < ROUTER_WORKERS_MAX);
    return UINT64_C(1) << worker;
}

int router_mirror(struct router *router, struct participant **out, const char *room, const char *id, uint64_t handle,
                  unsigned home, usec_t now)
{
    int error = router_join(router, out, room, id, handle, now);
    if (error != 0)
        return error;
    (*out)->publisher.is_mirror = true;
    (*out)->publisher.elsewhere = bit_of(home);
    router->participant_count--;
    router->mirror_count++;
    return 0;
}

bool participant_is_mirror(const struct participant *participant)
{
    return participant->publisher.is_mirror;
}

/* Until a new mirror says what it needs it gets everything: its first viewer shall not wait. */
static void start_mirrors(struct publication *publication, uint64_t workers)
{
    for (size_t i = 0; i < MEDIA_ENCODINGS_MAX; i++)
        publication->watched_elsewhere[i] |= workers;
    for (unsigned i = 0; i < ROUTER_WORKERS_MAX; i++)
        if ((workers & bit_of(i)) != 0)
            publication->subscribers_elsewhere[i] = 0;
    for (size_t i = 0; i < publication->layer_count; i++)
        if (publication->layers[i].stream.has_sr)
            mirrored_report_to(&publication->layers[i], workers);
}

void participant_set_mirrors(struct participant *participant, uint64_t workers, usec_t now)
{
    uint64_t added = workers & ~participant->publisher.elsewhere;
    participant->endpoint.router->agenda.now = now;
    participant->publisher.elsewhere = workers;
    for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next) {
        if (added != 0)
            start_mirrors(p, added);
        subscription_review_demand(p, now);
    }
}

static struct publication *find_publication(struct participant *participant, const char *mid)
{
    for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
        if (strcmp(p->media.mid, mid) == 0)
            return p;
    return NULL;
}

/* The home has found out which layer an SSRC is; that counts. */
static struct layer *find_layer(struct participant *mirror, const struct mirror_message *message)
{
    struct layer *layer = map_get(&mirror->publisher.layers, message->ssrc);
    if (layer != NULL && layer->index == message->layer && strcmp(layer->publication->media.mid, message->mid) == 0)
        return layer;
    struct publication *publication = find_publication(mirror, message->mid);
    if (publication == NULL || message->layer >= publication->layer_count || message->ssrc == 0)
        return NULL;
    if (layer != NULL)
        layer_unbind(layer);
    layer = &publication->layers[message->layer];
    layer_follow(layer, message->ssrc);
    return layer;
}

static int take_media(struct participant *mirror, const struct mirror_message *message, const uint8_t *data,
                      size_t length, usec_t now)
{
    struct layer *layer = find_layer(mirror, message);
    if (layer == NULL)
        return ERR_NOT_FOUND;
    struct packet *packet = memory_copy_packet(mirror->endpoint.router, data, length);
    if (packet == NULL)
        return ERR_LIMIT;
    packet->arrival = now;
    mirror->endpoint.stats.in.packets++;
    agenda_stir(&mirror->endpoint.agenda);
    int error = rtp_parse(&packet->rtp, packet->data, packet->length);
    if (error == 0)
        error = extension_parse(&packet->extensions, &layer->publication->media.extensions, packet->data, &packet->rtp);
    if (error == 0)
        error = layer_find_codec(layer, packet->rtp.payload_type);
    if (error == 0)
        error = forward_packet(mirror, layer, packet, message->is_retransmission, now);
    packet_release(packet);
    return error;
}

static int take_report(struct participant *mirror, const struct mirror_message *message, usec_t now)
{
    struct layer *layer = find_layer(mirror, message);
    if (layer == NULL)
        return ERR_NOT_FOUND;
    receive_stream_sr(&layer->stream, &message->report, now);
    publisher_clock_report(&mirror->publisher.clock, message->report.ntp, message->report_wall_us);
    return 0;
}

static int take_keyframe_wish(struct participant *home, const struct mirror_message *message, usec_t now)
{
    struct layer *layer = map_get(&home->publisher.layers, message->ssrc);
    if (layer == NULL)
        return ERR_NOT_FOUND;
    layer_want_keyframe(layer, now);
    return 0;
}

static int take_demand(struct participant *home, unsigned from, const struct mirror_message *message, usec_t now)
{
    struct publication *publication = find_publication(home, message->mid);
    if (publication == NULL)
        return ERR_NOT_FOUND;
    for (unsigned i = 0; i < MEDIA_ENCODINGS_MAX; i++) {
        publication->watched_elsewhere[i] &= ~bit_of(from);
        if ((message->watched & 1u << i) != 0)
            publication->watched_elsewhere[i] |= bit_of(from);
    }
    publication->subscribers_elsewhere[from] = (uint16_t)message->subscribers;
    subscription_review_demand(publication, now);
    return 0;
}

int participant_cross(struct participant *participant, unsigned from, const struct mirror_message *message,
                      const uint8_t *data, size_t length, usec_t now)
{
    bool is_for_mirror = message->kind == MIRROR_MEDIA || message->kind == MIRROR_REPORT;
    participant->endpoint.router->agenda.now = now;
    if (is_for_mirror != participant->publisher.is_mirror)
        return ERR_INVALID;
    switch (message->kind) {
    case MIRROR_MEDIA:
        return take_media(participant, message, data, length, now);
    case MIRROR_REPORT:
        return take_report(participant, message, now);
    case MIRROR_KEYFRAME:
        return take_keyframe_wish(participant, message, now);
    case MIRROR_DEMAND:
        return take_demand(participant, from, message, now);
    }
    return ERR_INVALID;
}
