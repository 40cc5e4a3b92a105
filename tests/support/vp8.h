/* The parts of VP8 that a router reads, written by hand: the payload descriptor (RFC 7741 section 4.2), and the head of a frame
 * (RFC 6386 section 9.1). */
#ifndef HEDDLE_TESTS_VP8_H
#define HEDDLE_TESTS_VP8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VP8_DESCRIPTOR_MAX 6
#define VP8_HEAD_SIZE 10

struct vp8_descriptor {
    bool is_start;    /* of the frame */
    bool is_needless; /* no other frame needs it */
    bool has_picture;
    uint16_t picture; /* 15 bits */
    bool has_layers;
    uint8_t tl0, temporal; /* TL0PICIDX and the temporal layer */
    bool is_sync;          /* needs temporal layer 0 only */
};

/* Returns its size: one byte, or with a picture id or layers what these take besides. */
size_t vp8_write_descriptor(uint8_t out[VP8_DESCRIPTOR_MAX], const struct vp8_descriptor *descriptor);
/* Of a keyframe tag, start code and size; of any other frame the tag, and zeros. Returns VP8_HEAD_SIZE. */
size_t vp8_write_head(uint8_t out[VP8_HEAD_SIZE], bool is_key, unsigned width, unsigned height);

#endif
