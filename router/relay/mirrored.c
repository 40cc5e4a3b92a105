#include "router/relay/mirrored.h"

#include <string.h>

#include "router/in/layer.h"
#include "router/mirror.h"
#include "transport/base/memory.h"

static struct mirror_item *add_item(struct publisher *publisher, enum mirror_kind kind, uint64_t to)
{
    struct crossing_list *list = &publisher->endpoint->router->crossing;
    if (list->count == list->capacity) { /* grows to what one batch needs, and stays */
        list->capacity = list->capacity * 2 + 64;
        list->items = mem_resize(list->items, list->capacity, sizeof *list->items);
    }
    struct mirror_item *item = &list->items[list->count++];
    *item = (struct mirror_item){.handle = publisher->endpoint->handle, .to = to, .message.kind = kind};
    return item;
}

static struct mirror_item *add_layer_item(const struct layer *layer, enum mirror_kind kind, uint64_t to)
{
    const struct publication *publication = layer->publication;
    struct mirror_item *item = add_item(publication->publisher, kind, to);
    memcpy(item->message.mid, publication->media.mid, sizeof item->message.mid);
    item->message.layer = (uint8_t)layer->index;
    item->message.ssrc = layer->ssrc;
    return item;
}

void mirrored_packet(const struct layer *layer, struct packet *packet, bool is_retransmission)
{
    const struct publication *publication = layer->publication;
    uint64_t to = publication->publisher->elsewhere & publication->watched_elsewhere[layer->index];
    if (publication->publisher->is_mirror || to == 0)
        return;
    struct mirror_item *item = add_layer_item(layer, MIRROR_MEDIA, to);
    item->message.is_retransmission = is_retransmission;
    item->packet = packet_hold(packet);
}

void mirrored_report_to(const struct layer *layer, uint64_t to)
{
    struct mirror_item *item = add_layer_item(layer, MIRROR_REPORT, to);
    item->message.report = layer->stream.sr;
    item->message.report_wall_us =
        layer->stream.sr_arrival + layer->publication->publisher->endpoint->router->wall_offset;
}

void mirrored_report(const struct layer *layer)
{
    if (publisher_has_mirrors(layer->publication->publisher))
        mirrored_report_to(layer, layer->publication->publisher->elsewhere);
}

void mirror_tell_demand(const struct publication *publication)
{
    struct publisher *publisher = publication->publisher;
    struct mirror_item *item = add_item(publisher, MIRROR_DEMAND, publisher->elsewhere);
    memcpy(item->message.mid, publication->media.mid, sizeof item->message.mid);
    item->message.watched = publication->asked_layers;
    item->message.subscribers = (unsigned)publication->slot_count;
}

void mirror_ask_keyframes(struct publisher *publisher, usec_t now)
{
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->layer_count; i++)
            if (layer_may_ask(&p->layers[i]) && keyframe_gate_due(&p->layers[i].gate, now))
                (void)add_layer_item(&p->layers[i], MIRROR_KEYFRAME, publisher->elsewhere);
}

void mirror_forget(const struct publisher *publisher)
{
    struct crossing_list *list = &publisher->endpoint->router->crossing;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].handle == publisher->endpoint->handle)
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
