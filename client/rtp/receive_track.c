#include "client/rtp/receive_track.h"

#include <stdlib.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/hop/keyframe_gate.h"
#include "transport/hop/nack.h"
#include "transport/hop/receive_stream.h"
#include "transport/hop/redundancy.h"
#include "transport/hop/rtx.h"

/* A lost video packet is asked for several times before its frame is given up; audio cannot wait that long. */
#define VIDEO_GAP_WAIT (600 * USEC_PER_MSEC)
#define OLDER_BLOCKS 3 /* that are of use: older ones come too late */
#define AUDIO_GAP_WAIT (60 * USEC_PER_MSEC)

struct receive_track {
    struct media media;
    struct receive_stream stream;
    bool has_stream;
    enum codec codec;
    uint8_t payload_type; /* of the media stream, for RTX */
    struct nack *nack;    /* NULL: not agreed */
    struct keyframe_gate gate;
    struct frame_buffer *buffer;
    struct receive_track_stats stats; /* `lost`: of streams before this one */
    int64_t lost_before;              /* of this stream: counted elsewhere */
};

static bool is_nack_agreed(const struct media *media)
{
    for (size_t i = 0; i < media->codec_count; i++)
        if (media->codecs[i].nack)
            return true;
    return false;
}

struct receive_track *receive_track_new(const struct media *media)
{
    struct receive_track *track = mem_alloc(sizeof *track);
    track->media = *media;
    bool is_video = media->kind == MEDIA_VIDEO;
    struct frame_buffer_config config = {.kind = media->kind, .gap_wait = is_video ? VIDEO_GAP_WAIT : AUDIO_GAP_WAIT};
    track->buffer = frame_buffer_new(&config);
    if (is_video && is_nack_agreed(media))
        track->nack = nack_new();
    keyframe_gate_init(&track->gate, keyframe_requester_limit);
    return track;
}

void receive_track_free(struct receive_track *track)
{
    if (track == NULL)
        return;
    nack_free(track->nack);
    frame_buffer_free(track->buffer);
    free(track);
}

enum media_kind receive_track_kind(const struct receive_track *track)
{
    return track->media.kind;
}

uint32_t receive_track_ssrc(const struct receive_track *track)
{
    return track->has_stream ? track->stream.ssrc : 0;
}

void receive_track_reset(struct receive_track *track)
{
    frame_buffer_reset(track->buffer);
    keyframe_gate_arrived(&track->gate); /* the keyframe that was asked for was one of the other stream */
    if (track->nack != NULL)
        nack_reset(track->nack);
}

static int64_t stream_lost(const struct receive_track *track)
{
    if (!track->has_stream || !track->stream.started)
        return 0;
    return (int64_t)receive_stream_lost(&track->stream) - track->lost_before;
}

static void start_stream(struct receive_track *track, uint32_t ssrc, const struct media_codec *codec)
{
    receive_track_reset(track);
    track->stats.lost += stream_lost(track);
    track->lost_before = 0;
    receive_stream_init(&track->stream, ssrc, codec->clock_rate);
    track->has_stream = true;
}

static int restore(struct receive_track *track, struct packet *packet)
{
    if (!track->has_stream) {
        if (track->media.encoding_count == 0 || track->media.encodings[0].ssrc == 0)
            return ERR_WRONG_STATE; /* a probe before the first media packet */
        const struct media_codec *codec = media_find_rtx(&track->media, packet->rtp.payload_type);
        start_stream(track, track->media.encodings[0].ssrc, codec);
        track->payload_type = codec->payload_type;
    }
    return rtx_unwrap(packet, track->stream.ssrc, track->payload_type);
}

static int parse_frame(const struct media_codec *codec, struct packet *packet)
{
    packet->frame = (struct frame_info){0};
    if (codec_format(codec->codec)->parse == NULL || packet->rtp.payload_length == 0)
        return 0;
    int error = frame_parse(&packet->frame, codec->codec, packet_payload(packet), packet->rtp.payload_length);
    if (error != 0 || !media_is_as_agreed(codec, &packet->frame))
        return ERR_INVALID;
    if (codec_format(codec->codec)->is_wrapper && packet->frame.descriptor_length == packet->rtp.payload_length)
        packet->rtp.payload_length = 0; /* RED whose primary block is empty: nothing to play, like padding */
    return 0;
}

/* RED: frames of packets that are missing, from the packet behind them. */
static void put_older_blocks(struct receive_track *track, const struct media_codec *codec, const struct packet *packet,
                             int64_t sequence, usec_t now)
{
    struct redundant_block blocks[OLDER_BLOCKS];
    size_t count = redundancy_split(packet_payload(packet), &packet->frame, blocks, OLDER_BLOCKS);
    for (size_t i = 0; i < count; i++) {
        int64_t number = sequence - (int64_t)(count - i);
        if (blocks[i].payload_type != codec->primary_payload_type || blocks[i].length == 0 ||
            !frame_buffer_lacks(track->buffer, number))
            continue;
        struct packet *older = packet_copy_part(packet, blocks[i].data, blocks[i].length);
        if (older == NULL)
            return;
        older->rtp = (struct rtp_header){.timestamp = packet->rtp.timestamp - blocks[i].timestamp_offset,
                                         .payload_length = (uint16_t)blocks[i].length};
        older->frame = (struct frame_info){0};
        older->arrival = packet->arrival;
        frame_buffer_put(track->buffer, number, older, now);
        packet_release(older);
        track->stats.recovered++;
    }
}

bool receive_track_measure(const struct receive_track *track, const struct packet *packet, struct arrival *arrival)
{
    const struct media_codec *repaired = media_find_rtx(&track->media, packet->rtp.payload_type);
    const struct media_codec *codec =
        repaired != NULL ? repaired : media_find_payload_type(&track->media, packet->rtp.payload_type);
    if (codec == NULL || !codec->remb)
        return false;
    *arrival = arrival_of(packet, &track->stream, repaired != NULL);
    return true;
}

int receive_track_packet(struct receive_track *track, struct packet *packet, usec_t now)
{
    bool is_rtx = media_find_rtx(&track->media, packet->rtp.payload_type) != NULL;
    if (is_rtx && (packet->rtp.payload_length == 0 || restore(track, packet) != 0))
        return 0; /* padding to probe with: no media, no error */
    const struct media_codec *codec = media_find_payload_type(&track->media, packet->rtp.payload_type);
    if (codec == NULL || parse_frame(codec, packet) != 0) {
        track->stats.bad++;
        return ERR_INVALID;
    }
    if (!track->has_stream || track->stream.ssrc != packet->rtp.ssrc)
        start_stream(track, packet->rtp.ssrc, codec);
    track->codec = codec->codec;
    frame_buffer_set_codec(track->buffer, codec->codec);
    track->payload_type = codec->payload_type;
    track->stats.packets++;
    track->stats.bytes += packet->rtp.payload_length;
    track->stats.recovered += is_rtx;
    int64_t sequence = receive_stream_packet(&track->stream, packet->rtp.sequence, packet->rtp.timestamp,
                                             packet->rtp.payload_length, is_rtx, now);
    if (track->nack != NULL && nack_packet(track->nack, sequence, now))
        keyframe_gate_request(&track->gate);
    if (packet->frame.wrapper_length > 0)
        put_older_blocks(track, codec, packet, sequence, now);
    frame_buffer_put(track->buffer, sequence, packet, now);
    return 0;
}

bool receive_track_sr(struct receive_track *track, const struct rtcp_sender_info *info, usec_t now)
{
    if (!track->has_stream || info->ssrc != track->stream.ssrc)
        return false;
    receive_stream_sr(&track->stream, info, now);
    return true;
}

void receive_track_set_rtt(struct receive_track *track, usec_t rtt)
{
    keyframe_gate_set_rtt(&track->gate, rtt);
    if (track->nack != NULL)
        nack_set_rtt(track->nack, rtt);
}

void receive_track_request_keyframe(struct receive_track *track)
{
    keyframe_gate_request(&track->gate);
}

bool receive_track_frame(struct receive_track *track, struct received_frame *frame, usec_t now)
{
    if (frame_buffer_poll(track->buffer, frame, now)) {
        if (frame->keyframe)
            keyframe_gate_arrived(&track->gate);
        return true;
    }
    if (frame_buffer_needs_keyframe(track->buffer))
        keyframe_gate_request(&track->gate);
    return false;
}

enum codec receive_track_codec(const struct receive_track *track)
{
    return track->codec;
}

struct receive_track_origin receive_track_origin(const struct receive_track *track)
{
    const struct receive_stream *stream = &track->stream;
    return (struct receive_track_origin){.ssrc = stream->ssrc,
                                         .clock_rate = stream->clock_rate,
                                         .has_report = stream->has_sr,
                                         .written_us = stream->has_sr ? wall_us_from_ntp(stream->sr.ntp) : 0,
                                         .timestamp = stream->sr.rtp_timestamp,
                                         .arrival = stream->sr_arrival};
}

size_t receive_track_nack(struct receive_track *track, uint16_t *lost, size_t capacity, usec_t now)
{
    if (track->nack == NULL)
        return 0;
    size_t count = nack_due(track->nack, lost, capacity, now);
    track->stats.nacks += count;
    if (nack_take_given_up(track->nack))
        keyframe_gate_request(&track->gate);
    return count;
}

bool receive_track_pli(struct receive_track *track, usec_t now)
{
    if (!track->has_stream || !keyframe_gate_due(&track->gate, now))
        return false;
    track->stats.keyframe_requests++;
    return true;
}

bool receive_track_report(struct receive_track *track, struct rtcp_report_block *block, usec_t now)
{
    if (!track->has_stream || !track->stream.started)
        return false;
    receive_stream_report(&track->stream, block, now);
    return true;
}

usec_t receive_track_next(const struct receive_track *track)
{
    usec_t next = usec_min(frame_buffer_next(track->buffer), keyframe_gate_next(&track->gate));
    return track->nack != NULL ? usec_min(next, nack_next(track->nack)) : next;
}

void receive_track_get_stats(const struct receive_track *track, struct receive_track_stats *stats)
{
    *stats = track->stats;
    stats->lost += stream_lost(track);
    if (track->has_stream && track->stream.started)
        stats->jitter_ms = track->stream.jitter * 1000 / track->stream.clock_rate;
}

void receive_track_take_stats(struct receive_track *track, struct receive_track_stats *stats)
{
    receive_track_get_stats(track, stats);
    track->lost_before += stream_lost(track);
    track->stats = (struct receive_track_stats){0};
}

void receive_track_stats_add(struct receive_track_stats *sum, const struct receive_track_stats *part)
{
    sum->packets += part->packets;
    sum->bytes += part->bytes;
    sum->recovered += part->recovered;
    sum->nacks += part->nacks;
    sum->keyframe_requests += part->keyframe_requests;
    sum->bad += part->bad;
    sum->lost += part->lost;
}
