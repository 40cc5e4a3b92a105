#include <dlfcn.h>
#include <pango/pangocairo.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/mix/canvas.h"

#define WIDTH 640
#define HEIGHT 360

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

static const char *const nobody[LAYOUT_TILES_MAX];

static uint8_t luma_in(struct canvas *canvas, const struct layout_tile *tile)
{
    const struct picture *picture = canvas_picture(canvas);
    return picture->planes[0][(tile->y + tile->height / 2) * picture->strides[0] + tile->x + tile->width / 2];
}

static void a_picture_is_in_its_tile_and_nowhere_else(void **state)
{
    static const unsigned sizes[][2] = {{320, 180}, {640, 360}, {1280, 720}, {161, 91}, {360, 640}, {2, 2}};
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT);
    struct layout layout = layout_grid(4, WIDTH, HEIGHT);
    const size_t none[] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    (void)state;
    canvas_arrange(canvas, &layout, none, nobody);
    uint8_t empty = luma_in(canvas, &layout.tiles[0]);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct picture *picture = picture_new(sizes[i][0], sizes[i][1]);
        fill(picture, (uint8_t)(100 + 10 * i));
        canvas_show(canvas, 2, picture);
        picture_free(picture);
        assert_int_equal(luma_in(canvas, &layout.tiles[2]), 100 + 10 * i);
        assert_int_equal(luma_in(canvas, &layout.tiles[3]), empty);
    }
    canvas_clear(canvas, 2);
    assert_int_equal(luma_in(canvas, &layout.tiles[2]), empty);
    canvas_free(canvas);
}

/* A tall picture fills a wide tile: what does not fit is cut off above and below, not squeezed. */
static void a_picture_of_another_shape_is_cut(void **state)
{
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT);
    struct layout layout = layout_grid(1, WIDTH, HEIGHT);
    struct picture *picture = picture_new(360, 640);
    const size_t none[] = {SIZE_MAX};
    (void)state;
    canvas_arrange(canvas, &layout, none, nobody);
    fill(picture, 50);
    memset(picture->planes[0] + 300 * picture->strides[0], 200, 40 * picture->strides[0]); /* a bar in the middle */
    memset(picture->planes[0], 250, 100 * picture->strides[0]);                            /* and one at the top */
    canvas_show(canvas, 0, picture);
    assert_int_equal(luma_in(canvas, &layout.tiles[0]), 200);
    assert_int_equal(canvas_picture(canvas)->planes[0][10 * canvas_picture(canvas)->strides[0] + 300], 50);
    picture_free(picture);
    canvas_free(canvas);
}

static void when_somebody_comes_or_goes_the_others_stay_in_sight(void **state)
{
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT);
    struct layout two = layout_grid(2, WIDTH, HEIGHT), three = layout_grid(3, WIDTH, HEIGHT),
                  one = layout_grid(1, WIDTH, HEIGHT);
    struct picture *picture = picture_new(320, 180);
    const size_t none[] = {SIZE_MAX, SIZE_MAX}, added[] = {0, 1, SIZE_MAX}, last[] = {1};
    (void)state;
    canvas_arrange(canvas, &two, none, nobody);
    uint8_t empty = luma_in(canvas, &two.tiles[0]);
    fill(picture, 90);
    canvas_show(canvas, 0, picture);
    fill(picture, 180);
    canvas_show(canvas, 1, picture);
    canvas_arrange(canvas, &three, added, nobody);
    assert_int_equal(luma_in(canvas, &three.tiles[0]), 90);
    assert_int_equal(luma_in(canvas, &three.tiles[1]), 180);
    assert_int_equal(luma_in(canvas, &three.tiles[2]), empty);
    canvas_arrange(canvas, &one, last, nobody);
    assert_int_equal(luma_in(canvas, &one.tiles[0]), 180);
    picture_free(picture);
    canvas_free(canvas);
}

/* How many pixels of a part of the picture are as bright as letters. */
static size_t bright_in(struct canvas *canvas, unsigned x, unsigned y, unsigned width, unsigned height)
{
    const struct picture *picture = canvas_picture(canvas);
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
    const size_t none[] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    (void)state;
    canvas_arrange(canvas, &layout, none, names);
    fill(picture, 90);
    for (size_t turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < 4; i++) {
            const struct layout_tile *tile = &layout.tiles[i];
            canvas_show(canvas, i, picture);
            size_t letters = bright_in(canvas, tile->x, tile->y + tile->height - 40, tile->width, 40);
            assert_in_range(letters, 20, 2500);
            assert_int_equal(bright_in(canvas, tile->x, tile->y + tile->height - 40, tile->width, 40), letters);
            assert_int_equal(bright_in(canvas, tile->x, tile->y, tile->width, tile->height - 40), 0);
            assert_int_equal(luma_in(canvas, tile), 90);
        }
    }
    canvas_arrange(canvas, &layout, none, nobody);
    assert_int_equal(bright_in(canvas, 0, 0, WIDTH, HEIGHT), 0);
    picture_free(picture);
    canvas_free(canvas);
}

/* Others' names are not drawn again when somebody comes or goes, but where tiles are of another size. */
static void a_name_is_drawn_once_while_its_tile_has_its_size(void **state)
{
    static const char *const before[] = {"Ann", "Ben", "Cem"}, *const after[] = {"Ben", "Cem", "Dan", "Ben"};
    const size_t none[] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    struct canvas *canvas = canvas_new(WIDTH, HEIGHT), *fresh = canvas_new(WIDTH, HEIGHT);
    struct layout three = layout_grid(3, WIDTH, HEIGHT), four = layout_grid(4, WIDTH, HEIGHT),
                  one = layout_grid(1, WIDTH, HEIGHT);
    (void)state;
    canvas_arrange(canvas, &three, none, before);
    names_drawn = 0;
    canvas_arrange(canvas, &four, none, after);
    assert_int_equal(names_drawn, 2); /* Dan's and that of another Ben */
    canvas_arrange(canvas, &four, none, after);
    assert_int_equal(names_drawn, 2);
    canvas_arrange(fresh, &four, none, after);
    assert_memory_equal(canvas_picture(canvas)->planes[0], canvas_picture(fresh)->planes[0], WIDTH * HEIGHT);
    names_drawn = 0;
    canvas_arrange(canvas, &one, none, after);
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
        size_t none[LAYOUT_TILES_MAX];
        const char *names[LAYOUT_TILES_MAX];
        for (size_t tile = 0; tile < LAYOUT_TILES_MAX; tile++) {
            none[tile] = SIZE_MAX;
            names[tile] = cases[i].name;
        }
        struct canvas *canvas = canvas_new(cases[i].width, cases[i].height);
        struct layout layout = layout_grid(cases[i].people, cases[i].width, cases[i].height);
        canvas_arrange(canvas, &layout, none, names);
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
        cmocka_unit_test(when_somebody_comes_or_goes_the_others_stay_in_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
