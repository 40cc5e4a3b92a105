#include "client/rtp/vp9_packetizer.h"

#include <string.h>

#include "transport/base/bytes.h"

/* Section 4.2. */
#define DESCRIPTOR_SIZE 3
#define FLAG_PICTURE_ID 0x80
#define FLAG_PREDICTED 0x40
#define FLAG_BEGIN 0x08
#define FLAG_END 0x04
#define LONG_PICTURE_ID 0x8000

void vp9_packetizer_init(struct vp9_packetizer *packetizer, uint16_t picture_id)
{
    *packetizer = (struct vp9_packetizer){.picture_id = picture_id};
}

void vp9_packetizer_frame(struct vp9_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max)
{
    size_t room = payload_max - DESCRIPTOR_SIZE;
    packetizer->picture_id++;
    packetizer->is_start = true;
    packetizer->is_keyframe = frame->keyframe;
    packetizer->data = frame->data;
    packetizer->left = frame->length;
    packetizer->parts_left = (frame->length + room - 1) / room;
}

size_t vp9_packetizer_next(struct vp9_packetizer *packetizer, uint8_t *out, bool *is_last)
{
    if (packetizer->parts_left == 0)
        return 0;
    size_t part = packetizer->left / packetizer->parts_left;
    *is_last = --packetizer->parts_left == 0;
    out[0] = (uint8_t)(FLAG_PICTURE_ID | (packetizer->is_keyframe ? 0 : FLAG_PREDICTED) |
                       (packetizer->is_start ? FLAG_BEGIN : 0) | (*is_last ? FLAG_END : 0));
    put_u16(out + 1, (uint16_t)(packetizer->picture_id | LONG_PICTURE_ID));
    memcpy(out + DESCRIPTOR_SIZE, packetizer->data, part);
    packetizer->is_start = false;
    packetizer->data += part;
    packetizer->left -= part;
    return DESCRIPTOR_SIZE + part;
}
