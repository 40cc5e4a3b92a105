#include "router/out/packet_write.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/dependency.h"

/* Extensions whose values are copied from the publisher's packet as they are. */
static const enum extension copied[] = {
    EXTENSION_AUDIO_LEVEL,   EXTENSION_VIDEO_ORIENTATION,     EXTENSION_ABS_CAPTURE_TIME,
    EXTENSION_PLAYOUT_DELAY, EXTENSION_DEPENDENCY_DESCRIPTOR,
};
#define COPIED_COUNT (sizeof copied / sizeof copied[0])

/* The dependency descriptor is not copied for VP8 and VP9: their payload descriptors say the same, and only those are
 * rewritten. */
static bool is_copied(const struct packet *packet, const struct extension_map *ids, enum extension extension)
{
    return packet != NULL && ids->id[extension] != 0 && packet->extensions.at[extension].length > 0 &&
           (extension != EXTENSION_DEPENDENCY_DESCRIPTOR || packet->frame.has_descriptor);
}

static bool needs_two_bytes(const struct packet *packet, const struct write_context *context)
{
    const struct extension_map *ids = context->ids;
    if (ids->id[EXTENSION_MID] > EXTENSION_ONE_BYTE_ID_MAX ||
        ids->id[EXTENSION_ABS_SEND_TIME] > EXTENSION_ONE_BYTE_ID_MAX ||
        ids->id[EXTENSION_TRANSPORT_SEQUENCE] > EXTENSION_ONE_BYTE_ID_MAX)
        return true;
    for (size_t i = 0; i < COPIED_COUNT; i++) {
        if (!is_copied(packet, ids, copied[i]))
            continue;
        if (ids->id[copied[i]] > EXTENSION_ONE_BYTE_ID_MAX)
            return true;
        if (context->allow_mixed && packet->extensions.at[copied[i]].length > EXTENSION_ONE_BYTE_LENGTH_MAX)
            return true;
    }
    return false;
}

/* 24 bits, seconds as 6.18 fixed point. */
static uint32_t abs_send_time(usec_t now)
{
    return (uint32_t)(((uint64_t)now << 18) / (uint64_t)USEC_PER_SEC) & 0xffffff;
}

static void write_own(struct extension_writer *writer, const struct write_context *context)
{
    const uint8_t *ids = context->ids->id;
    uint8_t value[3];
    if (context->mid != NULL)
        extension_write(writer, ids[EXTENSION_MID], context->mid, strlen(context->mid));
    if (ids[EXTENSION_ABS_SEND_TIME] != 0) {
        put_u24(value, abs_send_time(context->now));
        extension_write(writer, ids[EXTENSION_ABS_SEND_TIME], value, 3);
    }
    if (ids[EXTENSION_TRANSPORT_SEQUENCE] != 0) {
        put_u16(value, context->transport_sequence);
        extension_write(writer, ids[EXTENSION_TRANSPORT_SEQUENCE], value, 2);
    }
}

static void write_copy(struct extension_writer *writer, const struct packet *packet, enum extension extension,
                       const struct rewrite *rewrite, const struct write_context *context)
{
    size_t length = packet->extensions.at[extension].length;
    if (!writer->two_byte && length > EXTENSION_ONE_BYTE_LENGTH_MAX)
        return;
    int at = extension_write(writer, context->ids->id[extension],
                             packet->data + packet->extensions.at[extension].offset, length);
    if (at > 0 && extension == EXTENSION_DEPENDENCY_DESCRIPTOR && rewrite->has_frame_number)
        put_u16(writer->out + at + DEPENDENCY_FRAME_NUMBER_OFFSET, rewrite->frame_number);
}

static size_t write_extensions(uint8_t *out, size_t capacity, const struct packet *packet,
                               const struct rewrite *rewrite, const struct write_context *context)
{
    struct extension_writer writer;
    bool two_byte = needs_two_bytes(packet, context);
    extension_writer_init(&writer, out, capacity, two_byte);
    write_own(&writer, context);
    for (size_t i = 0; i < COPIED_COUNT; i++)
        if (is_copied(packet, context->ids, copied[i]))
            write_copy(&writer, packet, copied[i], rewrite, context);
    return extension_writer_finish(&writer);
}

static void add_payload(struct packet_image *image, const struct packet *packet, const struct rewrite *rewrite)
{
    if (rewrite->is_retransmission) {
        put_u16(image->original_sequence, rewrite->original_sequence);
        packet_image_add(image, image->original_sequence, sizeof image->original_sequence);
    }
    if (packet == NULL)
        return;
    packet_image_add(image, rewrite->patch, rewrite->patch_length);
    packet_image_add(image, packet_payload(packet) + rewrite->patch_covers,
                     packet->rtp.payload_length - (size_t)rewrite->patch_covers);
}

int packet_image_init(struct packet_image *image, const struct packet *packet, const struct rewrite *rewrite,
                      const struct write_context *context)
{
    struct rtp_header header = {
        .marker = rewrite->marker,
        .payload_type = rewrite->payload_type,
        .sequence = rewrite->sequence,
        .timestamp = rewrite->timestamp,
        .ssrc = rewrite->ssrc,
    };
    size_t payload = 2 + (packet != NULL ? (size_t)packet->rtp.payload_length + rewrite->patch_length : 0);
    if (RTP_HEADER_SIZE + payload + rewrite->padding > PACKET_CAPACITY)
        return ERR_NO_SPACE;
    size_t room = PACKET_CAPACITY - RTP_HEADER_SIZE - payload - rewrite->padding;
    if (room > sizeof image->header - RTP_HEADER_SIZE)
        room = sizeof image->header - RTP_HEADER_SIZE;
    size_t extensions = write_extensions(image->header + RTP_HEADER_SIZE, room, packet, rewrite, context);
    rtp_write_fixed(image->header, &header, extensions > 0);
    image->header_length = image->length = RTP_HEADER_SIZE + extensions;
    image->part_count = 0;
    image->padding = 0;
    add_payload(image, packet, rewrite);
    packet_image_pad(image, rewrite->padding);
    return 0;
}

size_t packet_image_write(const struct packet_image *image, uint8_t *out)
{
    size_t at = image->header_length;
    memcpy(out, image->header, at);
    for (size_t i = 0; i < image->part_count; i++) {
        memcpy(out + at, image->parts[i].data, image->parts[i].length);
        at += image->parts[i].length;
    }
    return at;
}
