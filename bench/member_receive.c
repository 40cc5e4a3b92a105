#include "bench/member_receive.h"

#include <string.h>

#include "bench/member_send.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"

#define BLOCKS_MAX 24 /* of one report */

void member_open_tracks(struct member *member)
{
    const struct negotiated *agreed = &member->negotiated;
    member->tracks = mem_array(agreed->media_count + 1, sizeof *member->tracks);
    for (size_t i = 0; i < agreed->media_count; i++) {
        const struct media *media = &agreed->media[i];
        for (int k = 0; k < EXTENSION_COUNT; k++) {
            if (member->extensions.id[k] == 0)
                member->extensions.id[k] = media->extensions.id[k];
        }
        if (!media->receive || media->encoding_count == 0 || media->codec_count == 0)
            continue;
        struct member_track *track = &member->tracks[member->track_count++];
        track->is_video = media->kind == MEDIA_VIDEO;
        track->nack = nack_new();
        receive_stream_init(&track->stream, media->encodings[0].ssrc, media->codecs[0].clock_rate);
        receive_stream_init(&track->rtx, media->encodings[0].rtx_ssrc, media->codecs[0].clock_rate);
    }
}

/* Decrypts a copy. False: the bytes are not right. */
static bool open_packet(struct member *member, const uint8_t *data, size_t length, uint8_t copy[1600],
                        struct rtp_header *header)
{
    struct member_totals *totals = &member->host->totals;
    bool is_good = length <= 1600;
    if (is_good) {
        memcpy(copy, data, length);
        is_good = peer_unprotect_rtp(member->peer, copy, &length) == 0 && rtp_parse(header, copy, length) == 0;
    }
    if (is_good)
        totals->decrypted++;
    else
        totals->decrypt_errors++;
    return is_good;
}

static void sample(struct member *member, struct member_track *track, const uint8_t *data, size_t length,
                   usec_t arrival)
{
    struct rtp_header header;
    uint8_t copy[1600], encoding;
    usec_t sent;
    if (!open_packet(member, data, length, copy, &header) ||
        !media_source_sent_at(copy + header.payload_offset, header.payload_length, &sent, &encoding))
        return;
    delays_add(&member->host->delays, arrival - sent);
    if (encoding != track->encoding) {
        track->encoding = encoding;
        track->encoding_since = arrival;
    }
}

/* RFC 4588. Padding alone is a bandwidth probe. */
static void receive_retransmission(struct member *member, struct member_track *track, const uint8_t *data,
                                   size_t length, usec_t arrival)
{
    struct rtp_header header;
    uint8_t copy[1600];
    member->host->totals.retransmissions++;
    if (!open_packet(member, data, length, copy, &header))
        return;
    (void)receive_stream_packet(&track->rtx, header.sequence, header.timestamp, length, true, arrival);
    if (header.payload_length < 2) {
        member->host->totals.padding_packets++;
        return;
    }
    if (track->stream.started)
        (void)nack_packet(track->nack,
                          seq_extend(get_u16(copy + header.payload_offset), track->stream.highest_sequence), arrival);
}

static void record_transport_sequence(struct member *member, const uint8_t *data, const struct rtp_header *header,
                                      usec_t arrival)
{
    struct extension_values values;
    if (extension_parse(&values, &member->extensions, data, header) == 0 &&
        values.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2)
        twcc_recorder_packet(member->recorder, get_u16(data + values.at[EXTENSION_TRANSPORT_SEQUENCE].offset),
                             header->ssrc, arrival);
}

static void receive_media(struct member *member, struct member_track *track, const struct rtp_header *header,
                          const uint8_t *data, size_t length, usec_t arrival)
{
    if (!track->stream.started) {
        track->started = arrival;
        member->tracks_started++;
        member->media_at = arrival;
    }
    int64_t sequence =
        receive_stream_packet(&track->stream, header->sequence, header->timestamp, length, false, arrival);
    if (track->is_video)
        (void)nack_packet(track->nack, sequence, arrival);
    if (++member->received % member->host->sample_every == 0)
        sample(member, track, data, length, arrival);
}

void member_receive_rtp(struct member *member, uint8_t *data, size_t length, usec_t arrival)
{
    struct member_totals *totals = &member->host->totals;
    struct rtp_header header;
    if (member->state != MEMBER_CONNECTED || length < member->tag_length ||
        rtp_parse_protected(&header, data, length) != 0)
        return;
    totals->packets_received++;
    totals->bytes_received += length - member->tag_length;
    record_transport_sequence(member, data, &header, arrival);
    for (size_t i = 0; i < member->track_count; i++) {
        struct member_track *track = &member->tracks[i];
        if (header.ssrc == track->stream.ssrc) {
            receive_media(member, track, &header, data, length, arrival);
            return;
        }
        if (header.ssrc == track->rtx.ssrc) {
            receive_retransmission(member, track, data, length, arrival);
            return;
        }
    }
}

static void take_sender_report(struct member *member, const struct rtcp_packet *packet, usec_t now)
{
    struct rtcp_sender_info info;
    if (rtcp_read_sr(packet, &info) != 0)
        return;
    for (size_t i = 0; i < member->track_count; i++) {
        if (member->tracks[i].stream.ssrc == info.ssrc)
            receive_stream_sr(&member->tracks[i].stream, &info, now);
    }
}

void member_receive_rtcp(struct member *member, uint8_t *data, size_t length, usec_t now)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    if (peer_unprotect_rtcp(member->peer, data, &length) != 0)
        return;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1) {
        if (packet.type == RTCP_PSFB || packet.type == RTCP_RTPFB)
            member_handle_feedback(member, &packet);
        else if (packet.type == RTCP_SR)
            take_sender_report(member, &packet, now);
    }
}

void member_send_receiver_reports(struct member *member, usec_t now)
{
    uint8_t out[1400];
    struct rtcp_writer writer;
    struct rtcp_report_block blocks[BLOCKS_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < member->track_count; i++) {
        if (member->tracks[i].stream.started)
            receive_stream_report(&member->tracks[i].stream, &blocks[count++], now);
        if (count == BLOCKS_MAX || (count > 0 && i + 1 == member->track_count)) {
            rtcp_writer_init(&writer, out, sizeof out - SRTP_OVERHEAD_MAX);
            (void)rtcp_write_rr(&writer, member->own_ssrc, blocks, count);
            member_send_rtcp(member, &writer);
            count = 0;
        }
    }
}

void member_send_feedback(struct member *member, usec_t now)
{
    uint8_t out[1400];
    uint16_t lost[64];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, sizeof out - SRTP_OVERHEAD_MAX);
    for (size_t i = 0; i < member->track_count; i++) {
        struct member_track *track = &member->tracks[i];
        size_t count = track->is_video ? nack_due(track->nack, lost, 64, now) : 0;
        if (count == 0 || rtcp_write_nack(&writer, member->own_ssrc, track->stream.ssrc, lost, count) != 0)
            continue;
        member->host->totals.nacks_sent += count;
    }
    while (twcc_recorder_write(member->recorder, &writer, member->own_ssrc, now))
        ;
    member_send_rtcp(member, &writer);
}
