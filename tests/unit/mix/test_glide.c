#include "client/mix/glide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAME (USEC_PER_SEC / 25)

static const struct layout_tile large = {0, 72, 1024, 576}, small = {1024, 432, 256, 144}, grid = {852, 480, 426, 240};

static int64_t step_of(unsigned before, unsigned after)
{
    return llabs((int64_t)after - before);
}

/* No edge goes back, none moves by more than a fifth of its way in one of eight pictures, and the last is the goal. */
static void it_goes_there_without_a_jump(void **state)
{
    const struct layout_tile *const ways[][2] = {{&large, &small}, {&small, &large}, {&grid, &large}, {&small, &grid}};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct layout_tile *from = ways[i][0], *to = ways[i][1];
        struct layout_tile before = glide_at(from, to, 0);
        assert_memory_equal(&before, from, sizeof before);
        for (usec_t elapsed = FRAME; elapsed <= GLIDE_TIME; elapsed += FRAME) {
            struct layout_tile at = glide_at(from, to, elapsed);
            assert_int_equal((at.x | at.y | at.width | at.height) & 1, 0);
            assert_true(step_of(before.x, at.x) <= step_of(from->x, to->x) / 5 + 2);
            assert_true(step_of(before.width, at.width) <= step_of(from->width, to->width) / 5 + 4);
            assert_true(step_of(at.x, to->x) <= step_of(before.x, to->x));
            assert_true(at.x + at.width <= 1280 && at.y + at.height <= 720);
            before = at;
        }
        assert_memory_equal(&before, to, sizeof before);
        before = glide_at(from, to, 10 * USEC_PER_SEC);
        assert_memory_equal(&before, to, sizeof before);
        before = glide_at(from, to, -1); /* a clock that is read in another order */
        assert_memory_equal(&before, from, sizeof before);
    }
}

static void nothing_is_in_the_middle(void **state)
{
    struct layout_tile nothing = glide_nothing(&small);
    (void)state;
    assert_int_equal(nothing.width + nothing.height, 0);
    assert_int_equal(nothing.x, 1152);
    assert_int_equal(nothing.y, 504);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_there_without_a_jump),
        cmocka_unit_test(nothing_is_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
