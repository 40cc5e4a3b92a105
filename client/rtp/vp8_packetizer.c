#include "client/rtp/vp8_packetizer.h"

#include <string.h>

#include "transport/base/check.h"

#define PICTURE_ID_MASK 0x7fff

void vp8_packetizer_init(struct vp8_packetizer *packetizer, uint16_t picture_id, uint8_t tl0picidx)
{
    *packetizer = (struct vp8_packetizer){.picture_id = picture_id & PICTURE_ID_MASK, .tl0picidx = tl0picidx};
}

void vp8_packetizer_frame(struct vp8_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max)
{
    CHECK(payload_max > VP8_DESCRIPTOR_MAX);
    if (packetizer->started)
        packetizer->picture_id = (packetizer->picture_id + 1) & PICTURE_ID_MASK;
    if (packetizer->started && frame->temporal_id == 0)
        packetizer->tl0picidx++;
    packetizer->started = true;
    packetizer->part = (struct vp8_part){
        .is_start = true,
        .is_needless = frame->discardable,
        .has_picture = true,
        .picture = packetizer->picture_id,
        .has_layers = frame->temporal_layers > 1,
        .tl0 = packetizer->tl0picidx,
        .temporal = (uint8_t)frame->temporal_id,
        .is_sync = frame->layer_sync,
    };
    uint8_t descriptor[VP8_DESCRIPTOR_MAX];
    size_t room = payload_max - vp8_write_descriptor(descriptor, &packetizer->part);
    packetizer->data = frame->data;
    packetizer->left = frame->length;
    packetizer->parts_left = (frame->length + room - 1) / room;
}

size_t vp8_packetizer_next(struct vp8_packetizer *packetizer, uint8_t *out, bool *is_last)
{
    if (packetizer->parts_left == 0)
        return 0;
    size_t part = packetizer->left / packetizer->parts_left;
    size_t head = vp8_write_descriptor(out, &packetizer->part);
    memcpy(out + head, packetizer->data, part);
    packetizer->part.is_start = false;
    packetizer->data += part;
    packetizer->left -= part;
    *is_last = --packetizer->parts_left == 0;
    return head + part;
}
