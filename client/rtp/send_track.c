#include "client/rtp/send_track.h"

#include <stdlib.h>
#include <string.h>

#include "client/rtp/packetizer.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/hop/history.h"
#include "transport/hop/keyframe_gate.h"
#include "transport/hop/redundancy.h"
#include "transport/hop/repair_window.h"
#include "transport/hop/resend_rule.h"

/* Header, extensions and payload stay below 1200 with SRTP's tag and RTX's two bytes. */
#define PAYLOAD_MAX 1128
#define EXTENSIONS_MAX 64
#define HISTORY_AGE USEC_PER_SEC
#define QUEUE_SIZE REPAIR_WINDOW
/* Between two resends of a packet: this or two round trips. The router waits for three quarters of one
 * (router/out/subscriber.c), but it has a budget for what it sends again, and is soon told that a link queues. Without
 * both, on an up-link of 500 kbit/s without transport-wide feedback, its rule raised the loss from 6 % to 8 %, and that
 * of the worst of 120 simulated calls from 12 % to 28 % (tests/sim/sim_uplink.c). */
#define RESEND_SPACING_LEAST (100 * USEC_PER_MSEC)
#define RESEND_ROUND_TRIPS 2

struct resend {
    uint32_t sequence; /* the extended number's lower bits */
    uint32_t last_ms;
    uint8_t count;
};

struct encoding {
    char rid[MEDIA_RID_MAX + 1];
    uint32_t rtx_ssrc;
    int64_t sequence; /* extended, of the next packet */
    uint16_t rtx_sequence;
    struct send_stream stream;
    struct history *history; /* video only */
    struct resend resends[REPAIR_WINDOW];
    struct packetizer packetizer;
    bool needs_keyframe;
};

/* The last frame of audio, for RED. Opus frames of speech are a tenth of this. */
struct sent_audio {
    uint32_t timestamp;
    size_t length; /* 0: none, or too long to be sent again */
    uint8_t data[REDUNDANCY_OLDER_LENGTH_MAX];
};

struct send_track {
    struct media media;
    struct media_codec codec;
    struct packet_pool *pool;
    size_t encoding_count;
    struct encoding encodings[MEDIA_ENCODINGS_MAX];
    struct packet *queue[QUEUE_SIZE];
    size_t queue_head, queue_tail; /* never wrapped to the queue's size; their difference is its length */
    bool may_be_redundant;
    struct redundancy redundancy; /* of audio */
    struct sent_audio last_audio;
    struct send_track_stats stats;
};

static const struct media_codec *find_codec(const struct media *media, enum codec codec)
{
    enum codec made = media->kind == MEDIA_AUDIO ? CODEC_OPUS : CODEC_VP8;
    for (size_t i = 0; i < media->codec_count; i++)
        if (media->codecs[i].codec == (codec != CODEC_NONE ? codec : made))
            return &media->codecs[i];
    return NULL;
}

static void encoding_init(struct send_track *track, struct encoding *encoding, const char *rid, uint32_t ssrc,
                          uint32_t rtx_ssrc, struct rng *rng)
{
    memcpy(encoding->rid, rid, sizeof encoding->rid);
    encoding->rtx_ssrc = rtx_ssrc;
    encoding->sequence = rng_u32(rng) & 0x7fff; /* below 2^15, so that no loss at the start hides a rollover */
    encoding->rtx_sequence = rng_u32(rng) & 0x7fff;
    send_stream_init(&encoding->stream, ssrc, track->codec.clock_rate);
    if (track->media.kind == MEDIA_VIDEO)
        encoding->history = history_new(REPAIR_WINDOW, HISTORY_AGE, NULL);
    packetizer_init(&encoding->packetizer, track->codec.codec, rng_u32(rng));
    encoding->needs_keyframe = true;
}

struct send_track *send_track_new(const struct send_track_config *config, struct packet_pool *pool, struct rng *rng)
{
    const struct media_codec *codec = find_codec(config->media, config->codec);
    if (codec == NULL)
        return NULL;
    struct send_track *track = mem_alloc(sizeof *track);
    track->media = *config->media;
    track->codec = *codec;
    track->pool = pool;
    track->encoding_count = config->rid_count > 0 ? config->rid_count : 1;
    static const char no_rid[MEDIA_RID_MAX + 1];
    for (size_t i = 0; i < track->encoding_count; i++) {
        bool is_first = i == 0;
        encoding_init(track, &track->encodings[i], config->rid_count > 0 ? config->rids[i] : no_rid,
                      is_first ? track->media.send_ssrc : rng_u32(rng),
                      is_first ? track->media.send_rtx_ssrc : rng_u32(rng), rng);
    }
    return track;
}

void send_track_free(struct send_track *track)
{
    if (track == NULL)
        return;
    for (struct packet *packet = send_track_poll(track); packet != NULL; packet = send_track_poll(track))
        packet_release(packet);
    for (size_t i = 0; i < track->encoding_count; i++)
        history_free(track->encodings[i].history);
    free(track);
}

enum media_kind send_track_kind(const struct send_track *track)
{
    return track->media.kind;
}

size_t send_track_encodings(const struct send_track *track)
{
    return track->encoding_count;
}

/* Takes the packet. */
static void enqueue(struct send_track *track, struct packet *packet)
{
    if (track->queue_tail - track->queue_head == QUEUE_SIZE) {
        track->stats.dropped++;
        packet_release(packet);
        return;
    }
    track->queue[track->queue_tail++ % QUEUE_SIZE] = packet;
}

struct packet *send_track_poll(struct send_track *track)
{
    return track->queue_head != track->queue_tail ? track->queue[track->queue_head++ % QUEUE_SIZE] : NULL;
}

/* The remote peer chose an extension id that only the two-byte form can carry (a=extmap-allow-mixed). */
static bool needs_two_bytes(const struct extension_map *map)
{
    static const enum extension written[] = {EXTENSION_MID, EXTENSION_RID, EXTENSION_REPAIRED_RID,
                                             EXTENSION_AUDIO_LEVEL, EXTENSION_TRANSPORT_SEQUENCE};
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
        if (map->id[written[i]] > EXTENSION_ONE_BYTE_ID_MAX)
            return true;
    return false;
}

/* Writes the fixed header and the extensions that every packet of ours has; the payload follows at the end. */
static void write_head(const struct send_track *track, const struct encoding *encoding, struct packet *packet,
                       const struct rtp_header *header, const uint8_t *audio_level)
{
    const struct extension_map *map = &track->media.extensions;
    bool is_rtx = header->ssrc == encoding->rtx_ssrc && encoding->rtx_ssrc != 0;
    enum extension rid = is_rtx ? EXTENSION_REPAIRED_RID : EXTENSION_RID;
    static const uint8_t transport_sequence[2];
    struct extension_writer writer;
    extension_writer_init(&writer, packet->data + RTP_HEADER_SIZE, EXTENSIONS_MAX, needs_two_bytes(map));
    extension_write(&writer, map->id[EXTENSION_MID], track->media.mid, strlen(track->media.mid));
    extension_write(&writer, map->id[rid], encoding->rid, strlen(encoding->rid));
    if (audio_level != NULL)
        extension_write(&writer, map->id[EXTENSION_AUDIO_LEVEL], audio_level, 1);
    uint8_t id = map->id[EXTENSION_TRANSPORT_SEQUENCE];
    int offset = extension_write(&writer, id, transport_sequence, sizeof transport_sequence);
    size_t length = extension_writer_finish(&writer);
    packet->rtp = *header;
    rtp_write_fixed(packet->data, header, length > 0);
    packet->rtp.payload_offset = (uint16_t)(RTP_HEADER_SIZE + length);
    packet->length = packet->rtp.payload_offset;
    if (id != 0 && offset > 0) {
        packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].offset = (uint16_t)(RTP_HEADER_SIZE + offset);
        packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].length = sizeof transport_sequence;
    }
}

static struct packet *new_packet(struct send_track *track)
{
    struct packet *packet = packet_new(track->pool);
    if (packet == NULL)
        track->stats.dropped++;
    return packet;
}

/* Numbers, keeps, counts and queues a packet whose payload is written. Takes it. */
static void send(struct send_track *track, struct encoding *encoding, struct packet *packet, usec_t now)
{
    size_t payload = packet->length - packet->rtp.payload_offset;
    packet->rtp.payload_length = (uint16_t)payload;
    if (encoding->history != NULL)
        history_put(encoding->history, encoding->sequence, packet, now);
    encoding->sequence++;
    send_stream_packet(&encoding->stream, packet->rtp.timestamp, payload, now);
    track->stats.packets++;
    track->stats.bytes += payload;
    enqueue(track, packet);
}

static struct rtp_header header_of(const struct send_track *track, const struct encoding *encoding, uint32_t timestamp)
{
    return (struct rtp_header){.payload_type = track->codec.payload_type,
                               .sequence = (uint16_t)encoding->sequence,
                               .timestamp = timestamp,
                               .ssrc = encoding->stream.ssrc};
}

void send_track_video(struct send_track *track, unsigned index, const struct coded_frame *frame, usec_t now)
{
    if (track->media.kind != MEDIA_VIDEO || index >= track->encoding_count)
        return;
    struct encoding *encoding = &track->encodings[index];
    uint8_t payload[PAYLOAD_MAX];
    size_t length;
    bool is_last;
    packetizer_frame(&encoding->packetizer, frame, PAYLOAD_MAX);
    while ((length = packetizer_next(&encoding->packetizer, payload, &is_last)) > 0) {
        struct packet *packet = new_packet(track);
        struct rtp_header header = header_of(track, encoding, frame->timestamp);
        header.marker = is_last;
        if (packet == NULL) {
            encoding->sequence++; /* the receiver sees a lost packet, and not a frame with a part missing */
            continue;
        }
        write_head(track, encoding, packet, &header, NULL);
        memcpy(packet->data + packet->length, payload, length);
        packet->length = (uint16_t)(packet->length + length);
        send(track, encoding, packet, now);
    }
    track->stats.frames++;
}

/* What can be sent with older frames around ours (RED); NULL: it was not agreed. */
static const struct media_codec *find_wrapper(const struct send_track *track)
{
    for (size_t i = 0; i < track->media.codec_count; i++)
        if (codec_format(track->media.codecs[i].codec)->is_wrapper &&
            track->media.codecs[i].primary_payload_type == track->codec.payload_type)
            return &track->media.codecs[i];
    return NULL;
}

/* Whether the frame before can go with this one. */
static bool has_older(const struct send_track *track, const struct coded_audio *audio)
{
    const struct sent_audio *older = &track->last_audio;
    return older->length > 0 && audio->timestamp - older->timestamp <= REDUNDANCY_OLDER_OFFSET_MAX &&
           REDUNDANCY_HEAD_SIZE + older->length + audio->length <= PAYLOAD_MAX;
}

static void append(struct packet *packet, const void *data, size_t length)
{
    memcpy(packet->data + packet->length, data, length);
    packet->length = (uint16_t)(packet->length + length);
}

static void append_older(struct send_track *track, struct packet *packet, const struct coded_audio *audio)
{
    const struct sent_audio *older = &track->last_audio;
    uint8_t head[REDUNDANCY_HEAD_SIZE];
    redundancy_write_head(head, track->codec.payload_type, audio->timestamp - older->timestamp, older->length);
    append(packet, head, sizeof head);
    append(packet, older->data, older->length);
}

static void remember_audio(struct send_track *track, const struct coded_audio *audio)
{
    struct sent_audio *last = &track->last_audio;
    last->length = audio->length <= sizeof last->data ? audio->length : 0;
    last->timestamp = audio->timestamp;
    memcpy(last->data, audio->data, last->length);
}

void send_track_audio(struct send_track *track, const struct coded_audio *audio, usec_t now)
{
    if (track->media.kind != MEDIA_AUDIO || audio->length > PAYLOAD_MAX + EXTENSIONS_MAX)
        return;
    bool is_redundant =
        track->may_be_redundant && redundancy_is_needed(&track->redundancy, now) && has_older(track, audio);
    const struct media_codec *wrapper = is_redundant ? find_wrapper(track) : NULL;
    struct encoding *encoding = &track->encodings[0];
    struct packet *packet = new_packet(track);
    struct rtp_header header = header_of(track, encoding, audio->timestamp);
    if (packet == NULL)
        return;
    if (wrapper != NULL)
        header.payload_type = wrapper->payload_type;
    uint8_t level = (uint8_t)(-audio->level_dbov & 0x7f);
    write_head(track, encoding, packet, &header, &level);
    if (wrapper != NULL)
        append_older(track, packet, audio);
    append(packet, audio->data, audio->length);
    send(track, encoding, packet, now);
    remember_audio(track, audio);
    track->stats.frames++;
}

/* An RTX packet (RFC 4588) where it was agreed, else the same packet once more. */
static void resend(struct send_track *track, struct encoding *encoding, struct packet *original)
{
    track->stats.retransmissions++;
    if (track->codec.rtx_payload_type == MEDIA_PAYLOAD_TYPE_NONE || encoding->rtx_ssrc == 0) {
        enqueue(track, packet_hold(original));
        return;
    }
    struct packet *packet = new_packet(track);
    if (packet == NULL)
        return;
    struct rtp_header header = original->rtp;
    header.payload_type = track->codec.rtx_payload_type;
    header.sequence = encoding->rtx_sequence++;
    header.ssrc = encoding->rtx_ssrc;
    write_head(track, encoding, packet, &header, NULL);
    size_t payload = original->length - original->rtp.payload_offset;
    put_u16(packet->data + packet->length, original->rtp.sequence);
    memcpy(packet->data + packet->length + 2, packet_payload(original), payload);
    packet->length = (uint16_t)(packet->length + 2 + payload);
    enqueue(track, packet);
}

/* The index of the encoding whose RTX stream takes padding; `encoding_count`: there is none. */
static size_t find_padded(const struct send_track *track)
{
    for (size_t i = 0; i < track->encoding_count && track->codec.rtx_payload_type != MEDIA_PAYLOAD_TYPE_NONE; i++)
        if (track->encodings[i].stream.started && track->encodings[i].rtx_ssrc != 0)
            return i;
    return track->encoding_count;
}

bool send_track_can_pad(const struct send_track *track)
{
    return track->media.kind == MEDIA_VIDEO && find_padded(track) < track->encoding_count;
}

struct packet *send_track_padding(struct send_track *track, uint8_t bytes)
{
    size_t padded = find_padded(track);
    if (padded == track->encoding_count)
        return NULL;
    struct encoding *encoding = &track->encodings[padded];
    struct packet *packet = new_packet(track);
    if (packet == NULL)
        return NULL;
    const struct rtp_header header = {.payload_type = track->codec.rtx_payload_type,
                                      .sequence = encoding->rtx_sequence++,
                                      .timestamp = encoding->stream.last_timestamp,
                                      .ssrc = encoding->rtx_ssrc};
    write_head(track, encoding, packet, &header, NULL);
    packet->data[0] |= RTP_PADDING_BIT;
    memset(packet->data + packet->length, 0, bytes);
    packet->length = (uint16_t)(packet->length + bytes);
    packet->data[packet->length - 1] = bytes;
    return packet;
}

static struct encoding *find_encoding(struct send_track *track, uint32_t ssrc)
{
    for (size_t i = 0; i < track->encoding_count; i++)
        if (track->encodings[i].stream.ssrc == ssrc)
            return &track->encodings[i];
    return NULL;
}

static bool may_resend(struct encoding *encoding, int64_t sequence, usec_t now)
{
    struct resend *resend = &encoding->resends[(uint64_t)sequence % REPAIR_WINDOW];
    uint32_t now_ms = (uint32_t)(now / USEC_PER_MSEC);
    if (resend->sequence != (uint32_t)sequence)
        *resend = (struct resend){.sequence = (uint32_t)sequence};
    usec_t spacing = usec_max(RESEND_SPACING_LEAST, RESEND_ROUND_TRIPS * encoding->stream.rtt);
    if (!resend_is_allowed(resend->count, usec_from_ms(now_ms - resend->last_ms), spacing))
        return false;
    resend->count++;
    resend->last_ms = now_ms;
    return true;
}

bool send_track_nack(struct send_track *track, uint32_t ssrc, const uint16_t *lost, size_t count, usec_t now)
{
    struct encoding *encoding = find_encoding(track, ssrc);
    if (encoding == NULL)
        return false;
    track->stats.nacks += count;
    if (encoding->history == NULL)
        return true;
    for (size_t i = 0; i < count; i++) {
        int64_t sequence = seq_extend(lost[i], encoding->sequence);
        struct packet *original = history_get(encoding->history, sequence);
        if (original != NULL && may_resend(encoding, sequence, now))
            resend(track, encoding, original);
    }
    return true;
}

bool send_track_request_keyframe(struct send_track *track, uint32_t ssrc)
{
    struct encoding *encoding = find_encoding(track, ssrc);
    if (encoding == NULL)
        return false;
    track->stats.keyframe_requests++;
    encoding->needs_keyframe = true;
    return true;
}

void send_track_request_keyframes(struct send_track *track)
{
    for (unsigned i = 0; i < track->encoding_count; i++)
        track->encodings[i].needs_keyframe = true;
}

void send_track_allow_redundancy(struct send_track *track, bool is_allowed)
{
    track->may_be_redundant = is_allowed;
}

bool send_track_report(struct send_track *track, const struct rtcp_report_block *block, struct report_sum *sum,
                       usec_t now, int64_t wall_us)
{
    struct encoding *encoding = find_encoding(track, block->ssrc);
    if (encoding == NULL)
        return false;
    send_stream_report(&encoding->stream, block, wall_us);
    redundancy_report(&track->redundancy, encoding->stream.fraction_lost, now);
    report_sum_add(sum, &encoding->stream);
    return true;
}

bool send_track_take_keyframe_request(struct send_track *track, unsigned encoding, struct budget *budget, usec_t now)
{
    if (encoding >= track->encoding_count || !track->encodings[encoding].needs_keyframe)
        return false;
    if (budget != NULL && !budget_take(budget, &keyframe_requester_limit, KEYFRAME_UNITS, now))
        return false; /* later */
    track->encodings[encoding].needs_keyframe = false;
    return true;
}

bool send_track_sr(const struct send_track *track, unsigned encoding, struct rtcp_sender_info *info, usec_t now,
                   int64_t wall_us)
{
    if (encoding >= track->encoding_count || !track->encodings[encoding].stream.started)
        return false;
    send_stream_sr(&track->encodings[encoding].stream, info, now, wall_us);
    return true;
}

void send_track_get_stats(const struct send_track *track, struct send_track_stats *stats)
{
    *stats = track->stats;
    for (size_t i = 0; i < track->encoding_count; i++) {
        const struct send_stream *stream = &track->encodings[i].stream;
        stats->packets_lost += stream->cumulative_lost;
        if (stream->fraction_lost > stats->fraction_lost)
            stats->fraction_lost = stream->fraction_lost;
        stats->rtt = usec_max(stats->rtt, stream->rtt);
    }
}
