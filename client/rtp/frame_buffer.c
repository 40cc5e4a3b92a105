#include "client/rtp/frame_buffer.h"

#include <stdlib.h>

#include "client/rtp/depacketizer.h"
#include "transport/base/memory.h"
#include "transport/hop/picture_tracker.h"
#include "transport/hop/repair_window.h"

#define FRAME_CAPACITY 8192 /* at first */
#define SLOTS REPAIR_WINDOW

struct slot {
    int64_t sequence;
    struct packet *packet; /* NULL: empty */
};

struct frame_buffer {
    struct frame_buffer_config config;
    enum codec codec;
    struct slot slots[SLOTS];
    struct picture_tracker pictures; /* video */
    bool started, needs_keyframe;
    bool has_given;   /* something came out, or was given up */
    int64_t next;     /* the first packet not given out yet */
    int64_t highest;  /* ever put */
    usec_t gap_since; /* USEC_NEVER: no gap at `next` */
    unsigned skipped;
    uint8_t *joined;
    size_t capacity;
};

static void reserve(struct frame_buffer *buffer, size_t length)
{
    if (length <= buffer->capacity)
        return;
    buffer->capacity = 2 * length;
    buffer->joined = mem_resize(buffer->joined, buffer->capacity, 1);
}

struct frame_buffer *frame_buffer_new(const struct frame_buffer_config *config)
{
    struct frame_buffer *buffer = mem_alloc(sizeof *buffer);
    buffer->config = *config;
    buffer->gap_since = USEC_NEVER;
    reserve(buffer, FRAME_CAPACITY);
    return buffer;
}

void frame_buffer_reset(struct frame_buffer *buffer)
{
    for (size_t i = 0; i < SLOTS; i++) {
        packet_release(buffer->slots[i].packet);
        buffer->slots[i].packet = NULL;
    }
    buffer->started = buffer->has_given = false;
    buffer->pictures = (struct picture_tracker){0};
    buffer->gap_since = USEC_NEVER;
    buffer->skipped = 0;
    buffer->needs_keyframe = buffer->config.kind == MEDIA_VIDEO;
}

void frame_buffer_free(struct frame_buffer *buffer)
{
    if (buffer == NULL)
        return;
    frame_buffer_reset(buffer);
    free(buffer->joined);
    free(buffer);
}

void frame_buffer_set_codec(struct frame_buffer *buffer, enum codec codec)
{
    buffer->codec = codec;
}

static struct packet *at(const struct frame_buffer *buffer, int64_t sequence)
{
    const struct slot *slot = &buffer->slots[(uint64_t)sequence % SLOTS];
    return slot->sequence == sequence ? slot->packet : NULL;
}

static void drop(struct frame_buffer *buffer, int64_t sequence)
{
    struct slot *slot = &buffer->slots[(uint64_t)sequence % SLOTS];
    if (slot->sequence != sequence)
        return;
    packet_release(slot->packet);
    slot->packet = NULL;
}

static void skip_to(struct frame_buffer *buffer, int64_t sequence)
{
    buffer->has_given = true;
    for (; buffer->next < sequence; buffer->next++) {
        if (at(buffer, buffer->next) == NULL)
            buffer->skipped++;
        drop(buffer, buffer->next);
    }
    buffer->gap_since = USEC_NEVER;
}

static bool is_padding(const struct packet *packet)
{
    return packet->rtp.payload_length == 0;
}

void frame_buffer_put(struct frame_buffer *buffer, int64_t sequence, struct packet *packet, usec_t now)
{
    if (!buffer->started) {
        buffer->started = true;
        buffer->next = buffer->highest = sequence;
        buffer->needs_keyframe = buffer->config.kind == MEDIA_VIDEO;
    }
    if (!buffer->has_given && sequence < buffer->next && buffer->highest - sequence < SLOTS)
        buffer->next = sequence; /* the first packets came out of order */
    if (sequence < buffer->next || at(buffer, sequence) != NULL)
        return;
    if (sequence - buffer->next >= SLOTS) {
        if (sequence - buffer->next >= 2 * SLOTS) { /* too far to free the slots between one by one */
            frame_buffer_reset(buffer);
            frame_buffer_put(buffer, sequence, packet, now);
            return;
        }
        skip_to(buffer, sequence - SLOTS + 1);
        buffer->needs_keyframe = buffer->config.kind == MEDIA_VIDEO;
    }
    struct slot *slot = &buffer->slots[(uint64_t)sequence % SLOTS];
    *slot = (struct slot){sequence, packet_hold(packet)};
    if (buffer->config.kind == MEDIA_VIDEO)
        (void)picture_tracker_packet(&buffer->pictures, sequence, packet->rtp.timestamp,
                                     is_padding(packet) ? NULL : &packet->frame);
    buffer->highest = sequence > buffer->highest ? sequence : buffer->highest;
}

bool frame_buffer_lacks(const struct frame_buffer *buffer, int64_t sequence)
{
    return buffer->started && sequence >= buffer->next && at(buffer, sequence) == NULL;
}

static bool is_first(const struct frame_buffer *buffer, int64_t sequence)
{
    const struct packet *packet = at(buffer, sequence);
    if (packet == NULL)
        return false;
    return (packet->frame.start && packet->frame.spatial_id == 0) ||
           picture_tracker_is_first(&buffer->pictures, sequence);
}

/* Whether everything from `sequence` to the end of the picture that holds `through` is there. `end` is where it ends
 * (exclusive), or else the first number that is missing. A picture ends with the marker bit, or
 * where another begins. */
static bool is_whole(const struct frame_buffer *buffer, int64_t sequence, int64_t through, int64_t *end)
{
    const struct packet *packet = at(buffer, sequence);
    for (*end = sequence; packet != NULL;) {
        uint32_t timestamp = packet->rtp.timestamp;
        bool is_marked = packet->rtp.marker;
        packet = at(buffer, ++*end);
        if (*end > through && (is_marked || (packet != NULL && packet->rtp.timestamp != timestamp)))
            return true;
    }
    return false;
}

/* The first complete keyframe at or behind `next`, with the parameter sets before it; false: there is none. When one is
 * incomplete, the search goes on behind the first packet that is missing, so that no packet is looked at twice. */
static bool find_keyframe(const struct frame_buffer *buffer, int64_t *begin, int64_t *end)
{
    const struct tracked_picture *picture = picture_tracker_find_keyframe(&buffer->pictures, buffer->next);
    while (picture != NULL) {
        *begin = picture->begin;
        if (is_whole(buffer, picture->begin, picture->key, end))
            return true;
        picture = picture_tracker_find_keyframe(&buffer->pictures, *end);
    }
    return false;
}

/* Joins the packets from `next` to `end` into one frame and drops them. */
static void take(struct frame_buffer *buffer, int64_t end, struct received_frame *frame)
{
    const struct frame_info lowest = at(buffer, buffer->next)->frame;
    struct depacketizer joined = {.codec = buffer->codec};
    *frame = (struct received_frame){.temporal_id = lowest.temporal_id, .skipped = buffer->skipped};
    for (; buffer->next < end; buffer->next++) {
        const struct packet *packet = at(buffer, buffer->next);
        reserve(buffer, joined.length + DEPACKETIZED_MAX(packet->rtp.payload_length));
        depacketizer_add(&joined, packet_payload(packet), packet->rtp.payload_length, packet->frame.descriptor_length,
                         buffer->joined);
        frame->timestamp = packet->rtp.timestamp;
        frame->keyframe = frame->keyframe || (packet->frame.keyframe && packet->frame.spatial_id == lowest.spatial_id);
        frame->arrival = usec_max(frame->arrival, packet->arrival);
        drop(buffer, buffer->next);
    }
    frame->data = buffer->joined;
    frame->length = joined.length;
    buffer->has_given = true;
    buffer->skipped = 0;
    buffer->gap_since = USEC_NEVER;
}

/* Skips padding between frames. */
static void pass_padding(struct frame_buffer *buffer)
{
    const struct packet *packet = at(buffer, buffer->next);
    while (packet != NULL && is_padding(packet)) {
        drop(buffer, buffer->next++);
        buffer->gap_since = USEC_NEVER;
        packet = at(buffer, buffer->next);
    }
}

static bool poll_video(struct frame_buffer *buffer, struct received_frame *frame, usec_t now)
{
    pass_padding(buffer);
    if (buffer->next > buffer->highest)
        return false;
    int64_t keyframe, end;
    bool is_there =
        !buffer->needs_keyframe && is_first(buffer, buffer->next) && is_whole(buffer, buffer->next, buffer->next, &end);
    if (!is_there && find_keyframe(buffer, &keyframe, &end)) { /* then nothing before it is needed */
        skip_to(buffer, keyframe);
        buffer->needs_keyframe = false;
        is_there = true;
    }
    if (is_there) {
        take(buffer, end, frame);
        return true;
    }
    /* A frame that is still coming in is no gap; one that stays incomplete for `gap_wait` is given up like a gap. */
    if (buffer->gap_since == USEC_NEVER)
        buffer->gap_since = now;
    else if (now - buffer->gap_since >= buffer->config.gap_wait)
        buffer->needs_keyframe = true;
    return false;
}

static bool poll_audio(struct frame_buffer *buffer, struct received_frame *frame, usec_t now)
{
    pass_padding(buffer);
    if (buffer->next > buffer->highest)
        return false;
    if (at(buffer, buffer->next) == NULL) {
        if (buffer->gap_since == USEC_NEVER)
            buffer->gap_since = now;
        if (now - buffer->gap_since < buffer->config.gap_wait)
            return false;
        int64_t present = buffer->next;
        while (present <= buffer->highest && at(buffer, present) == NULL)
            present++;
        skip_to(buffer, present);
        pass_padding(buffer);
        if (at(buffer, buffer->next) == NULL)
            return false;
    }
    take(buffer, buffer->next + 1, frame);
    return true;
}

bool frame_buffer_poll(struct frame_buffer *buffer, struct received_frame *frame, usec_t now)
{
    if (!buffer->started)
        return false;
    return buffer->config.kind == MEDIA_VIDEO ? poll_video(buffer, frame, now) : poll_audio(buffer, frame, now);
}

bool frame_buffer_needs_keyframe(const struct frame_buffer *buffer)
{
    return buffer->started && buffer->needs_keyframe;
}

usec_t frame_buffer_next(const struct frame_buffer *buffer)
{
    return buffer->gap_since != USEC_NEVER && !buffer->needs_keyframe ? buffer->gap_since + buffer->config.gap_wait
                                                                      : USEC_NEVER;
}
