#include "router/out/rewriter.h"

#include <string.h>

#include "transport/base/bytes.h"

#define PICTURE_ID_15_BITS 0x8000 /* set in the descriptor, above the id */

_Static_assert(MEDIA_ENCODINGS_MAX <= SEQUENCE_ENCODINGS, "an entry tells which encoding it is of");

void rewriter_init(struct rewriter *rewriter, size_t map_size, struct sequence_map_account *account,
                   uint16_t first_sequence, uint32_t first_timestamp)
{
    *rewriter = (struct rewriter){0};
    sequence_map_init(&rewriter->map, map_size, account);
    rewriter->highest_out = (first_sequence & 0x7fff) - 1;
    rewriter->last_timestamp = first_timestamp;
}

void rewriter_fini(struct rewriter *rewriter)
{
    sequence_map_fini(&rewriter->map);
}

/* The output timestamp for `now`, by the time since the last packet. */
static uint32_t running_timestamp(const struct rewriter *rewriter, uint32_t clock_rate, usec_t now)
{
    int64_t ticks = (now - rewriter->last_sent) * (int64_t)clock_rate / USEC_PER_SEC;
    return rewriter->last_timestamp + (uint32_t)ticks;
}

static uint32_t next_timestamp(const struct rewriter *rewriter, const uint32_t *aligned, uint32_t clock_rate,
                               usec_t now)
{
    if (!rewriter->started)
        return rewriter->last_timestamp;
    uint32_t running = running_timestamp(rewriter, clock_rate, now);
    uint32_t chosen = aligned != NULL ? *aligned : running;
    int32_t limit = (int32_t)(clock_rate * 2);
    int32_t difference = timestamp_diff(chosen, running);
    if (difference > limit || difference < -limit)
        chosen = running; /* the sender reports must be wrong */
    int32_t frame = (int32_t)(clock_rate / 50);
    if (timestamp_diff(chosen, rewriter->last_timestamp) < frame)
        chosen = rewriter->last_timestamp + (uint32_t)frame;
    return chosen;
}

void rewriter_switch(struct rewriter *rewriter, uint8_t encoding, int64_t in, uint32_t timestamp,
                     const uint32_t *aligned, uint32_t clock_rate, usec_t now)
{
    uint32_t chosen = next_timestamp(rewriter, aligned, clock_rate, now);
    rewriter->timestamp_offset = chosen - timestamp;
    rewriter->last_timestamp = chosen;
    rewriter->last_sent = now;
    rewriter->encoding = encoding;
    rewriter->highest_in = in - 1;
    rewriter->first_out = rewriter->highest_out + 1;
    rewriter->picture_switched = true;
    rewriter->started = true;
}

bool rewriter_is_gap(const struct rewriter *rewriter, int64_t in)
{
    return in - rewriter->highest_in > (int64_t)(rewriter->map.most / 2);
}

/* Extends a picture id so that it is nearest to the newest one. */
static int64_t extend_picture(const struct rewriter *rewriter, const struct frame_info *frame)
{
    int64_t period = INT64_C(1) << frame->picture_id_bits;
    int64_t difference = (frame->picture_id - rewriter->picture_in) & (period - 1);
    if (difference >= period / 2)
        difference -= period;
    return rewriter->picture_in + difference;
}

static void switch_picture(struct rewriter *rewriter, const struct frame_info *frame)
{
    rewriter->picture_in = frame->picture_id;
    if (rewriter->has_picture)
        rewriter->picture_offset = (uint16_t)(rewriter->last_picture + 1 - frame->picture_id);
    if (frame->has_tl0picidx && rewriter->has_tl0)
        rewriter->tl0_offset = (uint8_t)(rewriter->last_tl0 + 1 - frame->tl0picidx);
    rewriter->picture_switched = false;
}

/* Notes the picture id of a packet that is sent. */
static void note_picture(struct rewriter *rewriter, const struct frame_info *frame)
{
    if (frame->picture_id_bits == 0)
        return;
    if (rewriter->picture_switched)
        switch_picture(rewriter, frame);
    int64_t picture = extend_picture(rewriter, frame);
    if (picture < rewriter->picture_in)
        return;
    rewriter->picture_in = picture;
    rewriter->last_picture = (uint16_t)(picture + rewriter->picture_offset);
    rewriter->has_picture = true;
    if (frame->has_tl0picidx) {
        rewriter->last_tl0 = (uint8_t)(frame->tl0picidx + rewriter->tl0_offset);
        rewriter->has_tl0 = true;
    }
}

/* Keeps `skipped` numbers free before it. */
static struct sequence_entry *add_entry(struct rewriter *rewriter, int64_t in, int64_t skipped, usec_t now)
{
    rewriter->highest_in = in;
    rewriter->highest_out += skipped + 1;
    struct sequence_entry *entry = sequence_map_add(&rewriter->map, rewriter->highest_out, in, (size_t)skipped, now);
    entry->timestamp_offset = rewriter->timestamp_offset;
    entry->picture_offset = rewriter->picture_offset;
    entry->tl0_offset = rewriter->tl0_offset;
    entry->encoding = rewriter->encoding & (SEQUENCE_ENCODINGS - 1);
    return entry;
}

/* Keeps numbers free for packets that are missing. */
static void keep_free(struct rewriter *rewriter, int64_t before, usec_t now)
{
    int64_t missing = before - 1 - rewriter->highest_in;
    if (missing > 0)
        (void)add_entry(rewriter, before - 1, missing - 1, now);
}

static struct sequence_entry *find_free(struct rewriter *rewriter, int64_t in)
{
    struct sequence_entry *entry = sequence_map_find(&rewriter->map, in, rewriter->first_out);
    if (entry == NULL || entry->sent)
        return NULL;
    entry->sent = true;
    return entry;
}

static void note_timestamp(struct rewriter *rewriter, uint32_t timestamp, usec_t now)
{
    uint32_t out = timestamp + rewriter->timestamp_offset;
    if (timestamp_diff(out, rewriter->last_timestamp) < 0)
        return;
    rewriter->last_timestamp = out;
    rewriter->last_sent = now;
}

struct sequence_entry *rewriter_packet(struct rewriter *rewriter, int64_t in, uint32_t timestamp,
                                       const struct frame_info *frame, usec_t now)
{
    struct sequence_entry *entry;
    if (in <= rewriter->highest_in) {
        entry = find_free(rewriter, in);
    } else {
        keep_free(rewriter, in, now);
        note_picture(rewriter, frame);
        note_timestamp(rewriter, timestamp, now);
        entry = add_entry(rewriter, in, 0, now);
        entry->sent = true;
    }
    if (entry != NULL && frame->picture_id_bits != 0)
        entry->picture_extension = (uint16_t)(extend_picture(rewriter, frame) - frame->picture_id);
    return entry;
}

struct sequence_entry *rewriter_drop(struct rewriter *rewriter, int64_t in, const struct frame_info *frame, usec_t now)
{
    if (in <= rewriter->highest_in)
        return find_free(rewriter, in);
    keep_free(rewriter, in, now);
    rewriter->highest_in = in;
    if (frame == NULL || frame->picture_id_bits == 0 || frame->refers_by_distance || rewriter->picture_switched)
        return NULL;
    int64_t picture = extend_picture(rewriter, frame);
    if (picture > rewriter->picture_in) {
        rewriter->picture_in = picture;
        rewriter->picture_offset--;
    }
    return NULL;
}

static unsigned picture_of(const struct sequence_entry *entry, const struct packet *packet)
{
    return (unsigned)packet->frame.picture_id + entry->picture_offset + entry->picture_extension;
}

/* Picture ids are always written with 15 bits; one that came with 7 bits becomes one byte longer. */
static void patch_picture(const struct sequence_entry *entry, const struct packet *packet, struct rewrite *rewrite)
{
    const struct frame_info *frame = &packet->frame;
    const uint8_t *payload = packet_payload(packet);
    size_t id_bytes = frame->picture_id_bits == 7 ? 1 : 2;
    size_t covers = (size_t)frame->picture_id_offset + id_bytes;
    size_t grown = 2 - id_bytes;
    if (frame->has_tl0picidx && frame->tl0picidx_offset + 1u > covers)
        covers = frame->tl0picidx_offset + 1u;
    if (covers + grown > sizeof rewrite->patch || covers > packet->rtp.payload_length)
        return;
    size_t after = (size_t)frame->picture_id_offset + id_bytes;
    memcpy(rewrite->patch, payload, frame->picture_id_offset);
    put_u16(rewrite->patch + frame->picture_id_offset, (uint16_t)(picture_of(entry, packet) | PICTURE_ID_15_BITS));
    memcpy(rewrite->patch + after + grown, payload + after, covers - after);
    if (frame->has_tl0picidx)
        rewrite->patch[frame->tl0picidx_offset + grown] = (uint8_t)(frame->tl0picidx + entry->tl0_offset);
    rewrite->patch_covers = (uint16_t)covers;
    rewrite->patch_length = (uint8_t)(covers + grown);
}

void rewriter_apply(const struct rewriter *rewriter, const struct sequence_entry *entry, const struct packet *packet,
                    struct rewrite *rewrite)
{
    rewrite->sequence = (uint16_t)sequence_map_out(&rewriter->map, entry);
    rewrite->timestamp = packet->rtp.timestamp + entry->timestamp_offset;
    rewrite->marker = packet->rtp.marker || entry->ends_picture;
    rewrite->has_frame_number = packet->frame.has_descriptor;
    if (rewrite->has_frame_number)
        rewrite->frame_number = (uint16_t)picture_of(entry, packet);
    else if (packet->frame.picture_id_bits != 0)
        patch_picture(entry, packet, rewrite);
}

static void unwrap(const struct frame_info *frame, struct rewrite *rewrite)
{
    rewrite->patch_covers = frame->descriptor_length;
    rewrite->patch_length = 0;
}

void rewriter_set_codec(const struct media_codec *codec, const struct packet *packet, struct rewrite *rewrite)
{
    const struct codec_format *format = codec_format(codec->codec);
    const struct frame_info *frame = &packet->frame;
    size_t length = frame->wrapper_length;
    rewrite->payload_type = codec->payload_type;
    if (length == 0)
        return;
    if (!format->is_wrapper) {
        unwrap(frame, rewrite);
    } else if (frame->inside_payload_type == codec->primary_payload_type) {
        return;
    } else if (length > sizeof rewrite->patch) { /* no sender uses so many blocks */
        rewrite->payload_type = codec->primary_payload_type;
        unwrap(frame, rewrite);
    } else {
        format->rewrap(rewrite->patch, packet_payload(packet), length, codec->primary_payload_type);
        rewrite->patch_covers = (uint16_t)length;
        rewrite->patch_length = (uint8_t)length;
    }
}
