#include "bench/member_send.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

static const struct media_source_config *find_wanted(const struct member *member, enum media_kind kind)
{
    for (size_t i = 0; i < member->sends.count; i++) {
        if (member->sends.sources[i].is_video == (kind == MEDIA_VIDEO))
            return &member->sends.sources[i];
    }
    return NULL;
}

static void open_layer(struct member *member, const struct media *media, const struct media_source_config *wanted,
                       unsigned layer, unsigned layers, usec_t now)
{
    struct member_layer *out = &member->layers[member->layer_count++];
    struct media_source_config config = *wanted;
    unsigned below_top = layers - 1 - layer;
    config.bitrate_bps >>= 2 * below_top;
    config.width = (uint16_t)(config.width >> below_top);
    config.height = (uint16_t)(config.height >> below_top);
    config.layer = (uint8_t)(layer + 1);
    config.ssrc = layers > 1 ? rng_u32(&member->rng) | 1 : media->send_ssrc; /* simulcast names rids only */
    config.rid = layers > 1 ? member_rids[layer] : NULL;
    config.payload_type = media->codecs[0].payload_type;
    config.mid = media->mid;
    config.extensions = media->extensions;
    out->rtx_ssrc = layers > 1 ? 0 : media->send_rtx_ssrc;
    out->rtx_payload_type = media->codecs[0].rtx_payload_type;
    out->history = mem_array(MEMBER_HISTORY, sizeof *out->history);
    media_source_init(&out->source, &config, rng_next(&member->rng), now);
}

void member_open_sources(struct member *member, usec_t now)
{
    for (size_t i = 0; i < member->negotiated.media_count; i++) {
        const struct media *media = &member->negotiated.media[i];
        const struct media_source_config *wanted = find_wanted(member, media->kind);
        unsigned layers = media->kind == MEDIA_VIDEO && member->sends.layers > 1 ? member->sends.layers : 1;
        layers = layers < MEMBER_LAYERS_MAX ? layers : MEMBER_LAYERS_MAX;
        if (!media->send || wanted == NULL || media->codec_count == 0)
            continue;
        for (unsigned k = 0; k < layers && member->layer_count <= MEMBER_LAYERS_MAX; k++)
            open_layer(member, media, wanted, k, layers, now);
    }
}

void member_close_sources(struct member *member)
{
    for (size_t i = 0; i < member->layer_count; i++)
        free(member->layers[i].history);
}

void member_set_sending(struct member *member, bool sending, usec_t now)
{
    usec_t start = now + (usec_t)rng_below(&member->rng, 33000); /* not all publishers in step */
    if (member->is_sending == sending)
        return;
    member->is_sending = sending;
    for (size_t i = 0; sending && i < member->layer_count; i++)
        media_source_resume(&member->layers[i].source, start);
}

static void send_protected(struct member *member, uint8_t *data, size_t length)
{
    member->host->totals.packets_sent++;
    member->host->totals.bytes_sent += length;
    if (peer_protect_rtp(member->peer, data, &length) == 0)
        member_send_datagram(member, data, length);
}

/* RFC 4588, from the layer's own history. */
static void resend(struct member *member, struct member_layer *layer, uint16_t sequence)
{
    uint8_t out[MEMBER_PROTECTED_MAX];
    struct rtp_header header;
    const struct member_kept *kept = &layer->history[sequence % MEMBER_HISTORY];
    size_t length = kept->length;
    if (layer->rtx_ssrc == 0 || length == 0 || rtp_parse(&header, kept->data, length) != 0 ||
        header.sequence != sequence)
        return;
    memcpy(out, kept->data, header.payload_offset);
    put_u16(out + header.payload_offset, sequence);
    memcpy(out + header.payload_offset + 2, kept->data + header.payload_offset, length - header.payload_offset);
    out[1] = (uint8_t)((out[1] & 0x80) | layer->rtx_payload_type);
    put_u16(out + 2, layer->rtx_sequence++);
    put_u32(out + 8, layer->rtx_ssrc);
    send_protected(member, out, length + 2);
}

static void resend_lost(struct member *member, struct member_layer *layer, const struct rtcp_packet *packet)
{
    uint16_t lost[64];
    int count = rtcp_read_nack(packet, lost, sizeof lost / sizeof lost[0]);
    for (int i = 0; i < count; i++)
        resend(member, layer, lost[i]);
}

void member_handle_feedback(struct member *member, const struct rtcp_packet *packet)
{
    uint32_t sender, ssrc;
    if (rtcp_read_feedback(packet, &sender, &ssrc) != 0)
        return;
    if (packet->type == RTCP_PSFB && packet->count == PSFB_FIR && rtcp_read_fir(packet, &ssrc, 1) != 1)
        return;
    for (size_t i = 0; i < member->layer_count; i++) {
        struct member_layer *layer = &member->layers[i];
        if (layer->source.config.ssrc != ssrc)
            continue;
        if (packet->type == RTCP_RTPFB && packet->count == RTPFB_NACK) {
            resend_lost(member, layer, packet);
        } else if (packet->type == RTCP_PSFB && (packet->count == PSFB_PLI || packet->count == PSFB_FIR)) {
            media_source_want_keyframe(&layer->source);
            member->host->totals.keyframe_requests++;
        }
    }
}

/* Each packet has the time at which it is made. */
static void send_layer(struct member *member, struct member_layer *layer, usec_t now)
{
    uint8_t out[MEMBER_PROTECTED_MAX];
    size_t length;
    while (media_source_next(&layer->source) <= now &&
           (length = media_source_poll(&layer->source, out, member->transport_sequence, clock_now())) > 0) {
        struct member_kept *kept = &layer->history[get_u16(out + 2) % MEMBER_HISTORY];
        kept->length = (uint16_t)length;
        memcpy(kept->data, out, length);
        member->transport_sequence++;
        layer->packets++;
        layer->payload_bytes += (uint32_t)length - RTP_HEADER_SIZE;
        send_protected(member, out, length);
    }
}

void member_send_media(struct member *member, usec_t now)
{
    if (member->state != MEMBER_CONNECTED || !member->is_sending)
        return;
    for (size_t i = 0; i < member->layer_count; i++)
        send_layer(member, &member->layers[i], now);
}

void member_send_sender_reports(struct member *member, usec_t now)
{
    for (size_t i = 0; i < member->layer_count; i++) {
        const struct member_layer *layer = &member->layers[i];
        uint8_t out[256];
        struct rtcp_writer writer;
        struct rtcp_sender_info info = {
            .ssrc = layer->source.config.ssrc,
            .ntp = ntp_from_wall_us(clock_ntp_us()),
            .rtp_timestamp = media_source_timestamp(&layer->source, now),
            .packets = layer->packets,
            .bytes = layer->payload_bytes,
        };
        if (layer->packets == 0)
            continue;
        rtcp_writer_init(&writer, out, sizeof out - SRTP_OVERHEAD_MAX);
        (void)rtcp_write_sr(&writer, &info, NULL, 0);
        member_send_rtcp(member, &writer);
    }
}
