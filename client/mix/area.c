#include "client/mix/area.h"

#include <libyuv/planar_functions.h>
#include <libyuv/scale.h>

#define GREY_UV 128

struct picture area_of(const struct picture *picture, const struct layout_tile *tile)
{
    struct picture area = {.width = tile->width, .height = tile->height};
    for (int i = 0; i < 3; i++) {
        unsigned shift = i == 0 ? 0 : 1;
        area.strides[i] = picture->strides[i];
        area.planes[i] = picture->planes[i] + (tile->y >> shift) * picture->strides[i] + (tile->x >> shift);
    }
    return area;
}

struct picture area_cut(const struct picture *picture, unsigned width, unsigned height)
{
    uint64_t as_wide = (uint64_t)picture->height * width / height;
    uint64_t as_high = (uint64_t)picture->width * height / width;
    struct layout_tile middle = {
        .width = as_wide < picture->width ? (unsigned)as_wide & ~1u : picture->width,
        .height = as_high < picture->height ? (unsigned)as_high & ~1u : picture->height,
    };
    if (middle.width < 2 || middle.height < 2)
        return *picture;
    middle.x = (picture->width - middle.width) / 2 & ~1u;
    middle.y = (picture->height - middle.height) / 2 & ~1u;
    return area_of(picture, &middle);
}

void area_fill(const struct picture *area, int luma)
{
    I420Rect(area->planes[0], (int)area->strides[0], area->planes[1], (int)area->strides[1], area->planes[2],
             (int)area->strides[2], 0, 0, (int)area->width, (int)area->height, luma, GREY_UV, GREY_UV);
}

void area_scale(const struct picture *to, const struct picture *from)
{
    I420Scale(from->planes[0], (int)from->strides[0], from->planes[1], (int)from->strides[1], from->planes[2],
              (int)from->strides[2], (int)from->width, (int)from->height, to->planes[0], (int)to->strides[0],
              to->planes[1], (int)to->strides[1], to->planes[2], (int)to->strides[2], (int)to->width, (int)to->height,
              kFilterBox);
}
