#include "bench/participant_receive.h"

#include <string.h>

#include "bench/participant_send.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"

#define BLOCKS_MAX 24 /* of one report */

void bench_participant_open_tracks(struct bench_participant *participant)
{
    const struct negotiated *agreed = &participant->negotiated;
    participant->tracks = mem_array(agreed->media_count + 1, sizeof *participant->tracks);
    for (size_t i = 0; i < agreed->media_count; i++) {
        const struct media *media = &agreed->media[i];
        for (int k = 0; k < EXTENSION_COUNT; k++) {
            if (participant->extensions.id[k] == 0)
                participant->extensions.id[k] = media->extensions.id[k];
        }
        if (!media->receive || media->encoding_count == 0 || media->codec_count == 0)
            continue;
        struct bench_participant_track *track = &participant->tracks[participant->track_count++];
        track->is_video = media->kind == MEDIA_VIDEO;
        track->nack = nack_new();
        receive_stream_init(&track->stream, media->encodings[0].ssrc, media->codecs[0].clock_rate);
        receive_stream_init(&track->rtx, media->encodings[0].rtx_ssrc, media->codecs[0].clock_rate);
    }
}

/* Decrypts a copy. False: it does not authenticate, or is no RTP. */
static bool open_packet(struct bench_participant *participant, const uint8_t *data, size_t length, uint8_t copy[1600],
                        struct rtp_header *header)
{
    struct bench_participant_totals *totals = &participant->host->totals;
    bool is_good = length <= 1600;
    if (is_good) {
        memcpy(copy, data, length);
        is_good = peer_unprotect_rtp(participant->peer, copy, &length) == 0 && rtp_parse(header, copy, length) == 0;
    }
    if (is_good)
        totals->decrypted++;
    else
        totals->decrypt_errors++;
    return is_good;
}

static void sample(struct bench_participant *participant, struct bench_participant_track *track, const uint8_t *data,
                   size_t length, usec_t arrival)
{
    struct rtp_header header;
    uint8_t copy[1600], encoding;
    usec_t sent;
    if (!open_packet(participant, data, length, copy, &header) ||
        !media_source_sent_at(copy + header.payload_offset, header.payload_length, &sent, &encoding))
        return;
    delays_add(&participant->host->delays, arrival - sent);
    if (encoding != track->encoding) {
        track->encoding = encoding;
        track->encoding_since = arrival;
    }
}

/* RFC 4588. Padding alone is a bandwidth probe. */
static void receive_retransmission(struct bench_participant *participant, struct bench_participant_track *track,
                                   const uint8_t *data, size_t length, usec_t arrival)
{
    struct rtp_header header;
    uint8_t copy[1600];
    participant->host->totals.retransmissions++;
    if (!open_packet(participant, data, length, copy, &header))
        return;
    (void)receive_stream_packet(&track->rtx, header.sequence, header.timestamp, length, true, arrival);
    if (header.payload_length < 2) {
        participant->host->totals.padding_packets++;
        return;
    }
    if (track->stream.started)
        (void)nack_packet(track->nack,
                          seq_extend(get_u16(copy + header.payload_offset), track->stream.highest_sequence), arrival);
}

static void record_transport_sequence(struct bench_participant *participant, const uint8_t *data,
                                      const struct rtp_header *header, usec_t arrival)
{
    struct extension_values values;
    if (extension_parse(&values, &participant->extensions, data, header) == 0 &&
        values.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2)
        twcc_recorder_packet(participant->recorder, get_u16(data + values.at[EXTENSION_TRANSPORT_SEQUENCE].offset),
                             header->ssrc, arrival);
}

static void receive_media(struct bench_participant *participant, struct bench_participant_track *track,
                          const struct rtp_header *header, const uint8_t *data, size_t length, usec_t arrival)
{
    if (!track->stream.started) {
        track->started = arrival;
        participant->tracks_started++;
        participant->media_at = arrival;
    }
    int64_t sequence =
        receive_stream_packet(&track->stream, header->sequence, header->timestamp, length, false, arrival);
    if (track->is_video)
        (void)nack_packet(track->nack, sequence, arrival);
    if (++participant->received % participant->host->sample_every == 0)
        sample(participant, track, data, length, arrival);
}

void bench_participant_receive_rtp(struct bench_participant *participant, uint8_t *data, size_t length, usec_t arrival)
{
    struct bench_participant_totals *totals = &participant->host->totals;
    struct rtp_header header;
    if (participant->state != BENCH_PARTICIPANT_CONNECTED || length < participant->tag_length ||
        rtp_parse_protected(&header, data, length) != 0)
        return;
    totals->packets_received++;
    totals->bytes_received += length - participant->tag_length;
    record_transport_sequence(participant, data, &header, arrival);
    for (size_t i = 0; i < participant->track_count; i++) {
        struct bench_participant_track *track = &participant->tracks[i];
        if (header.ssrc == track->stream.ssrc) {
            receive_media(participant, track, &header, data, length, arrival);
            return;
        }
        if (header.ssrc == track->rtx.ssrc) {
            receive_retransmission(participant, track, data, length, arrival);
            return;
        }
    }
}

static void take_sender_report(struct bench_participant *participant, const struct rtcp_packet *packet, usec_t now)
{
    struct rtcp_sender_info info;
    if (rtcp_read_sr(packet, &info) != 0)
        return;
    for (size_t i = 0; i < participant->track_count; i++) {
        if (participant->tracks[i].stream.ssrc == info.ssrc)
            receive_stream_sr(&participant->tracks[i].stream, &info, now);
    }
}

void bench_participant_receive_rtcp(struct bench_participant *participant, uint8_t *data, size_t length, usec_t now)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    if (peer_unprotect_rtcp(participant->peer, data, &length) != 0)
        return;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1) {
        if (packet.type == RTCP_PSFB || packet.type == RTCP_RTPFB)
            bench_participant_handle_feedback(participant, &packet);
        else if (packet.type == RTCP_SR)
            take_sender_report(participant, &packet, now);
    }
}

void bench_participant_send_receiver_reports(struct bench_participant *participant, usec_t now)
{
    uint8_t out[1400];
    struct rtcp_writer writer;
    struct rtcp_report_block blocks[BLOCKS_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < participant->track_count; i++) {
        if (participant->tracks[i].stream.started)
            receive_stream_report(&participant->tracks[i].stream, &blocks[count++], now);
        if (count == BLOCKS_MAX || (count > 0 && i + 1 == participant->track_count)) {
            rtcp_writer_init(&writer, out, sizeof out - SRTP_OVERHEAD_MAX);
            (void)rtcp_write_rr(&writer, participant->own_ssrc, blocks, count);
            bench_participant_send_rtcp(participant, &writer);
            count = 0;
        }
    }
}

void bench_participant_send_feedback(struct bench_participant *participant, usec_t now)
{
    uint8_t out[1400];
    uint16_t lost[64];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, sizeof out - SRTP_OVERHEAD_MAX);
    for (size_t i = 0; i < participant->track_count; i++) {
        struct bench_participant_track *track = &participant->tracks[i];
        size_t count = track->is_video ? nack_due(track->nack, lost, 64, now) : 0;
        if (count == 0 || rtcp_write_nack(&writer, participant->own_ssrc, track->stream.ssrc, lost, count) != 0)
            continue;
        participant->host->totals.nacks_sent += count;
    }
    while (twcc_recorder_write(participant->recorder, &writer, participant->own_ssrc, now))
        ;
    bench_participant_send_rtcp(participant, &writer);
}
