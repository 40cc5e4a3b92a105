#include "router/demux.h"

#include <string.h>

#include "router/publication.h"

static bool equals(const struct packet *packet, const struct extension_values *values, enum extension extension,
                   const char *text)
{
    size_t length = values->at[extension].length;
    return length > 0 && length == strlen(text) &&
           memcmp(packet->data + values->at[extension].offset, text, length) == 0;
}

/* The publication whose mid the packet carries. Extension ids are read as each m-line has them. */
static struct publication *by_mid(struct participant *participant, const struct packet *packet,
                                  struct extension_values *values)
{
    for (struct publication *p = participant->publications; p != NULL; p = p->next)
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
static struct publication *by_payload_type(struct participant *participant, const struct packet *packet,
                                           struct extension_values *values)
{
    struct publication *found = NULL;
    for (struct publication *p = participant->publications; p != NULL; p = p->next) {
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

static bool learn(struct participant *participant, const struct packet *packet, struct route *route, usec_t now)
{
    struct extension_values values;
    struct publication *publication = by_mid(participant, packet, &values);
    if (publication == NULL)
        publication = by_payload_type(participant, packet, &values);
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

bool demux_route(struct participant *participant, const struct packet *packet, struct route *route, usec_t now)
{
    uint32_t ssrc = packet->rtp.ssrc;
    *route = (struct route){.layer = map_get(&participant->layers, ssrc)};
    if (route->layer != NULL)
        return true;
    route->layer = map_get(&participant->rtx_layers, ssrc);
    route->is_rtx = route->layer != NULL;
    return route->is_rtx || learn(participant, packet, route, now);
}

void demux_announced(struct publication *publication)
{
    const struct media_encoding *encodings = publication->media.encodings;
    for (size_t i = 0; i < publication->media.encoding_count && i < publication->layer_count; i++)
        layer_announce(&publication->layers[i], encodings[i].ssrc, encodings[i].rtx_ssrc);
}
