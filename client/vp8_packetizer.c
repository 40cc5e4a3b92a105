#include "client/vp8_packetizer.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"

enum { BIT_X = 0x80, BIT_N = 0x20, BIT_S = 0x10 };               /* first byte */
enum { BIT_I = 0x80, BIT_L = 0x40, BIT_T = 0x20 };               /* extension byte */
enum { BIT_M = 0x8000, PICTURE_ID_MASK = 0x7fff, BIT_Y = 0x20 }; /* picture id, TID byte */

void vp8_packetizer_init(struct vp8_packetizer *packetizer, uint16_t picture_id, uint8_t tl0picidx)
{
    *packetizer = (struct vp8_packetizer){.picture_id = picture_id & PICTURE_ID_MASK, .tl0picidx = tl0picidx};
}

static void write_descriptor(struct vp8_packetizer *packetizer, const struct coded_frame *frame)
{
    uint8_t *out = packetizer->descriptor;
    bool layered = frame->temporal_layers > 1;
    out[0] = (uint8_t)(BIT_X | BIT_S | (frame->discardable ? BIT_N : 0));
    out[1] = (uint8_t)(BIT_I | (layered ? BIT_L | BIT_T : 0));
    put_u16(out + 2, (uint16_t)(BIT_M | packetizer->picture_id));
    packetizer->descriptor_length = 4;
    if (layered) {
        out[4] = packetizer->tl0picidx;
        out[5] = (uint8_t)(frame->temporal_id << 6 | (frame->layer_sync ? BIT_Y : 0));
        packetizer->descriptor_length = 6;
    }
}

void vp8_packetizer_frame(struct vp8_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max)
{
    CHECK(payload_max > sizeof packetizer->descriptor);
    if (packetizer->started)
        packetizer->picture_id = (packetizer->picture_id + 1) & PICTURE_ID_MASK;
    if (packetizer->started && frame->temporal_id == 0)
        packetizer->tl0picidx++;
    packetizer->started = true;
    write_descriptor(packetizer, frame);
    size_t room = payload_max - packetizer->descriptor_length;
    packetizer->data = frame->data;
    packetizer->left = frame->length;
    packetizer->parts_left = (frame->length + room - 1) / room;
}

size_t vp8_packetizer_next(struct vp8_packetizer *packetizer, uint8_t *out, bool *is_last)
{
    if (packetizer->parts_left == 0)
        return 0;
    size_t part = packetizer->left / packetizer->parts_left;
    size_t head = packetizer->descriptor_length;
    memcpy(out, packetizer->descriptor, head);
    memcpy(out + head, packetizer->data, part);
    packetizer->descriptor[0] &= (uint8_t)~BIT_S;
    packetizer->data += part;
    packetizer->left -= part;
    *is_last = --packetizer->parts_left == 0;
    return head + part;
}
