#include "bench/media_source.h"

#include <stdio.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/wire/extension.h"
#include "transport/wire/rtp.h"
#include "transport/wire/vp8_writer.h"

#define PAYLOAD_MAX 1130 /* what browsers leave below 1200 with their extensions */
#define TRAILER_SIZE 12
#define KEYFRAME_FACTOR 5
#define AUDIO_PACKET_US 20000

static const uint8_t magic[3] = {'h', 'b', 'n'}; /* then the encoding's number, then the time */

void media_source_init(struct media_source *source, const struct media_source_config *config, uint64_t seed,
                       usec_t start)
{
    *source = (struct media_source){.config = *config, .next_frame = start, .needs_keyframe = true};
    CHECK(strlen(config->mid) <= MEDIA_MID_MAX);
    memcpy(source->mid, config->mid, strlen(config->mid));
    if (config->rid != NULL)
        snprintf(source->rid, sizeof source->rid, "%s", config->rid);
    rng_init(&source->rng, seed);
    source->sequence = (uint16_t)rng_below(&source->rng, 0x8000);
    source->picture_id = (uint16_t)rng_below(&source->rng, 0x8000);
    source->timestamp = rng_u32(&source->rng);
}

void media_source_request_keyframe(struct media_source *source)
{
    source->needs_keyframe = true;
}

static usec_t frame_interval(const struct media_source *source)
{
    return source->config.is_video ? USEC_PER_SEC / source->config.frames_per_second : AUDIO_PACKET_US;
}

static void start_frame(struct media_source *source)
{
    usec_t interval = frame_interval(source);
    size_t bytes = (size_t)(source->config.bitrate_bps / 8 * (uint64_t)interval / USEC_PER_SEC);
    source->is_keyframe = source->config.is_video && source->needs_keyframe;
    if (source->config.is_video) /* frames differ in size as real ones do, and their mean is that of the bitrate */
        bytes = bytes * 3 / 4 + (size_t)rng_below(&source->rng, bytes / 2 + 1);
    if (source->is_keyframe) {
        bytes *= KEYFRAME_FACTOR;
        source->needs_keyframe = false;
    }
    if (bytes < VP8_DESCRIPTOR_MAX + TRAILER_SIZE + 16)
        bytes = VP8_DESCRIPTOR_MAX + TRAILER_SIZE + 16;
    source->left = bytes;
    source->packets_left = (bytes + PAYLOAD_MAX - 1) / PAYLOAD_MAX;
    source->is_frame_start = true;
    source->frame_count++;
    source->timestamp += source->config.is_video ? 90000 / source->config.frames_per_second : 960;
    source->picture_id = (source->picture_id + 1) & 0x7fff;
    source->tl0picidx++;
}

static size_t write_header(struct media_source *source, uint8_t *out, uint16_t transport_sequence)
{
    const struct extension_map *map = &source->config.extensions;
    struct extension_writer writer;
    uint8_t sequence[2], level = 0x80 | 40;
    put_u16(sequence, transport_sequence);
    extension_writer_init(&writer, out + RTP_HEADER_SIZE, 64, false);
    extension_write(&writer, map->id[EXTENSION_TRANSPORT_SEQUENCE], sequence, sizeof sequence);
    extension_write(&writer, map->id[EXTENSION_MID], source->mid, strlen(source->mid));
    if (source->rid[0] != '\0')
        extension_write(&writer, map->id[EXTENSION_RID], source->rid, strlen(source->rid));
    if (!source->config.is_video)
        extension_write(&writer, map->id[EXTENSION_AUDIO_LEVEL], &level, 1);
    size_t extension_length = extension_writer_finish(&writer);
    struct rtp_header header = {
        .marker = source->config.is_video && source->packets_left == 1,
        .payload_type = source->config.payload_type,
        .sequence = source->sequence++,
        .timestamp = source->timestamp,
        .ssrc = source->config.ssrc,
    };
    rtp_write_fixed(out, &header, extension_length > 0);
    return RTP_HEADER_SIZE + extension_length;
}

static void write_vp8(const struct media_source *source, uint8_t *payload)
{
    struct vp8_part part = {
        .is_start = source->is_frame_start,
        .has_picture = true,
        .picture = source->picture_id,
        .has_layers = true,
        .tl0 = source->tl0picidx,
        .is_sync = true,
        .is_key = source->is_keyframe,
        .width = source->config.width,
        .height = source->config.height,
    };
    if (source->is_frame_start)
        (void)vp8_write_part(payload, &part);
    else
        (void)vp8_write_descriptor(payload, &part);
}

size_t media_source_poll(struct media_source *source, uint8_t *out, uint16_t transport_sequence, usec_t now)
{
    if (media_source_next(source) > now)
        return 0;
    if (source->left == 0) {
        source->next_packet = source->next_frame;
        source->next_frame += frame_interval(source);
        start_frame(source);
    }
    size_t size = source->left / source->packets_left; /* equal packets, smaller ones first, as browsers cut */
    size_t offset = write_header(source, out, transport_sequence);
    uint8_t *payload = out + offset;
    for (size_t i = 0; i + 8 <= size; i += 8)
        put_u64(payload + i, rng_next(&source->rng));
    if (source->config.is_video)
        write_vp8(source, payload);
    memcpy(payload + size - TRAILER_SIZE, magic, sizeof magic);
    payload[size - TRAILER_SIZE + sizeof magic] = source->config.encoding;
    put_u64(payload + size - 8, (uint64_t)now);
    source->next_packet += source->config.packet_interval;
    source->left -= size;
    source->packets_left--;
    source->is_frame_start = false;
    return offset + size;
}

usec_t media_source_next(const struct media_source *source)
{
    return source->left > 0 ? source->next_packet : source->next_frame;
}

void media_source_resume(struct media_source *source, usec_t now)
{
    usec_t interval = frame_interval(source);
    if (source->next_frame < now) {
        usec_t skipped = (now - source->next_frame + interval - 1) / interval;
        source->next_frame += skipped * interval;
        source->timestamp +=
            (uint32_t)skipped * (source->config.is_video ? 90000 / source->config.frames_per_second : 960);
    }
    source->left = 0;
    source->packets_left = 0;
    source->needs_keyframe = true;
}

uint32_t media_source_timestamp(const struct media_source *source, usec_t now)
{
    usec_t since = now - (source->next_frame - frame_interval(source));
    int64_t rate_khz = source->config.is_video ? 90 : 48;
    return source->timestamp + (uint32_t)(since * rate_khz / 1000);
}

bool media_source_sent_at(const uint8_t *payload, size_t length, usec_t *sent, uint8_t *encoding)
{
    if (length < TRAILER_SIZE || memcmp(payload + length - TRAILER_SIZE, magic, sizeof magic) != 0)
        return false;
    *encoding = payload[length - TRAILER_SIZE + sizeof magic];
    *sent = (usec_t)get_u64(payload + length - 8);
    return true;
}
