#include <dlfcn.h>
#include <pango/pangocairo.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/media/vpx_encoder.h"
#include "client/mix/canvas.h"
#include "client/mix/glide.h"

#define WIDTH 640
#define HEIGHT 360
#define FRAME (USEC_PER_SEC / 25)
#define EMPTY 44 /* of a tile that has nothing to show */

static void fill(struct picture *picture, uint8_t luma)
{
    picture_fill(picture, 0, luma);
    picture_fill(picture, 1, 128);
    picture_fill(picture, 2, 128);
}

static unsigned names_drawn;

/* Takes the place of Pango's, and calls it. */
void pango_cairo_show_layout(cairo_t *cairo, PangoLayout *text)
{
    void (*show)(cairo_t *, PangoLayout *);
    *(void **)&show = dlsym(RTLD_NEXT, "pango_cairo_show_layout");
    names_drawn++;
    show(cairo, text);
}

static usec_t now;

/* Names may be NULL; the keys are 1, 2... Everything is where it goes then. */
static void arrange(struct canvas *canvas, const struct layout *layout, const char *const *names)
{
    struct canvas_view views[LAYOUT_TILES_MAX];
    for (size_t i = 0; i < layout->count; i++)
        views[i] = (struct canvas_view){.key = i + 1, .name = names != NULL ? names[i] : NULL};
    canvas_arrange(canvas, layout, views, now);
    now += GLIDE_TIME;
    canvas_picture(canvas, now);
}

static uint8_t luma_in(struct canvas *canvas, const struct layout_tile *tile)
{
    const struct picture *picture = canvas_picture(canvas, now);
    return picture->planes[0][(tile->y + tile->height / 2) * picture->strides[0] + tile->x + tile->width / 2];
}

static void a_picture_is_in_its_tile_and_nowhere_else(void **state)
{
    static const unsigned sizes[][2] = {{320, 180}, {640, 360}, {1280, 720}, {161, 91}, {360, 640}, {2, 2}};
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT);
    struct layout layout = layout_grid(4, WIDTH, HEIGHT);
    (void)state;
    arrange(canvas, &layout, NULL);
    uint8_t empty = luma_in(canvas, &layout.tiles[0]);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct picture *picture = picture_new(sizes[i][0], sizes[i][1]);
        fill(picture, (uint8_t)(100 + 10 * i));
        canvas_show(canvas, 3, picture);
        picture_free(picture);
        assert_int_equal(luma_in(canvas, &layout.tiles[2]), 100 + 10 * i);
        assert_int_equal(luma_in(canvas, &layout.tiles[3]), empty);
    }
    canvas_clear(canvas, 3);
    assert_int_equal(luma_in(canvas, &layout.tiles[2]), empty);
    canvas_free(canvas);
}

/* A tall picture fills a wide tile: what does not fit is cut off above and below, not squeezed. */

static void a_picture_of_another_shape_is_cut(void **state)
{
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT);
    struct layout layout = layout_grid(1, WIDTH, HEIGHT);
    struct picture *picture = picture_new(360, 640);
    (void)state;
    arrange(canvas, &layout, NULL);
    fill(picture, 50);
    memset(picture->planes[0] + 300 * picture->strides[0], 200, 40 * picture->strides[0]); /* a bar in the middle */
    memset(picture->planes[0], 250, 100 * picture->strides[0]);                            /* and one at the top */
    canvas_show(canvas, 1, picture);
    assert_int_equal(luma_in(canvas, &layout.tiles[0]), 200);
    assert_int_equal(canvas_picture(canvas, now)->planes[0][10 * canvas_picture(canvas, now)->strides[0] + 300], 50);
    picture_free(picture);
    canvas_free(canvas);
}

/* A canvas with two, who show 90 and 180. */
static struct canvas *new_with_two(struct picture *picture)
{
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT);
    struct layout two = layout_grid(2, WIDTH, HEIGHT);
    arrange(canvas, &two, NULL);
    fill(picture, 90);
    canvas_show(canvas, 1, picture);
    fill(picture, 180);
    canvas_show(canvas, 2, picture);
    return canvas;
}

static void when_somebody_comes_or_goes_the_others_stay_in_sight(void **state)
{
    struct picture *picture = picture_new(320, 180);
    struct canvas *canvas = new_with_two(picture);
    struct layout three = layout_grid(3, WIDTH, HEIGHT), one = layout_grid(1, WIDTH, HEIGHT);
    (void)state;
    arrange(canvas, &three, NULL);
    assert_int_equal(luma_in(canvas, &three.tiles[0]), 90);
    assert_int_equal(luma_in(canvas, &three.tiles[1]), 180);
    assert_int_equal(luma_in(canvas, &three.tiles[2]), EMPTY);
    const struct canvas_view last[] = {{.key = 2}};
    canvas_arrange(canvas, &one, last, now);
    now += GLIDE_TIME;
    assert_int_equal(luma_in(canvas, &one.tiles[0]), 180);
    canvas_show(canvas, 1, picture); /* who has left, and whom nobody knows */
    canvas_clear(canvas, 7);
    assert_int_equal(luma_in(canvas, &one.tiles[0]), 180);
    picture_free(picture);
    canvas_free(canvas);
}

/* Where what is so bright, but for rounding, begins and ends in a row; 0, 0: nowhere. */
static struct layout_tile find_luma(struct canvas *canvas, uint8_t luma, unsigned row)
{
    const uint8_t *y = canvas_picture(canvas, now)->planes[0] + row * WIDTH;
    struct layout_tile found = {.width = 0};
    for (unsigned x = 0; x < WIDTH; x++) {
        if (y[x] < luma - 2 || y[x] > luma + 2)
            continue;
        if (found.width == 0)
            found.x = x;
        found.width = x + 1 - found.x;
    }
    return found;
}

/* The first row that has something so bright. */
static unsigned top_of(struct canvas *canvas, uint8_t luma)
{
    unsigned row = 0;
    while (row < HEIGHT && find_luma(canvas, luma, row).width == 0)
        row++;
    return row;
}

/* The second becomes large, the first goes to the strip: in each picture a little, with what comes on the way. */
static void tiles_glide_to_their_places(void **state)
{
    struct picture *picture = picture_new(320, 180);
    struct canvas *canvas = new_with_two(picture);
    struct layout layout = layout_speaker(2, WIDTH, HEIGHT);
    const struct canvas_view views[] = {{.key = 2}, {.key = 1}};
    unsigned before = top_of(canvas, 180);
    (void)state;
    assert_int_equal(before, 90);
    canvas_arrange(canvas, &layout, views, now);
    assert_int_equal(top_of(canvas, 180), before); /* not yet */
    for (int i = 0; i < 8; i++) {
        now += FRAME;
        uint8_t luma = (uint8_t)(190 + 5 * i);
        fill(picture, luma);
        canvas_show(canvas, 2, picture);
        unsigned top = top_of(canvas, luma);
        assert_true(top < before && before - top <= 54 / 5 + 2);
        before = top;
    }
    assert_int_equal(before, layout.tiles[0].y);
    assert_int_equal(find_luma(canvas, 225, before).width, layout.tiles[0].width);
    assert_int_equal(luma_in(canvas, &layout.tiles[1]), 90);
    picture_free(picture);
    canvas_free(canvas);
}

/* It goes on from where the tiles are. */
static void a_change_may_come_while_they_glide(void **state)
{
    struct picture *picture = picture_new(320, 180);
    struct canvas *canvas = new_with_two(picture);
    struct layout speaker = layout_speaker(2, WIDTH, HEIGHT), grid = layout_grid(2, WIDTH, HEIGHT);
    const struct canvas_view views[] = {{.key = 2}, {.key = 1}}, back[] = {{.key = 1}, {.key = 2}};
    (void)state;
    canvas_arrange(canvas, &speaker, views, now);
    now += GLIDE_TIME / 2;
    struct layout_tile before = find_luma(canvas, 180, HEIGHT / 2);
    canvas_arrange(canvas, &grid, back, now);
    struct layout_tile at = find_luma(canvas, 180, HEIGHT / 2);
    assert_in_range(at.x + 4, before.x, before.x + 8);
    now += GLIDE_TIME;
    assert_int_equal(luma_in(canvas, &grid.tiles[0]), 90);
    assert_int_equal(luma_in(canvas, &grid.tiles[1]), 180);
    picture_free(picture);
    canvas_free(canvas);
}

static void who_leaves_grows_smaller_until_it_is_gone(void **state)
{
    struct picture *picture = picture_new(320, 180);
    struct canvas *canvas = new_with_two(picture);
    struct layout layout = layout_grid(0, WIDTH, HEIGHT);
    (void)state;
    canvas_arrange(canvas, &layout, NULL, now);
    unsigned before = find_luma(canvas, 180, HEIGHT / 2).width;
    for (int i = 0; i < 8; i++) {
        now += FRAME;
        if (i == 4)
            canvas_arrange(canvas, &layout, NULL, now); /* another change does not end it */
        unsigned width = find_luma(canvas, 180, HEIGHT / 2).width;
        assert_true(width <= before && before - width < 100);
        before = width;
    }
    now += GLIDE_TIME;
    assert_int_equal(find_luma(canvas, 180, HEIGHT / 2).width, 0);
    picture_free(picture);
    canvas_free(canvas);
}

static void a_screen_is_shown_whole(void **state)
{
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT);
    struct layout layout = layout_speaker(1, WIDTH, HEIGHT);
    struct picture *picture = picture_new(360, 720);
    const struct canvas_view views[] = {{.key = 3, .is_whole = true}};
    (void)state;
    canvas_arrange(canvas, &layout, views, now);
    now += GLIDE_TIME;
    canvas_picture(canvas, now);
    fill(picture, 90);
    canvas_show(canvas, 3, picture);
    struct layout_tile at = find_luma(canvas, 90, 0), below = find_luma(canvas, 90, HEIGHT - 1);
    assert_in_range(at.width, 178, 182);
    assert_memory_equal(&at, &below, sizeof at);
    assert_int_equal(find_luma(canvas, 16, 0).x, 0);
    picture_free(picture);
    canvas_free(canvas);
}

static void add_noise(struct picture *picture, uint32_t *seed)
{
    for (size_t i = 0; i < (size_t)picture->height * picture->strides[0]; i += 2) {
        *seed = *seed * 1664525 + 1013904223;
        picture->planes[0][i] = (uint8_t)(80 + (*seed >> 28));
    }
}

/* Each picture is encoded while tiles glide, and what is sent a second is as before. */
static void the_encoder_keeps_its_bitrate_meanwhile(void **state)
{
    const struct vpx_encoder_config config = {.width = WIDTH,
                                              .height = HEIGHT,
                                              .frames_per_second = 25,
                                              .bitrate_bps = 400000,
                                              .temporal_layers = 1,
                                              .speed = -16};
    struct vpx_encoder *encoder = vpx_encoder_new(&config);
    struct picture *picture = picture_new(320, 180);
    struct canvas *canvas = new_with_two(picture);
    struct layout layout = layout_speaker(2, WIDTH, HEIGHT);
    uint32_t seed = 1;
    size_t bytes = 0, frames = 0;
    (void)state;
    for (int i = 0; i < 150; i++) {
        struct coded_frame frame;
        const struct canvas_view views[] = {{.key = i / 25 % 2 ? 1 : 2}, {.key = i / 25 % 2 ? 2 : 1}};
        if (i % 25 == 0) /* they change places each second */
            canvas_arrange(canvas, &layout, views, now);
        for (uint64_t key = 1; key <= 2; key++) {
            add_noise(picture, &seed);
            canvas_show(canvas, key, picture);
        }
        frames += vpx_encoder_encode(encoder, canvas_picture(canvas, now), (uint32_t)i * 3600, false, &frame) == 1;
        now += FRAME;
        bytes += i >= 25 ? frame.length : 0; /* the keyframe is behind */
    }
    assert_int_equal(frames, 150);
    assert_in_range(bytes * 8 / 5, 0, config.bitrate_bps * 115 / 100);
    picture_free(picture);
    vpx_encoder_free(encoder);
    canvas_free(canvas);
}

/* How many pixels of a part of the picture are as bright as letters. */
static size_t bright_in(struct canvas *canvas, unsigned x, unsigned y, unsigned width, unsigned height)
{
    const struct picture *picture = canvas_picture(canvas, now);
    size_t count = 0;
    for (unsigned row = y; row < y + height; row++)
        for (unsigned column = x; column < x + width; column++)
            count += picture->planes[0][row * picture->strides[0] + column] > 150;
    return count;
}

/* They stay over each new picture, once and not blended again and again, and go with the layout. */
static void names_are_in_the_lower_left_corner(void **state)
{
    static const char *const names[] = {"Ann", "\xec\xb2\xa0\xec\x88\x98", "\xd7\x93\xd7\x95\xd7\x93",
                                        "a name that is longer than its tile is wide, and so is cut short with dots"};
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT);
    struct layout layout = layout_grid(4, WIDTH, HEIGHT);
    struct picture *picture = picture_new(320, 180);
    (void)state;
    arrange(canvas, &layout, names);
    fill(picture, 90);
    for (size_t turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < 4; i++) {
            const struct layout_tile *tile = &layout.tiles[i];
            canvas_show(canvas, i + 1, picture);
            size_t letters = bright_in(canvas, tile->x, tile->y + tile->height - 40, tile->width, 40);
            assert_in_range(letters, 20, 2500);
            assert_int_equal(bright_in(canvas, tile->x, tile->y + tile->height - 40, tile->width, 40), letters);
            assert_int_equal(bright_in(canvas, tile->x, tile->y, tile->width, tile->height - 40), 0);
            assert_int_equal(luma_in(canvas, tile), 90);
        }
    }
    arrange(canvas, &layout, NULL);
    assert_int_equal(bright_in(canvas, 0, 0, WIDTH, HEIGHT), 0);
    picture_free(picture);
    canvas_free(canvas);
}

/* Others' names are not drawn again when somebody comes or goes, but where tiles are of another size. */
static void a_name_is_drawn_once_while_its_tile_has_its_size(void **state)
{
    static const struct canvas_view before[] = {{1, "Ann", false}, {2, "Ben", false}, {3, "Cem", false}},
                                    after[] = {
                                        {2, "Ben", false}, {3, "Cem", false}, {4, "Dan", false}, {5, "Ben", false}};
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT), *fresh = canvas_new(WIDTH, HEIGHT);
    struct layout three = layout_grid(3, WIDTH, HEIGHT), four = layout_grid(4, WIDTH, HEIGHT),
                  one = layout_grid(1, WIDTH, HEIGHT);
    (void)state;
    canvas_arrange(canvas, &three, before, now);
    names_drawn = 0;
    canvas_arrange(canvas, &four, after, now);
    assert_int_equal(names_drawn, 2); /* Dan's and that of another Ben */
    canvas_arrange(canvas, &four, after, now);
    assert_int_equal(names_drawn, 2);
    canvas_arrange(fresh, &four, after, now);
    now += GLIDE_TIME;
    assert_memory_equal(canvas_picture(canvas, now)->planes[0], canvas_picture(fresh, now)->planes[0], WIDTH * HEIGHT);
    names_drawn = 0;
    canvas_arrange(canvas, &one, after, now);
    assert_int_equal(names_drawn, 1);
    canvas_free(fresh);
    canvas_free(canvas);
}

/* What is no UTF-8 or has no room is not drawn; the largest layout, a narrow picture and odd names do no harm. */
static void what_cannot_be_drawn_is_left_out(void **state)
{
    static const struct {
        unsigned width, height;
        size_t people;
        const char *name;
        bool is_drawn;
    } cases[] = {
        {640, 360, 1, "\xff\xfe", false},
        {640, 360, 1, "", false},
        {640, 360, 1, "a\nb\tc", true},
        {64, 64, 25, "Ann", false},
        {32, 720, 1, "Ann", false},
        {1280, 720, 25, "Ann", true},
        {640, 360, 1,
         "\xe2\x80\xae"
         "abc",
         true},
        {640, 360, 1, "<b>&", true},
        {2, 2, 1, "Ann", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *names[LAYOUT_TILES_MAX];
        for (size_t tile = 0; tile < LAYOUT_TILES_MAX; tile++)
            names[tile] = cases[i].name;
        struct canvas *canvas = canvas_new(cases[i].width, cases[i].height);
        struct layout layout = layout_grid(cases[i].people, cases[i].width, cases[i].height);
        arrange(canvas, &layout, names);
        bool is_drawn = bright_in(canvas, 0, 0, cases[i].width, cases[i].height) > 0;
        if (is_drawn != cases[i].is_drawn)
            fail_msg("case %zu", i);
        canvas_free(canvas);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_in_its_tile_and_nowhere_else),
        cmocka_unit_test(a_picture_of_another_shape_is_cut),
        cmocka_unit_test(names_are_in_the_lower_left_corner),
        cmocka_unit_test(a_name_is_drawn_once_while_its_tile_has_its_size),
        cmocka_unit_test(what_cannot_be_drawn_is_left_out),
        cmocka_unit_test(tiles_glide_to_their_places),
        cmocka_unit_test(a_change_may_come_while_they_glide),
        cmocka_unit_test(who_leaves_grows_smaller_until_it_is_gone),
        cmocka_unit_test(a_screen_is_shown_whole),
        cmocka_unit_test(the_encoder_keeps_its_bitrate_meanwhile),
        cmocka_unit_test(when_somebody_comes_or_goes_the_others_stay_in_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
