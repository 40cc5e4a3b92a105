#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/media/layout.h"

static void tiles_are_as_large_as_they_fit(void **state)
{
    static const struct {
        size_t count;
        unsigned width, height;  /* of a tile in 1280x720 */
        struct layout_tile last; /* x and y only */
    } rows[] = {
        {0, 0, 0, {0}},
        {1, 1280, 720, {.x = 0, .y = 0}},
        {2, 640, 360, {.x = 640, .y = 180}},
        {3, 640, 360, {.x = 320, .y = 360}}, /* alone in its row: in the middle */
        {4, 640, 360, {.x = 640, .y = 360}},
        {5, 426, 240, {.x = 640, .y = 360}},
        {9, 426, 240, {.x = 852, .y = 480}},
        {10, 320, 180, {.x = 640, .y = 450}},
        {16, 320, 180, {.x = 960, .y = 540}},
        {25, 256, 144, {.x = 1024, .y = 576}},
        {400, 256, 144, {.x = 1024, .y = 576}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct layout layout = layout_grid(rows[i].count, 1280, 720);
        assert_int_equal(layout.count, rows[i].count < LAYOUT_TILES_MAX ? rows[i].count : LAYOUT_TILES_MAX);
        if (layout.count == 0)
            continue;
        const struct layout_tile *last = &layout.tiles[layout.count - 1];
        if (last->width != rows[i].width || last->height != rows[i].height || last->x != rows[i].last.x ||
            last->y != rows[i].last.y)
            fail_msg("row %zu: %ux%u at %u, %u", i, last->width, last->height, last->x, last->y);
    }
}

static void who_speaks_is_large_and_the_others_are_a_strip(void **state)
{
    static const struct {
        size_t count;
        struct layout_tile main, second, last; /* in 1280x720 */
    } rows[] = {
        {1, {0, 0, 1280, 720}, {0}, {0, 0, 1280, 720}},
        {2, {0, 72, 1024, 576}, {1024, 288, 256, 144}, {1024, 288, 256, 144}},
        {3, {0, 72, 1024, 576}, {1024, 216, 256, 144}, {1024, 360, 256, 144}},
        {5, {0, 72, 1024, 576}, {1024, 72, 256, 144}, {1024, 504, 256, 144}},
        {6, {0, 0, 1024, 576}, {1024, 0, 256, 144}, {512, 576, 256, 144}}, /* alone below: in the middle */
        {9, {0, 0, 1024, 576}, {1024, 0, 256, 144}, {896, 576, 256, 144}},
        {10, {0, 0, 1024, 576}, {1024, 0, 256, 144}, {1024, 576, 256, 144}},
        {400, {0, 0, 1024, 576}, {1024, 0, 256, 144}, {1024, 576, 256, 144}},
    };
    (void)state;
    assert_int_equal(layout_speaker(0, 1280, 720).count, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct layout layout = layout_speaker(rows[i].count, 1280, 720);
        size_t count = rows[i].count < LAYOUT_SPEAKER_TILES_MAX ? rows[i].count : LAYOUT_SPEAKER_TILES_MAX;
        assert_int_equal(layout.count, count);
        assert_memory_equal(&layout.tiles[0], &rows[i].main, sizeof rows[i].main);
        if (count > 1)
            assert_memory_equal(&layout.tiles[1], &rows[i].second, sizeof rows[i].second);
        assert_memory_equal(&layout.tiles[count - 1], &rows[i].last, sizeof rows[i].last);
    }
}

static void tiles_are_inside_even_and_apart(void **state)
{
    static const unsigned sizes[][2] = {{1280, 720}, {640, 360}, {854, 480}, {160, 90}, {720, 1280}, {1918, 1078}};
    static struct layout (*const layouts[])(size_t, unsigned, unsigned) = {layout_grid, layout_speaker};
    (void)state;
    for (size_t each = 0; each < 2 * sizeof sizes / sizeof sizes[0]; each++)
        for (size_t count = 1; count <= LAYOUT_TILES_MAX; count++) {
            const unsigned *size = sizes[each / 2];
            struct layout layout = layouts[each % 2](count, size[0], size[1]);
            for (size_t i = 0; i < layout.count; i++) {
                const struct layout_tile *a = &layout.tiles[i];
                assert_true(a->width > 0 && a->height > 0);
                assert_true(a->x + a->width <= size[0] && a->y + a->height <= size[1]);
                assert_int_equal((a->x | a->y | a->width | a->height) & 1, 0);
                for (size_t k = 0; k < i; k++) {
                    const struct layout_tile *b = &layout.tiles[k];
                    assert_true(a->x >= b->x + b->width || b->x >= a->x + a->width || a->y >= b->y + b->height ||
                                b->y >= a->y + a->height);
                }
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_are_as_large_as_they_fit),
        cmocka_unit_test(who_speaks_is_large_and_the_others_are_a_strip),
        cmocka_unit_test(tiles_are_inside_even_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
