#include <setjmp.h>
#include <stdarg.h>
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

static uint8_t luma_in(const struct canvas *canvas, const struct layout_tile *tile)
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
    canvas_arrange(canvas, &layout, none);
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
    canvas_arrange(canvas, &layout, none);
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
    canvas_arrange(canvas, &two, none);
    uint8_t empty = luma_in(canvas, &two.tiles[0]);
    fill(picture, 90);
    canvas_show(canvas, 0, picture);
    fill(picture, 180);
    canvas_show(canvas, 1, picture);
    canvas_arrange(canvas, &three, added);
    assert_int_equal(luma_in(canvas, &three.tiles[0]), 90);
    assert_int_equal(luma_in(canvas, &three.tiles[1]), 180);
    assert_int_equal(luma_in(canvas, &three.tiles[2]), empty);
    canvas_arrange(canvas, &one, last);
    assert_int_equal(luma_in(canvas, &one.tiles[0]), 180);
    picture_free(picture);
    canvas_free(canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_in_its_tile_and_nowhere_else),
        cmocka_unit_test(a_picture_of_another_shape_is_cut),
        cmocka_unit_test(when_somebody_comes_or_goes_the_others_stay_in_sight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
