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

static void open_encoding(struct member *member, const struct media *media, const struct media_source_config *wanted,
                          unsigned encoding, unsigned encodings, usec_t now)
{
    struct member_encoding *out = &member->encodings[member->encoding_count++];
    struct media_source_config config = *wanted;
    unsigned below_top = encodings - 1 - encoding;
    config.bitrate_bps >>= 2 * below_top;
    config.width = (uint16_t)(config.width >> below_top);
    config.height = (uint16_t)(config.height >> below_top);
    config.encoding = (uint8_t)(encoding + 1);
    config.ssrc = encodings > 1 ? rng_u32(&member->rng) | 1 : media->send_ssrc; /* simulcast names rids only */
    config.rid = encodings > 1 ? member_rids[encoding] : NULL;
    config.payload_type = media->codecs[0].payload_type;
    config.mid = media->mid;
    config.extensions = media->extensions;
    out->rtx_ssrc = encodings > 1 ? 0 : media->send_rtx_ssrc;
    out->rtx_payload_type = media->codecs[0].rtx_payload_type;
    out->history = mem_array(MEMBER_HISTORY, sizeof *out->history);
    media_source_init(&out->source, &config, rng_next(&member->rng), now);
}

void member_open_sources(struct member *member, usec_t now)
{
    for (size_t i = 0; i < member->negotiated.media_count; i++) {
        const struct media *media = &member->negotiated.media[i];
        const struct media_source_config *wanted = find_wanted(member, media->kind);
        unsigned encodings = media->kind == MEDIA_VIDEO && member->sends.encodings > 1 ? member->sends.encodings : 1;
        encodings = encodings < MEMBER_ENCODINGS_MAX ? encodings : MEMBER_ENCODINGS_MAX;
        if (!media->send || wanted == NULL || media->codec_count == 0)
            continue;
        for (unsigned k = 0; k < encodings && member->encoding_count <= MEMBER_ENCODINGS_MAX; k++)
            open_encoding(member, media, wanted, k, encodings, now);
    }
}

void member_close_sources(struct member *member)
{
    for (size_t i = 0; i < member->encoding_count; i++)
        free(member->encodings[i].history);
}

void member_set_sending(struct member *member, bool sending, usec_t now)
{
    usec_t start = now + (usec_t)rng_below(&member->rng, 33000); /* not all publishers in step */
    if (member->is_sending == sending)
        return;
    member->is_sending = sending;
    for (size_t i = 0; sending && i < member->encoding_count; i++)
        media_source_resume(&member->encodings[i].source, start);
}

static void send_protected(struct member *member, uint8_t *data, size_t length)
{
    member->host->totals.packets_sent++;
    member->host->totals.bytes_sent += length;
    if (peer_protect_rtp(member->peer, data, &length) == 0)
        member_send_datagram(member, data, length);
}

/* RFC 4588, from the encoding's own history. */
static void resend(struct member *member, struct member_encoding *encoding, uint16_t sequence)
{
    uint8_t out[MEMBER_PROTECTED_MAX];
    struct rtp_header header;
    const struct member_kept *kept = &encoding->history[sequence % MEMBER_HISTORY];
    size_t length = kept->length;
    if (encoding->rtx_ssrc == 0 || length == 0 || rtp_parse(&header, kept->data, length) != 0 ||
        header.sequence != sequence)
        return;
    memcpy(out, kept->data, header.payload_offset);
    put_u16(out + header.payload_offset, sequence);
    memcpy(out + header.payload_offset + 2, kept->data + header.payload_offset, length - header.payload_offset);
    out[1] = (uint8_t)((out[1] & 0x80) | encoding->rtx_payload_type);
    put_u16(out + 2, encoding->rtx_sequence++);
    put_u32(out + 8, encoding->rtx_ssrc);
    send_protected(member, out, length + 2);
}

static void resend_lost(struct member *member, struct member_encoding *encoding, const struct rtcp_packet *packet)
{
    uint16_t lost[64];
    int count = rtcp_read_nack(packet, lost, sizeof lost / sizeof lost[0]);
    for (int i = 0; i < count; i++)
        resend(member, encoding, lost[i]);
}

void member_handle_feedback(struct member *member, const struct rtcp_packet *packet)
{
    uint32_t sender, ssrc;
    if (rtcp_read_feedback(packet, &sender, &ssrc) != 0)
        return;
    if (packet->type == RTCP_PSFB && packet->count == PSFB_FIR && rtcp_read_fir(packet, &ssrc, 1) != 1)
        return;
    for (size_t i = 0; i < member->encoding_count; i++) {
        struct member_encoding *encoding = &member->encodings[i];
        if (encoding->source.config.ssrc != ssrc)
            continue;
        if (packet->type == RTCP_RTPFB && packet->count == RTPFB_NACK) {
            resend_lost(member, encoding, packet);
        } else if (packet->type == RTCP_PSFB && (packet->count == PSFB_PLI || packet->count == PSFB_FIR)) {
            media_source_request_keyframe(&encoding->source);
            member->host->totals.keyframe_requests++;
        }
    }
}

/* Each packet has the time at which it is made. */
static void send_encoding(struct member *member, struct member_encoding *encoding, usec_t now)
{
    uint8_t out[MEMBER_PROTECTED_MAX];
    size_t length;
    while (media_source_next(&encoding->source) <= now &&
           (length = media_source_poll(&encoding->source, out, member->transport_sequence, clock_now())) > 0) {
        struct member_kept *kept = &encoding->history[get_u16(out + 2) % MEMBER_HISTORY];
        kept->length = (uint16_t)length;
        memcpy(kept->data, out, length);
        member->transport_sequence++;
        encoding->packets++;
        encoding->payload_bytes += (uint32_t)length - RTP_HEADER_SIZE;
        send_protected(member, out, length);
    }
}

void member_send_media(struct member *member, usec_t now)
{
    if (member->state != MEMBER_CONNECTED || !member->is_sending)
        return;
    for (size_t i = 0; i < member->encoding_count; i++)
        send_encoding(member, &member->encodings[i], now);
}

void member_send_sender_reports(struct member *member, usec_t now)
{
    for (size_t i = 0; i < member->encoding_count; i++) {
        const struct member_encoding *encoding = &member->encodings[i];
        uint8_t out[256];
        struct rtcp_writer writer;
        struct rtcp_sender_info info = {
            .ssrc = encoding->source.config.ssrc,
            .ntp = ntp_from_wall_us(clock_ntp_us()),
            .rtp_timestamp = media_source_timestamp(&encoding->source, now),
            .packets = encoding->packets,
            .bytes = encoding->payload_bytes,
        };
        if (encoding->packets == 0)
            continue;
        rtcp_writer_init(&writer, out, sizeof out - SRTP_OVERHEAD_MAX);
        (void)rtcp_write_sr(&writer, &info, NULL, 0);
        member_send_rtcp(member, &writer);
    }
}
