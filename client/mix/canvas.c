#include "client/mix/canvas.h"

#include <libyuv/planar_functions.h>
#include <libyuv/scale.h>
#include <stdlib.h>
#include <string.h>

#include "client/mix/name_plate.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"

#define BLACK_Y 16
#define EMPTY_Y 44 /* of a tile without a picture */
#define GREY_UV 128

struct canvas {
    struct picture *picture;
    struct picture *before; /* the picture as it was, while it is arranged anew */
    struct picture *shown;  /* with the names */
    struct layout layout;
    struct name_plate *names[LAYOUT_TILES_MAX];
};

/* A part of a picture; sides are even. */
static struct picture part_of(const struct picture *picture, unsigned x, unsigned y, unsigned width, unsigned height)
{
    struct picture part = {.width = width, .height = height};
    for (int i = 0; i < 3; i++) {
        unsigned shift = i == 0 ? 0 : 1;
        part.strides[i] = picture->strides[i];
        part.planes[i] = picture->planes[i] + (y >> shift) * picture->strides[i] + (x >> shift);
    }
    return part;
}

static struct picture tile_of(const struct picture *picture, const struct layout_tile *tile)
{
    return part_of(picture, tile->x, tile->y, tile->width, tile->height);
}

static void fill(const struct picture *picture, int luma)
{
    I420Rect(picture->planes[0], (int)picture->strides[0], picture->planes[1], (int)picture->strides[1],
             picture->planes[2], (int)picture->strides[2], 0, 0, (int)picture->width, (int)picture->height, luma,
             GREY_UV, GREY_UV);
}

static void scale(const struct picture *to, const struct picture *from)
{
    I420Scale(from->planes[0], (int)from->strides[0], from->planes[1], (int)from->strides[1], from->planes[2],
              (int)from->strides[2], (int)from->width, (int)from->height, to->planes[0], (int)to->strides[0],
              to->planes[1], (int)to->strides[1], to->planes[2], (int)to->strides[2], (int)to->width, (int)to->height,
              kFilterBox);
}

struct canvas *canvas_new(unsigned width, unsigned height)
{
    struct canvas *canvas = mem_alloc(sizeof *canvas);
    canvas->picture = picture_new(width, height);
    canvas->before = picture_new(width, height);
    canvas->shown = picture_new(width, height);
    fill(canvas->picture, BLACK_Y);
    /* The fonts are read now, and not when somebody comes into a call that runs. */
    name_plate_free(name_plate_new("A", &(struct layout_tile){.width = width, .height = height}));
    return canvas;
}

static void free_names(struct canvas *canvas)
{
    for (size_t i = 0; i < canvas->layout.count; i++)
        name_plate_free(canvas->names[i]);
}

void canvas_free(struct canvas *canvas)
{
    free_names(canvas);
    picture_free(canvas->shown);
    picture_free(canvas->picture);
    picture_free(canvas->before);
    free(canvas);
}

/* Drawing one takes long, and the thread has audio to make: one of the layout before is taken where it fits. */
static struct name_plate *find_plate(struct canvas *canvas, const char *name, const struct layout_tile *tile)
{
    for (size_t i = 0; i < canvas->layout.count; i++) {
        struct name_plate *plate = canvas->names[i];
        if (!name_plate_is(plate, name, tile))
            continue;
        canvas->names[i] = NULL;
        name_plate_move(plate, tile);
        return plate;
    }
    return name_plate_new(name, tile);
}

static void arrange_names(struct canvas *canvas, const struct layout *layout, const char *const *names)
{
    struct name_plate *plates[LAYOUT_TILES_MAX] = {NULL};
    for (size_t i = 0; i < layout->count; i++)
        plates[i] = names[i] != NULL ? find_plate(canvas, names[i], &layout->tiles[i]) : NULL;
    free_names(canvas);
    memcpy(canvas->names, plates, sizeof plates);
}

void canvas_arrange(struct canvas *canvas, const struct layout *layout, const size_t *from, const char *const *names)
{
    struct picture *before = canvas->picture;
    canvas->picture = canvas->before;
    canvas->before = before;
    fill(canvas->picture, BLACK_Y);
    arrange_names(canvas, layout, names);
    for (size_t i = 0; i < layout->count; i++) {
        struct picture to = tile_of(canvas->picture, &layout->tiles[i]);
        if (from[i] < canvas->layout.count) {
            struct picture was = tile_of(before, &canvas->layout.tiles[from[i]]);
            scale(&to, &was);
        } else {
            fill(&to, EMPTY_Y);
        }
    }
    canvas->layout = *layout;
}

/* The largest part in the middle that has the tile's shape. */
static struct picture cut(const struct picture *picture, const struct layout_tile *tile)
{
    uint64_t as_wide = (uint64_t)picture->height * tile->width / tile->height;
    uint64_t as_high = (uint64_t)picture->width * tile->height / tile->width;
    unsigned width = as_wide < picture->width ? (unsigned)as_wide & ~1u : picture->width;
    unsigned height = as_high < picture->height ? (unsigned)as_high & ~1u : picture->height;
    if (width < 2 || height < 2)
        return *picture;
    return part_of(picture, (picture->width - width) / 2 & ~1u, (picture->height - height) / 2 & ~1u, width, height);
}

void canvas_show(struct canvas *canvas, size_t tile, const struct picture *picture)
{
    CHECK(tile < canvas->layout.count);
    struct picture to = tile_of(canvas->picture, &canvas->layout.tiles[tile]);
    struct picture from = cut(picture, &canvas->layout.tiles[tile]);
    scale(&to, &from);
}

void canvas_clear(struct canvas *canvas, size_t tile)
{
    CHECK(tile < canvas->layout.count);
    struct picture to = tile_of(canvas->picture, &canvas->layout.tiles[tile]);
    fill(&to, EMPTY_Y);
}

const struct picture *canvas_picture(struct canvas *canvas)
{
    picture_scale(canvas->shown, canvas->picture); /* they are equally large: this copies */
    for (size_t i = 0; i < canvas->layout.count; i++)
        name_plate_draw(canvas->names[i], canvas->shown);
    return canvas->shown;
}
