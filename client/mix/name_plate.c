#include "client/mix/name_plate.h"

#include <libyuv/planar_functions.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#include "client/mix/area.h"
#include "transport/base/memory.h"

#define LETTERS_SHARE 14 /* of a tile's height */
#define LETTERS_MIN 12   /* pixels; smaller ones cannot be read after an encoder */
#define LETTERS_MAX 30
#define DARK_Y 24
#define LIGHT_Y 235
#define GREY_UV 128
#define PLATE_ALPHA 180 /* of 255: what is behind it still shows a little */

struct name_plate {
    char *name;
    unsigned tile_width, tile_height;
    struct picture *picture;
    uint8_t *alpha; /* of each pixel; a row is as wide as the picture */
};

static unsigned letters_of(const struct layout_tile *tile)
{
    unsigned size = tile->height / LETTERS_SHARE;
    return size < LETTERS_MIN ? LETTERS_MIN : size > LETTERS_MAX ? LETTERS_MAX : size;
}

static PangoLayout *set_text(cairo_t *cairo, const char *name, unsigned letters, unsigned width)
{
    PangoLayout *text = pango_cairo_create_layout(cairo);
    PangoFontDescription *font = pango_font_description_from_string("Sans");
    pango_font_description_set_absolute_size(font, (double)letters * PANGO_SCALE);
    pango_layout_set_font_description(text, font);
    pango_font_description_free(font);
    pango_layout_set_single_paragraph_mode(text, TRUE);
    pango_layout_set_ellipsize(text, PANGO_ELLIPSIZE_END);
    pango_layout_set_text(text, name, -1);
    int natural, height;
    pango_layout_get_pixel_size(text, &natural, &height);
    if (natural > (int)width)
        pango_layout_set_width(text, (int)width * PANGO_SCALE);
    return text;
}

/* The letters' coverage becomes the plate's brightness and makes it opaque. */
static void take_letters(struct name_plate *plate, cairo_surface_t *surface)
{
    const uint8_t *coverage = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface), width = plate->picture->width;
    for (size_t y = 0; y < plate->picture->height; y++) {
        for (size_t x = 0; x < width; x++) {
            unsigned covered = coverage[y * stride + x];
            plate->picture->planes[0][y * plate->picture->strides[0] + x] =
                (uint8_t)(DARK_Y + covered * (LIGHT_Y - DARK_Y) / 255);
            plate->alpha[y * width + x] = (uint8_t)(PLATE_ALPHA + covered * (255 - PLATE_ALPHA) / 255);
        }
    }
}

static struct name_plate *make(PangoLayout *text, const struct layout_tile *tile, unsigned margin)
{
    int letters_width, letters_height;
    pango_layout_get_pixel_size(text, &letters_width, &letters_height);
    unsigned width = ((unsigned)letters_width + 2 * margin + 1) & ~1u;
    unsigned height = ((unsigned)letters_height + margin + 1) & ~1u;
    if (letters_width <= 0 || letters_height <= 0 || width > tile->width || height > tile->height / 2)
        return NULL;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, (int)width, (int)height);
    cairo_t *cairo = cairo_create(surface);
    cairo_move_to(cairo, margin, margin / 2);
    pango_cairo_show_layout(cairo, text);
    cairo_surface_flush(surface);
    struct name_plate *plate = mem_alloc(sizeof *plate);
    *plate = (struct name_plate){.tile_width = tile->width,
                                 .tile_height = tile->height,
                                 .picture = picture_new(width, height),
                                 .alpha = mem_array(width, height)};
    picture_fill(plate->picture, 1, GREY_UV);
    picture_fill(plate->picture, 2, GREY_UV);
    take_letters(plate, surface);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return plate;
}

struct name_plate *name_plate_new(const char *name, const struct layout_tile *tile)
{
    unsigned letters = letters_of(tile), margin = letters / 2 & ~1u;
    if (name[0] == '\0' || !g_utf8_validate(name, -1, NULL) || tile->width < 8 * letters)
        return NULL;
    cairo_surface_t *nowhere = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    cairo_t *cairo = cairo_create(nowhere);
    PangoLayout *text = set_text(cairo, name, letters, tile->width - 4 * margin);
    struct name_plate *plate = make(text, tile, margin);
    if (plate != NULL)
        plate->name = mem_text(name);
    g_object_unref(text);
    cairo_destroy(cairo);
    cairo_surface_destroy(nowhere);
    return plate;
}

bool name_plate_is(const struct name_plate *plate, const char *name, const struct layout_tile *tile)
{
    return plate != NULL && plate->tile_width == tile->width && plate->tile_height == tile->height &&
           strcmp(plate->name, name) == 0;
}

void name_plate_free(struct name_plate *plate)
{
    if (plate == NULL)
        return;
    picture_free(plate->picture);
    free(plate->alpha);
    free(plate->name);
    free(plate);
}

void name_plate_draw(const struct name_plate *plate, const struct picture *picture, const struct layout_tile *tile)
{
    if (plate == NULL || plate->picture->width > tile->width || plate->picture->height > tile->height)
        return;
    const struct picture *over = plate->picture;
    const struct layout_tile corner = {
        .x = tile->x, .y = tile->y + tile->height - over->height, .width = over->width, .height = over->height};
    const struct picture on = area_of(picture, &corner);
    I420Blend(over->planes[0], (int)over->strides[0], over->planes[1], (int)over->strides[1], over->planes[2],
              (int)over->strides[2], on.planes[0], (int)on.strides[0], on.planes[1], (int)on.strides[1], on.planes[2],
              (int)on.strides[2], plate->alpha, (int)over->width, on.planes[0], (int)on.strides[0], on.planes[1],
              (int)on.strides[1], on.planes[2], (int)on.strides[2], (int)over->width, (int)over->height);
}
