/* How much of a test picture comes: structural similarity (SSIM, Wang et al. 2004) of what came with the picture that
 * was made, which can be drawn again from the number and the time in it. What is smaller is scaled up to the size of
 * the source first, as a viewer would. Pure. */
#ifndef HEDDLE_CLIENT_PICTURE_QUALITY_H
#define HEDDLE_CLIENT_PICTURE_QUALITY_H

#include "client/media/picture.h"
#include "transport/base/time.h"

/* 1: the same; of luma, over windows of 8x8 pixels, two of which overlap by half. The sizes are the same. */
double picture_ssim(const struct picture *one, const struct picture *other);

struct picture_quality {
    unsigned width, height; /* of the source; 0: nothing is compared */
    usec_t next;
    double sum;
    unsigned count;
};

/* A picture that has frame `frame` of the pattern, made at `wall_us`. One in a second is compared. */
void picture_quality_look(struct picture_quality *quality, const struct picture *picture, uint32_t frame,
                          int64_t wall_us, usec_t now);
double picture_quality_mean(const struct picture_quality *quality); /* -1: not known */

#endif
