#include "router/in/demux.h"

#include <string.h>

#include "router/in/encoding.h"

static bool equals(const struct packet *packet, const struct extension_values *values, enum extension extension,
                   const char *text)
{
    size_t length = values->at[extension].length;
    return length > 0 && length == strlen(text) &&
           memcmp(packet->data + values->at[extension].offset, text, length) == 0;
}

/* The publication whose mid the packet carries. The mid's extension id may differ between m-lines. */
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

static struct encoding *by_rid(struct publication *publication, const struct packet *packet,
                               const struct extension_values *values, enum extension extension)
{
    if (publication->encoding_count == 1)
        return &publication->encodings[0];
    for (size_t i = 0; i < publication->encoding_count; i++)
        if (equals(packet, values, extension, publication->media.encodings[i].rid))
            return &publication->encodings[i];
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

/* How strong the reasons are that an SSRC belongs to the encoding: SDP announced it, or it had it before. 0: none. */
static int claim(const struct encoding *encoding, uint32_t ssrc, bool is_rtx)
{
    if (ssrc == (is_rtx ? encoding->announced_rtx_ssrc : encoding->announced_ssrc))
        return 2;
    if (is_rtx)
        return ssrc == encoding->former_rtx_ssrc;
    return ssrc == encoding->former_ssrc || ssrc == encoding->claiming_ssrc;
}

static struct encoding *by_history(struct publisher *publisher, const struct packet *packet, bool *is_rtx)
{
    uint8_t type = packet->rtp.payload_type;
    struct encoding *best = NULL;
    int most = 0;
    for (struct publication *p = publisher->publications; p != NULL; p = p->next) {
        bool repairs = media_find_payload_type(&p->media, type) == NULL;
        if (repairs && media_find_rtx(&p->media, type) == NULL)
            continue;
        for (size_t i = 0; i < p->encoding_count; i++) {
            int found = claim(&p->encodings[i], packet->rtp.ssrc, repairs);
            if (found > most) {
                most = found;
                best = &p->encodings[i];
                *is_rtx = repairs;
            }
        }
    }
    return best;
}

/* Binds a known SSRC again: one that SDP announced, or that had an encoding before a BYE or before another SSRC took
 * it, or that named its encoding (mid, rid) while that was taken. Its packets need not name the encoding again. */
static bool recognize(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now)
{
    bool is_rtx = false;
    struct encoding *encoding = packet->rtp.ssrc != 0 ? by_history(publisher, packet, &is_rtx) : NULL;
    if (encoding == NULL || has_mid(publisher, packet))
        return false;
    if (is_rtx)
        encoding_bind_rtx(encoding, packet->rtp.ssrc);
    else if (!encoding_bind(encoding, packet->rtp.ssrc, now))
        return false;
    *route = (struct route){encoding, is_rtx};
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
        route->encoding = by_rid(publication, packet, &values, EXTENSION_RID);
        return route->encoding != NULL && encoding_bind(route->encoding, packet->rtp.ssrc, now);
    }
    if (media_find_rtx(&publication->media, packet->rtp.payload_type) == NULL)
        return false;
    bool has_repaired = values.at[EXTENSION_REPAIRED_RID].length > 0;
    route->encoding = by_rid(publication, packet, &values, has_repaired ? EXTENSION_REPAIRED_RID : EXTENSION_RID);
    if (route->encoding != NULL)
        encoding_bind_rtx(route->encoding, packet->rtp.ssrc);
    return route->encoding != NULL;
}

bool demux_route(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now)
{
    uint32_t ssrc = packet->rtp.ssrc;
    *route = (struct route){.encoding = map_get(&publisher->encodings, ssrc)};
    if (route->encoding != NULL)
        return true;
    route->encoding = map_get(&publisher->rtx_encodings, ssrc);
    route->is_rtx = route->encoding != NULL;
    return route->is_rtx || recognize(publisher, packet, route, now) || learn(publisher, packet, route, now);
}

bool demux_has_moved(const struct publisher *publisher, const struct packet *packet, const struct route *route)
{
    const struct publication *holder = route->encoding->publication;
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
    encoding_release(route->encoding, packet->rtp.ssrc);
    *route = (struct route){.encoding = NULL};
    return learn(publisher, packet, route, now);
}

void demux_announced(struct publisher *publisher)
{
    for (struct publication *p = publisher->publications; p != NULL; p = p->next) {
        const struct media_encoding *encodings = p->media.encodings;
        for (size_t i = 0; i < p->encoding_count; i++) {
            bool is_told = i < p->media.encoding_count;
            encoding_announce(&p->encodings[i], is_told ? encodings[i].ssrc : 0, is_told ? encodings[i].rtx_ssrc : 0);
        }
    }
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++)
            encoding_bind_announced(&p->encodings[i]);
}
