/* What a sender writes of VP8: the payload descriptor (RFC 7741 section 4.2); and the head of a frame (RFC 6386 section
 * 9.1) for senders without an encoder, since it is all that a router reads. Pure. */
#ifndef HEDDLE_VP8_WRITER_H
#define HEDDLE_VP8_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VP8_DESCRIPTOR_MAX 6
#define VP8_HEAD_SIZE 10
#define VP8_PART_MAX (VP8_DESCRIPTOR_MAX + VP8_HEAD_SIZE)

/* What a packet begins with. */
struct vp8_part {
    bool is_start;    /* of the frame */
    bool is_needless; /* no other frame needs it */
    bool has_picture;
    uint16_t picture; /* 15 bits */
    bool has_layers;
    uint8_t tl0, temporal;  /* TL0PICIDX and the temporal layer */
    bool is_sync;           /* needs temporal layer 0 only */
    bool is_key;            /* what follows the descriptor is the head of a keyframe */
    unsigned width, height; /* of that; 0: 320x240 */
};

/* Returns the size, which the picture id and the layers add to. */
size_t vp8_write_descriptor(uint8_t out[VP8_DESCRIPTOR_MAX], const struct vp8_part *part);
/* Of a keyframe tag, start code and size; of any other frame the tag, and zeros. Returns VP8_HEAD_SIZE. */
size_t vp8_write_head(uint8_t out[VP8_HEAD_SIZE], bool is_key, unsigned width, unsigned height);
/* Descriptor and head. Returns the size. */
size_t vp8_write_part(uint8_t out[VP8_PART_MAX], const struct vp8_part *part);

#endif
