#include "router/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "router/room/mirrored.h"
#include "router/room/room.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

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
    (*out)->is_mirror = true;
    (*out)->elsewhere = bit_of(home);
    router->participant_count--;
    router->mirror_count++;
    return 0;
}

bool participant_is_mirror(const struct participant *participant)
{
    return participant->is_mirror;
}

static struct mirror_item *add_item(struct participant *participant, enum mirror_kind kind, uint64_t to)
{
    struct crossing_list *list = &participant->router->crossing;
    if (list->count == list->capacity) { /* grows to what one batch needs, and stays */
        list->capacity = list->capacity * 2 + 64;
        list->items = mem_resize(list->items, list->capacity, sizeof *list->items);
    }
    struct mirror_item *item = &list->items[list->count++];
    *item = (struct mirror_item){.participant = participant, .to = to, .message.kind = kind};
    return item;
}

static struct mirror_item *add_layer_item(const struct layer *layer, enum mirror_kind kind, uint64_t to)
{
    const struct publication *publication = layer->publication;
    struct mirror_item *item = add_item(publication->participant, kind, to);
    memcpy(item->message.mid, publication->media.mid, sizeof item->message.mid);
    item->message.layer = (uint8_t)layer->index;
    item->message.ssrc = layer->ssrc;
    return item;
}

void mirrored_packet(const struct layer *layer, struct packet *packet, bool is_retransmission)
{
    const struct publication *publication = layer->publication;
    uint64_t to = publication->participant->elsewhere & publication->watched_elsewhere[layer->index];
    if (publication->participant->is_mirror || to == 0)
        return;
    struct mirror_item *item = add_layer_item(layer, MIRROR_MEDIA, to);
    item->message.is_retransmission = is_retransmission;
    item->packet = packet_hold(packet);
}

static void tell_report(const struct layer *layer, uint64_t to)
{
    struct mirror_item *item = add_layer_item(layer, MIRROR_REPORT, to);
    item->message.report = layer->stream.sr;
    item->message.report_wall_us = layer->stream.sr_arrival + layer->publication->participant->router->wall_offset;
}

void mirrored_report(const struct layer *layer)
{
    if (mirrored_anywhere(layer->publication))
        tell_report(layer, layer->publication->participant->elsewhere);
}

bool mirrored_anywhere(const struct publication *publication)
{
    return !publication->participant->is_mirror && publication->participant->elsewhere != 0;
}

unsigned mirrored_demand(const struct publication *publication)
{
    unsigned watched = 0;
    if (!mirrored_anywhere(publication))
        return 0;
    for (unsigned i = 0; i < publication->layer_count; i++)
        if ((publication->participant->elsewhere & publication->watched_elsewhere[i]) != 0)
            watched |= 1u << i;
    return watched;
}

unsigned mirrored_subscribers(const struct publication *publication)
{
    unsigned sum = 0;
    if (!mirrored_anywhere(publication))
        return 0;
    for (unsigned i = 0; i < ROUTER_WORKERS_MAX; i++)
        if ((publication->participant->elsewhere & bit_of(i)) != 0)
            sum += publication->subscribers_elsewhere[i];
    return sum;
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
            tell_report(&publication->layers[i], workers);
}

void participant_set_mirrors(struct participant *participant, uint64_t workers, usec_t now)
{
    uint64_t added = workers & ~participant->elsewhere;
    participant->router->now = now;
    participant->elsewhere = workers;
    for (struct publication *p = participant->publications; p != NULL; p = p->next) {
        if (added != 0)
            start_mirrors(p, added);
        publication_review_demand(p, now);
    }
}

void mirror_tell_demand(const struct publication *publication)
{
    struct participant *participant = publication->participant;
    struct mirror_item *item = add_item(participant, MIRROR_DEMAND, participant->elsewhere);
    memcpy(item->message.mid, publication->media.mid, sizeof item->message.mid);
    item->message.watched = publication->asked_layers;
    item->message.subscribers = (unsigned)publication->slot_count;
}

void mirror_ask_keyframes(struct participant *participant, usec_t now)
{
    for (struct publication *p = participant->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->layer_count; i++)
            if (layer_may_ask(&p->layers[i]) && keyframe_gate_due(&p->layers[i].gate, now))
                (void)add_layer_item(&p->layers[i], MIRROR_KEYFRAME, participant->elsewhere);
}

void mirror_forget(struct participant *participant)
{
    struct crossing_list *list = &participant->router->crossing;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].participant == participant)
            packet_release(list->items[i].packet);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

const struct mirror_item *router_crossing(const struct router *router, size_t *count)
{
    *count = router->crossing.count;
    return router->crossing.items;
}

void router_crossed(struct router *router)
{
    for (size_t i = 0; i < router->crossing.count; i++)
        packet_release(router->crossing.items[i].packet);
    router->crossing.count = 0;
}

static struct publication *find_publication(struct participant *participant, const char *mid)
{
    for (struct publication *p = participant->publications; p != NULL; p = p->next)
        if (strcmp(p->media.mid, mid) == 0)
            return p;
    return NULL;
}

/* The home has found out which layer an SSRC is; that counts. */
static struct layer *find_layer(struct participant *mirror, const struct mirror_message *message)
{
    struct layer *layer = map_get(&mirror->layers, message->ssrc);
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
    struct packet *packet = router_copy_packet(mirror->router, data, length);
    if (packet == NULL)
        return ERR_LIMIT;
    packet->arrival = now;
    mirror->stats.in.packets++;
    participant_stir(mirror);
    int error = rtp_parse(&packet->rtp, packet->data, packet->length);
    if (error == 0)
        error = extension_parse(&packet->extensions, &layer->publication->media.extensions, packet->data, &packet->rtp);
    if (error == 0)
        error = layer_find_codec(layer, packet->rtp.payload_type);
    if (error == 0)
        error = layer_packet(layer, packet, message->is_retransmission, now);
    packet_release(packet);
    return error;
}

static int take_report(struct participant *mirror, const struct mirror_message *message, usec_t now)
{
    struct layer *layer = find_layer(mirror, message);
    if (layer == NULL)
        return ERR_NOT_FOUND;
    receive_stream_sr(&layer->stream, &message->report, now);
    publisher_clock_report(&mirror->clock, message->report.ntp, message->report_wall_us);
    return 0;
}

static int take_keyframe_wish(struct participant *home, const struct mirror_message *message, usec_t now)
{
    struct layer *layer = map_get(&home->layers, message->ssrc);
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
    publication_review_demand(publication, now);
    return 0;
}

int participant_cross(struct participant *participant, unsigned from, const struct mirror_message *message,
                      const uint8_t *data, size_t length, usec_t now)
{
    bool is_for_mirror = message->kind == MIRROR_MEDIA || message->kind == MIRROR_REPORT;
    participant->router->now = now;
    if (is_for_mirror != participant->is_mirror)
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
