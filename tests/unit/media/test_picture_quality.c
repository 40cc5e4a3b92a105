/* How alike two pictures are, and what is compared of a stream of test pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/media/pattern.h"
#include "client/media/picture_quality.h"
#include "transport/base/random.h"

#define WALL ((int64_t)1764000000123456)

static int set_up(void **state)
{
    struct picture *picture = picture_new(320, 180);
    pattern_draw(picture, 7, WALL, 3);
    *state = picture;
    return 0;
}

static int tear_down(void **state)
{
    picture_free(*state);
    return 0;
}

static void add_noise(struct picture *picture, unsigned most)
{
    struct rng rng;
    rng_init(&rng, 1);
    for (unsigned i = 0; i < picture->height * picture->strides[0]; i++)
        picture->planes[0][i] = (uint8_t)((picture->planes[0][i] + rng_below(&rng, most + 1)) & 0xff);
}

static void the_same_picture_is_one_and_noise_is_less(void **state)
{
    struct picture *picture = *state, *other = picture_new(320, 180);
    picture_scale(other, picture);
    assert_true(picture_ssim(picture, other) == 1);
    add_noise(other, 4);
    double little = picture_ssim(picture, other);
    assert_true(little < 0.99 && little > 0.6);
    add_noise(other, 20);
    assert_true(picture_ssim(picture, other) < little - 0.1);
    picture_free(other);
}

static void what_came_smaller_is_less_than_the_source(void **state)
{
    struct picture *picture = *state, *half = picture_new(160, 90);
    struct picture_quality quality = {.width = 320, .height = 180};
    picture_scale(half, picture);
    picture_quality_look(&quality, half, 7, WALL, 0);
    assert_in_range((int)(picture_quality_mean(&quality) * 1000), 800, 990);
    picture_free(half);
}

static void one_picture_in_a_second_is_compared_whatever_its_colours(void **state)
{
    struct picture_quality quality = {.width = 320, .height = 180};
    for (usec_t now = 0; now < 3 * USEC_PER_SEC; now += 100 * USEC_PER_MSEC)
        picture_quality_look(&quality, *state, 7, WALL, now);
    assert_int_equal(quality.count, 3);
    assert_true(picture_quality_mean(&quality) == 1);
    picture_quality_look(&quality, *state, 8, WALL, 4 * USEC_PER_SEC); /* it is another frame */
    assert_true(picture_quality_mean(&quality) < 0.99);
}

static void nothing_is_compared_without_a_size(void **state)
{
    struct picture_quality quality = {0};
    picture_quality_look(&quality, *state, 7, WALL, USEC_PER_SEC);
    assert_true(picture_quality_mean(&quality) == -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_picture_is_one_and_noise_is_less),
        cmocka_unit_test(what_came_smaller_is_less_than_the_source),
        cmocka_unit_test(one_picture_in_a_second_is_compared_whatever_its_colours),
        cmocka_unit_test(nothing_is_compared_without_a_size),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
