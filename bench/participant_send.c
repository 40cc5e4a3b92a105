#include "bench/participant_send.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

static const struct media_source_config *find_source(const struct bench_participant *participant, enum media_kind kind)
{
    for (size_t i = 0; i < participant->sends.count; i++) {
        if (participant->sends.sources[i].is_video == (kind == MEDIA_VIDEO))
            return &participant->sends.sources[i];
    }
    return NULL;
}

static void open_encoding(struct bench_participant *participant, const struct media *media,
                          const struct media_source_config *requested, unsigned encoding, unsigned encodings,
                          usec_t now)
{
    struct bench_participant_encoding *out = &participant->encodings[participant->encoding_count++];
    struct media_source_config config = *requested;
    unsigned below_top = encodings - 1 - encoding;
    config.bitrate_bps >>= 2 * below_top;
    config.width = (uint16_t)(config.width >> below_top);
    config.height = (uint16_t)(config.height >> below_top);
    config.encoding = (uint8_t)(encoding + 1);
    config.ssrc = encodings > 1 ? rng_u32(&participant->rng) | 1 : media->send_ssrc; /* simulcast names rids only */
    config.rid = encodings > 1 ? bench_participant_rids[encoding] : NULL;
    config.payload_type = media->codecs[0].payload_type;
    config.mid = media->mid;
    config.extensions = media->extensions;
    out->rtx_ssrc = encodings > 1 ? 0 : media->send_rtx_ssrc;
    out->rtx_payload_type = media->codecs[0].rtx_payload_type;
    out->history = mem_array(BENCH_PARTICIPANT_HISTORY, sizeof *out->history);
    media_source_init(&out->source, &config, rng_next(&participant->rng), now);
}

void bench_participant_open_sources(struct bench_participant *participant, usec_t now)
{
    for (size_t i = 0; i < participant->negotiated.media_count; i++) {
        const struct media *media = &participant->negotiated.media[i];
        const struct media_source_config *requested = find_source(participant, media->kind);
        unsigned encodings =
            media->kind == MEDIA_VIDEO && participant->sends.encodings > 1 ? participant->sends.encodings : 1;
        encodings = encodings < BENCH_PARTICIPANT_ENCODINGS_MAX ? encodings : BENCH_PARTICIPANT_ENCODINGS_MAX;
        if (!media->send || requested == NULL || media->codec_count == 0)
            continue;
        for (unsigned k = 0; k < encodings && participant->encoding_count <= BENCH_PARTICIPANT_ENCODINGS_MAX; k++)
            open_encoding(participant, media, requested, k, encodings, now);
    }
}

void bench_participant_close_sources(struct bench_participant *participant)
{
    for (size_t i = 0; i < participant->encoding_count; i++)
        free(participant->encodings[i].history);
}

void bench_participant_set_sending(struct bench_participant *participant, bool sending, usec_t now)
{
    usec_t start = now + (usec_t)rng_below(&participant->rng,
                                           33000); /* so that not all publishers send their frames at the same time */
    if (participant->is_sending == sending)
        return;
    participant->is_sending = sending;
    for (size_t i = 0; sending && i < participant->encoding_count; i++)
        media_source_resume(&participant->encodings[i].source, start);
}

static void send_protected(struct bench_participant *participant, uint8_t *data, size_t length)
{
    participant->host->totals.packets_sent++;
    participant->host->totals.bytes_sent += length;
    if (peer_protect_rtp(participant->peer, data, &length) == 0)
        bench_participant_send_datagram(participant, data, length);
}

/* RFC 4588, from the encoding's own history. */
static void resend(struct bench_participant *participant, struct bench_participant_encoding *encoding,
                   uint16_t sequence)
{
    uint8_t out[BENCH_PARTICIPANT_PROTECTED_MAX];
    struct rtp_header header;
    const struct bench_participant_kept *kept = &encoding->history[sequence % BENCH_PARTICIPANT_HISTORY];
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
    send_protected(participant, out, length + 2);
}

static void resend_lost(struct bench_participant *participant, struct bench_participant_encoding *encoding,
                        const struct rtcp_packet *packet)
{
    uint16_t lost[64];
    int count = rtcp_read_nack(packet, lost, sizeof lost / sizeof lost[0]);
    for (int i = 0; i < count; i++)
        resend(participant, encoding, lost[i]);
}

void bench_participant_handle_feedback(struct bench_participant *participant, const struct rtcp_packet *packet)
{
    uint32_t sender, ssrc;
    if (rtcp_read_feedback(packet, &sender, &ssrc) != 0)
        return;
    if (packet->type == RTCP_PSFB && packet->count == PSFB_FIR && rtcp_read_fir(packet, &ssrc, 1) != 1)
        return;
    for (size_t i = 0; i < participant->encoding_count; i++) {
        struct bench_participant_encoding *encoding = &participant->encodings[i];
        if (encoding->source.config.ssrc != ssrc)
            continue;
        if (packet->type == RTCP_RTPFB && packet->count == RTPFB_NACK) {
            resend_lost(participant, encoding, packet);
        } else if (packet->type == RTCP_PSFB && (packet->count == PSFB_PLI || packet->count == PSFB_FIR)) {
            media_source_request_keyframe(&encoding->source);
            participant->host->totals.keyframe_requests++;
        }
    }
}

/* Sends the packets of an encoding that are due, and returns when the next is. Each holds the time at which it was
 * made. */
static usec_t send_encoding(struct bench_participant *participant, struct bench_participant_encoding *encoding,
                            usec_t now)
{
    uint8_t out[BENCH_PARTICIPANT_PROTECTED_MAX];
    size_t length;
    while (media_source_next(&encoding->source) <= now &&
           (length = media_source_poll(&encoding->source, out, participant->transport_sequence, clock_now())) > 0) {
        struct bench_participant_kept *kept = &encoding->history[get_u16(out + 2) % BENCH_PARTICIPANT_HISTORY];
        kept->length = (uint16_t)length;
        memcpy(kept->data, out, length);
        participant->transport_sequence++;
        encoding->packets++;
        encoding->payload_bytes += (uint32_t)length - RTP_HEADER_SIZE;
        send_protected(participant, out, length);
    }
    return media_source_next(&encoding->source);
}

usec_t bench_participant_send_media(struct bench_participant *participant, usec_t now)
{
    usec_t next = USEC_NEVER;
    if (participant->state != BENCH_PARTICIPANT_CONNECTED || !participant->is_sending)
        return next;
    for (size_t i = 0; i < participant->encoding_count; i++)
        next = usec_min(next, send_encoding(participant, &participant->encodings[i], now));
    return next;
}

void bench_participant_send_sender_reports(struct bench_participant *participant, usec_t now)
{
    for (size_t i = 0; i < participant->encoding_count; i++) {
        const struct bench_participant_encoding *encoding = &participant->encodings[i];
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
        bench_participant_send_rtcp(participant, &writer);
    }
}
