/* A picture in I420 (4:2:0 planar, 8 bits): what sources give, encoders take, decoders yield and displays show. */
#ifndef HEDDLE_CLIENT_PICTURE_H
#define HEDDLE_CLIENT_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#define PICTURE_SIDE_MAX 8192

/* May own its planes (picture_new) or be a view on somebody else's. */
struct picture {
    unsigned width, height;
    uint8_t *planes[3]; /* Y, U, V */
    size_t strides[3];
};

/* Black. Sides of 2 to PICTURE_SIDE_MAX. */
struct picture *picture_new(unsigned width, unsigned height);
void picture_free(struct picture *picture); /* NULL is fine; only for picture_new() */

static inline unsigned picture_plane_width(const struct picture *picture, int plane)
{
    return plane == 0 ? picture->width : (picture->width + 1) / 2;
}

static inline unsigned picture_plane_height(const struct picture *picture, int plane)
{
    return plane == 0 ? picture->height : (picture->height + 1) / 2;
}

void picture_fill(struct picture *picture, int plane, uint8_t value);
/* Any size to any size: averages when halving, else bilinear. Equal sizes copy. */
void picture_scale(struct picture *to, const struct picture *from);

#endif
