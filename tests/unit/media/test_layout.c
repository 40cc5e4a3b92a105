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

static void tiles_are_inside_even_and_apart(void **state)
{
    static const unsigned sizes[][2] = {{1280, 720}, {640, 360}, {854, 480}, {160, 90}, {720, 1280}};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (size_t count = 1; count <= LAYOUT_TILES_MAX; count++) {
            struct layout layout = layout_grid(count, sizes[s][0], sizes[s][1]);
            for (size_t i = 0; i < count; i++) {
                const struct layout_tile *a = &layout.tiles[i];
                assert_true(a->width > 0 && a->height > 0);
                assert_true(a->x + a->width <= sizes[s][0] && a->y + a->height <= sizes[s][1]);
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
        cmocka_unit_test(tiles_are_inside_even_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
