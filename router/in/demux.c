#include "router/in/demux.h"

#include <string.h>

#include "router/in/layer.h"

static bool equals(const struct packet *packet, const struct extension_values *values, enum extension extension,
                   const char *text)
{
    size_t length = values->at[extension].length;
    return length > 0 && length == strlen(text) &&
           memcmp(packet->data + values->at[extension].offset, text, length) == 0;
}

/* The publication whose mid the packet carries. Extension ids are read as each m-line has them. */
static struct publication *by_mid(struct publisher *publisher, const struct packet *packet,
                                  struct extension_values *values)
{
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        if (extension_parse(values, &p->media.extensions, packet->data, &packet->rtp) == 0 &&
            equals(packet, values, EXTENSION_MID, p->media.mid))
            return p;
    return NULL;
}

static bool has_payload_type(const struct publication *publication, uint8_t payload_type)
{
    return media_find_payload_type(&publication->media, payload_type) != NULL ||
           media_find_rtx(&publication->media, payload_type) != NULL;
}

/* Without a mid: an m-line that is the only one with this payload type. */
static struct publication *by_payload_type(struct publisher *publisher, const struct packet *packet,
                                           struct extension_values *values)
{
    struct publication *found = NULL;
    for (struct publication *p = publisher->publications; p != NULL; p = p->next) {
        if (!has_payload_type(p, packet->rtp.payload_type))
            continue;
        if (found != NULL)
            return NULL;
        found = p;
    }
    if (found == NULL || extension_parse(values, &found->media.extensions, packet->data, &packet->rtp) != 0)
        return NULL;
    return values->at[EXTENSION_MID].length == 0 ? found : NULL;
}

static struct layer *by_rid(struct publication *publication, const struct packet *packet,
                            const struct extension_values *values, enum extension extension)
{
    if (publication->layer_count == 1)
        return &publication->layers[0];
    for (size_t i = 0; i < publication->layer_count; i++)
        if (equals(packet, values, extension, publication->media.encodings[i].rid))
            return &publication->layers[i];
    return NULL;
}

static bool has_mid(const struct publisher *publisher, const struct packet *packet)
{
    struct extension_values values;
    for (const struct publication *p = publisher->publications; p != NULL; p = p->next)
        if (extension_parse(&values, &p->media.extensions, packet->data, &packet->rtp) == 0 &&
            values.at[EXTENSION_MID].length > 0)
            return true;
    return false;
}

/* How surely an SSRC is a layer's: by what SDP says, or by what was. 0: not at all. */
static int claim(const struct layer *layer, uint32_t ssrc, bool is_rtx)
{
    if (ssrc == (is_rtx ? layer->announced_rtx_ssrc : layer->announced_ssrc))
        return 2;
    if (is_rtx)
        return ssrc == layer->former_rtx_ssrc;
    return ssrc == layer->former_ssrc || ssrc == layer->claiming_ssrc;
}

static struct layer *by_history(struct publisher *publisher, const struct packet *packet, bool *is_rtx)
{
    uint8_t type = packet->rtp.payload_type;
    struct layer *best = NULL;
    int most = 0;
    for (struct publication *p = publisher->publications; p != NULL; p = p->next) {
        bool repairs = media_find_payload_type(&p->media, type) == NULL;
        if (repairs && media_find_rtx(&p->media, type) == NULL)
            continue;
        for (size_t i = 0; i < p->layer_count; i++) {
            int found = claim(&p->layers[i], packet->rtp.ssrc, repairs);
            if (found > most) {
                most = found;
                best = &p->layers[i];
                *is_rtx = repairs;
            }
        }
    }
    return best;
}

/* An SSRC that SDP announced, or that was there before, comes back after a BYE or after another one took its layer, or
 * gets the layer that it said it belongs to: its packets need not say again where that is. */
static bool recognize(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now)
{
    bool is_rtx = false;
    struct layer *layer = packet->rtp.ssrc != 0 ? by_history(publisher, packet, &is_rtx) : NULL;
    if (layer == NULL || has_mid(publisher, packet))
        return false;
    if (is_rtx)
        layer_bind_rtx(layer, packet->rtp.ssrc);
    else if (!layer_bind(layer, packet->rtp.ssrc, now))
        return false;
    *route = (struct route){layer, is_rtx};
    return true;
}

static bool learn(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now)
{
    struct extension_values values;
    struct publication *publication = by_mid(publisher, packet, &values);
    if (publication == NULL)
        publication = by_payload_type(publisher, packet, &values);
    if (publication == NULL)
        return false;
    route->is_rtx = media_find_payload_type(&publication->media, packet->rtp.payload_type) == NULL;
    if (!route->is_rtx) {
        route->layer = by_rid(publication, packet, &values, EXTENSION_RID);
        return route->layer != NULL && layer_bind(route->layer, packet->rtp.ssrc, now);
    }
    if (media_find_rtx(&publication->media, packet->rtp.payload_type) == NULL)
        return false;
    bool has_repaired = values.at[EXTENSION_REPAIRED_RID].length > 0;
    route->layer = by_rid(publication, packet, &values, has_repaired ? EXTENSION_REPAIRED_RID : EXTENSION_RID);
    if (route->layer != NULL)
        layer_bind_rtx(route->layer, packet->rtp.ssrc);
    return route->layer != NULL;
}

bool demux_route(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now)
{
    uint32_t ssrc = packet->rtp.ssrc;
    *route = (struct route){.layer = map_get(&publisher->layers, ssrc)};
    if (route->layer != NULL)
        return true;
    route->layer = map_get(&publisher->rtx_layers, ssrc);
    route->is_rtx = route->layer != NULL;
    return route->is_rtx || recognize(publisher, packet, route, now) || learn(publisher, packet, route, now);
}

bool demux_has_moved(const struct publisher *publisher, const struct packet *packet, const struct route *route)
{
    const struct publication *holder = route->layer->publication;
    if (packet->extensions.at[EXTENSION_MID].length == 0 ||
        equals(packet, &packet->extensions, EXTENSION_MID, holder->media.mid))
        return false;
    for (const struct publication *p = publisher->publications; p != NULL; p = p->next)
        if (p != holder && equals(packet, &packet->extensions, EXTENSION_MID, p->media.mid))
            return true;
    return false;
}

bool demux_move(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now)
{
    layer_release(route->layer, packet->rtp.ssrc);
    *route = (struct route){.layer = NULL};
    return learn(publisher, packet, route, now);
}

void demux_announced(struct publisher *publisher)
{
    for (struct publication *p = publisher->publications; p != NULL; p = p->next) {
        const struct media_encoding *encodings = p->media.encodings;
        for (size_t i = 0; i < p->layer_count; i++) {
            bool is_told = i < p->media.encoding_count;
            layer_announce(&p->layers[i], is_told ? encodings[i].ssrc : 0, is_told ? encodings[i].rtx_ssrc : 0);
        }
    }
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->layer_count; i++)
            layer_bind_announced(&p->layers[i]);
}
