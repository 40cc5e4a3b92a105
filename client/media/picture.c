#include "client/media/picture.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

struct picture *picture_new(unsigned width, unsigned height)
{
    CHECK(width >= 2 && height >= 2 && width <= PICTURE_SIDE_MAX && height <= PICTURE_SIDE_MAX);
    struct picture *picture = mem_alloc(sizeof *picture);
    picture->width = width;
    picture->height = height;
    for (int plane = 0; plane < 3; plane++) {
        picture->strides[plane] = picture_plane_width(picture, plane);
        picture->planes[plane] = mem_array(picture_plane_height(picture, plane), picture->strides[plane]);
        picture_fill(picture, plane, plane == 0 ? 16 : 128);
    }
    return picture;
}

void picture_free(struct picture *picture)
{
    if (picture == NULL)
        return;
    for (int plane = 0; plane < 3; plane++)
        free(picture->planes[plane]);
    free(picture);
}

void picture_fill(struct picture *picture, int plane, uint8_t value)
{
    for (unsigned y = 0; y < picture_plane_height(picture, plane); y++)
        memset(picture->planes[plane] + y * picture->strides[plane], value, picture_plane_width(picture, plane));
}

struct plane {
    uint8_t *data;
    size_t stride;
    unsigned width, height;
};

static struct plane plane_of(const struct picture *picture, int plane)
{
    return (struct plane){picture->planes[plane], picture->strides[plane], picture_plane_width(picture, plane),
                          picture_plane_height(picture, plane)};
}

static void plane_copy(const struct plane *to, const struct plane *from)
{
    for (unsigned y = 0; y < to->height; y++)
        memcpy(to->data + y * to->stride, from->data + y * from->stride, to->width);
}

static void plane_halve(const struct plane *to, const struct plane *from)
{
    for (unsigned y = 0; y < to->height; y++) {
        const uint8_t *upper = from->data + (size_t)2 * y * from->stride;
        const uint8_t *lower = upper + from->stride;
        uint8_t *out = to->data + y * to->stride;
        for (unsigned x = 0; x < to->width; x++)
            out[x] = (uint8_t)((upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1] + 2) / 4);
    }
}

/* 16.16 fixed point; the centres of the outer pixels fall together with the borders clamped. */
static void plane_bilinear(const struct plane *to, const struct plane *from)
{
    CHECK(to->width > 0 && to->height > 0);
    uint32_t step_x = (uint32_t)(((uint64_t)from->width << 16) / to->width);
    uint32_t step_y = (uint32_t)(((uint64_t)from->height << 16) / to->height);
    for (unsigned y = 0; y < to->height; y++) {
        uint32_t at_y = y * step_y;
        unsigned upper = at_y >> 16;
        unsigned lower = upper + 1 < from->height ? upper + 1 : upper;
        unsigned weight_y = at_y >> 8 & 0xff;
        const uint8_t *row0 = from->data + upper * from->stride;
        const uint8_t *row1 = from->data + lower * from->stride;
        uint8_t *out = to->data + y * to->stride;
        for (unsigned x = 0; x < to->width; x++) {
            uint32_t at_x = x * step_x;
            unsigned left = at_x >> 16;
            unsigned right = left + 1 < from->width ? left + 1 : left;
            unsigned weight_x = at_x >> 8 & 0xff;
            unsigned top = row0[left] * (256 - weight_x) + row0[right] * weight_x;
            unsigned bottom = row1[left] * (256 - weight_x) + row1[right] * weight_x;
            out[x] = (uint8_t)((top * (256 - weight_y) + bottom * weight_y + 32768) >> 16);
        }
    }
}

void picture_scale(struct picture *to, const struct picture *from)
{
    for (int index = 0; index < 3; index++) {
        struct plane target = plane_of(to, index), source = plane_of(from, index);
        if (target.width == source.width && target.height == source.height)
            plane_copy(&target, &source);
        else if (target.width * 2 == source.width && target.height * 2 == source.height)
            plane_halve(&target, &source);
        else
            plane_bilinear(&target, &source);
    }
}
