#include "client/mix/canvas.h"

#include <stdlib.h>
#include <string.h>

#include "client/mix/area.h"
#include "client/mix/glide.h"
#include "client/mix/name_plate.h"
#include "transport/base/memory.h"

#define BLACK_Y 16
#define EMPTY_Y 44 /* of a tile without a picture */
#define TILES_MAX (2 * LAYOUT_TILES_MAX)

struct tile {
    uint64_t key; /* 0: it has left, and shrinks away */
    bool is_whole;
    bool is_taken; /* it goes on in the next layout */
    struct layout_tile from, to;
    struct picture *moving; /* what it shows, as large as the larger of both; NULL: it stands */
    struct name_plate *name;
};

struct canvas {
    struct picture *picture; /* of those that stand */
    struct picture *shown;   /* of all, with the names */
    bool is_moving;          /* all are, or none */
    usec_t moved_at;
    size_t count;
    struct tile tiles[TILES_MAX]; /* in the order in which they are drawn */
};

struct canvas *canvas_new(unsigned width, unsigned height)
{
    struct canvas *canvas = mem_alloc(sizeof *canvas);
    canvas->picture = picture_new(width, height);
    canvas->shown = picture_new(width, height);
    area_fill(canvas->picture, BLACK_Y);
    /* The fonts are read now, and not when somebody comes into a call that runs. */
    name_plate_free(name_plate_new("A", &(struct layout_tile){.width = width, .height = height}));
    return canvas;
}

static void free_tile(struct tile *tile)
{
    picture_free(tile->moving);
    name_plate_free(tile->name);
}

void canvas_free(struct canvas *canvas)
{
    for (size_t i = 0; i < canvas->count; i++)
        free_tile(&canvas->tiles[i]);
    picture_free(canvas->shown);
    picture_free(canvas->picture);
    free(canvas);
}

static struct tile *find(struct canvas *canvas, uint64_t key)
{
    for (size_t i = 0; i < canvas->count && key != 0; i++)
        if (canvas->tiles[i].key == key)
            return &canvas->tiles[i];
    return NULL;
}

/* Where what it shows is drawn. */
static struct picture surface(const struct canvas *canvas, const struct tile *tile)
{
    return tile->moving != NULL ? *tile->moving : area_of(canvas->picture, &tile->to);
}

static bool has_area(const struct layout_tile *tile)
{
    return tile->width >= 2 && tile->height >= 2;
}

/* Of one that has left there is a picture until it is gone. */
static bool shows_something(const struct tile *tile)
{
    return tile->moving != NULL || has_area(&tile->to);
}

/* Drawing one takes long, and the thread has audio to make: one of the layout before is taken where it fits. */
static struct name_plate *take_plate(struct tile *was, const char *name, const struct layout_tile *to)
{
    if (name == NULL)
        return NULL;
    if (was == NULL || !name_plate_is(was->name, name, to))
        return name_plate_new(name, to);
    struct name_plate *plate = was->name;
    was->name = NULL;
    return plate;
}

/* A picture of its own for the way, with what it shows now. */
static struct picture *lift(const struct canvas *canvas, const struct tile *was, const struct layout_tile *to)
{
    struct picture shows = surface(canvas, was);
    bool grows = to->width > shows.width;
    struct picture *moving = picture_new(grows ? to->width : shows.width, grows ? to->height : shows.height);
    area_scale(moving, &shows);
    return moving;
}

static struct picture *nothing(const struct layout_tile *to)
{
    struct picture *empty = picture_new(to->width, to->height);
    area_fill(empty, EMPTY_Y);
    return empty;
}

static struct tile move(struct canvas *canvas, struct tile *was, const struct canvas_view *view,
                        const struct layout_tile *to, usec_t now)
{
    bool was_there = was != NULL && has_area(&was->to);
    struct tile tile = {.key = view->key, .is_whole = view->is_whole, .to = *to};
    tile.from = was_there ? glide_at(&was->from, &was->to, now - canvas->moved_at) : glide_nothing(to);
    if (has_area(to))
        tile.moving = was_there ? lift(canvas, was, to) : nothing(to);
    tile.name = take_plate(was, view->name, to);
    return tile;
}

static struct tile leave(struct canvas *canvas, struct tile *was, usec_t now)
{
    struct layout_tile at = glide_at(&was->from, &was->to, now - canvas->moved_at);
    struct tile tile = {.from = at, .to = glide_nothing(&at), .moving = lift(canvas, was, &at), .name = was->name};
    was->name = NULL;
    return tile;
}

/* The large ones first: what is small lies over them on its way. */
static int by_size(const void *a, const void *b)
{
    const struct tile *one = a, *other = b;
    unsigned size = one->to.width * one->to.height, other_size = other->to.width * other->to.height;
    if ((one->key == 0) != (other->key == 0))
        return one->key == 0 ? -1 : 1;
    return size != other_size ? (size > other_size ? -1 : 1) : one->key < other->key ? -1 : 1;
}

void canvas_arrange(struct canvas *canvas, const struct layout *layout, const struct canvas_view *views, usec_t now)
{
    struct tile tiles[TILES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < layout->count; i++) {
        struct tile *was = find(canvas, views[i].key);
        tiles[count++] = move(canvas, was, &views[i], &layout->tiles[i], now);
        if (was != NULL)
            was->is_taken = true;
    }
    for (size_t i = 0; i < canvas->count && count < TILES_MAX; i++)
        if (!canvas->tiles[i].is_taken && shows_something(&canvas->tiles[i]))
            tiles[count++] = leave(canvas, &canvas->tiles[i], now);
    for (size_t i = 0; i < canvas->count; i++)
        free_tile(&canvas->tiles[i]);
    qsort(tiles, count, sizeof tiles[0], by_size);
    memcpy(canvas->tiles, tiles, count * sizeof tiles[0]);
    canvas->count = count;
    canvas->is_moving = true;
    canvas->moved_at = now;
}

/* The largest part of the surface in the middle that has the picture's shape; the rest is black. */
static struct picture frame(const struct picture *surface, const struct picture *picture)
{
    struct picture inner = area_cut(surface, picture->width, picture->height);
    if (inner.width != surface->width || inner.height != surface->height)
        area_fill(surface, BLACK_Y);
    return inner;
}

void canvas_show(struct canvas *canvas, uint64_t key, const struct picture *picture)
{
    const struct tile *tile = find(canvas, key);
    if (tile == NULL || !has_area(&tile->to))
        return;
    struct picture to = surface(canvas, tile), from = *picture;
    if (tile->is_whole)
        to = frame(&to, picture);
    else
        from = area_cut(picture, to.width, to.height);
    area_scale(&to, &from);
}

void canvas_clear(struct canvas *canvas, uint64_t key)
{
    const struct tile *tile = find(canvas, key);
    if (tile == NULL || !has_area(&tile->to))
        return;
    struct picture to = surface(canvas, tile);
    area_fill(&to, EMPTY_Y);
}

/* All are where they were to go. */
static void settle(struct canvas *canvas)
{
    size_t kept = 0;
    area_fill(canvas->picture, BLACK_Y);
    for (size_t i = 0; i < canvas->count; i++) {
        struct tile *tile = &canvas->tiles[i];
        if (tile->key == 0) {
            free_tile(tile);
            continue;
        }
        if (tile->moving != NULL) {
            struct picture to = area_of(canvas->picture, &tile->to);
            area_scale(&to, tile->moving);
            picture_free(tile->moving);
            tile->moving = NULL;
        }
        tile->from = tile->to;
        canvas->tiles[kept++] = *tile;
    }
    canvas->count = kept;
    canvas->is_moving = false;
}

static void draw_moving(const struct canvas *canvas, usec_t now)
{
    area_fill(canvas->shown, BLACK_Y);
    for (size_t i = 0; i < canvas->count; i++) {
        const struct tile *tile = &canvas->tiles[i];
        struct layout_tile at = glide_at(&tile->from, &tile->to, now - canvas->moved_at);
        struct picture to = area_of(canvas->shown, &at);
        if (tile->moving == NULL || !has_area(&at))
            continue;
        area_scale(&to, tile->moving);
        name_plate_draw(tile->name, canvas->shown, &at);
    }
}

const struct picture *canvas_picture(struct canvas *canvas, usec_t now)
{
    if (canvas->is_moving && now - canvas->moved_at >= GLIDE_TIME)
        settle(canvas);
    if (canvas->is_moving) {
        draw_moving(canvas, now);
        return canvas->shown;
    }
    picture_scale(canvas->shown, canvas->picture); /* they are equally large: this copies */
    for (size_t i = 0; i < canvas->count; i++)
        name_plate_draw(canvas->tiles[i].name, canvas->shown, &canvas->tiles[i].to);
    return canvas->shown;
}
