/* The size of a coded picture, read from its first bytes before any of it is decoded: 270 bytes can claim 16383 x 16383
 * and cost a decoder a second and 450 MB. Pure. */
#ifndef HEDDLE_CLIENT_CODED_SIZE_H
#define HEDDLE_CLIENT_CODED_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/wire/codec.h"

/* 4K in either orientation, as cameras and screens have it (4096 x 2304). */
#define CODED_SIDE_MAX 4096
#define CODED_PIXELS_MAX (4096 * 2304)

/* The size that a frame sets; 0 x 0: that of the pictures before it. */
struct coded_size {
    unsigned width, height; /* pixels, up to 65536 */
};

/* One VP8 frame (RFC 6386 section 9.1), or one VP9 frame of profile 0 (its bitstream specification, section 6.2; not
 * a superframe). ERR_UNSUPPORTED: of another codec. ERR_INVALID: it ends before its size, or no decoder of ours takes
 * it. */
int coded_size_read(struct coded_size *size, enum codec codec, const uint8_t *data, size_t length);
bool coded_size_is_bearable(const struct coded_size *size);

#endif
