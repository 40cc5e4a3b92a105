#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/rtp/adaptation.h"

#define K 1000
static const struct encoding_plan one[] = {{true, 1920, 1080, 30, 2500 * K}};
static const struct encoding_plan three[] = {
    {true, 320, 180, 30, 200 * K}, {true, 640, 360, 30, 625 * K}, {true, 1280, 720, 30, 1675 * K}};

static void one_encoding_gets_smaller_and_slower(void **state)
{
    static const struct {
        unsigned estimate_kbps, width, height, frames_per_second, least_kbps, most_kbps;
    } rows[] = {
        {5000, 1920, 1080, 30, 2500, 2500}, {2000, 1920, 1080, 30, 1700, 1800}, {1200, 1286, 722, 30, 950, 1080},
        {800, 960, 540, 30, 600, 720},      {600, 632, 356, 15, 450, 540},      {250, 480, 270, 15, 150, 200},
        {20, 480, 270, 15, 40, 40},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct adaptation adaptation;
        adaptation_init(&adaptation, one, 1);
        (void)adaptation_estimate(&adaptation, (uint64_t)rows[i].estimate_kbps * K, 0);
        const struct encoding_plan *plan = &adaptation.plan[0];
        if (plan->width / 20 != rows[i].width / 20 || plan->height / 20 != rows[i].height / 20 ||
            plan->frames_per_second != rows[i].frames_per_second || plan->bitrate_bps < rows[i].least_kbps * K ||
            plan->bitrate_bps > rows[i].most_kbps * K || plan->width % 2 != 0 || plan->height % 2 != 0)
            fail_msg("%u kbit/s: %ux%u@%u:%u", rows[i].estimate_kbps, plan->width, plan->height,
                     plan->frames_per_second, plan->bitrate_bps);
    }
}

static void of_three_the_larger_ones_are_left_out(void **state)
{
    static const struct {
        unsigned estimate_kbps, active;
    } rows[] = {{5000, 3}, {2300, 3}, {1500, 2}, {800, 2}, {500, 1}, {100, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct adaptation adaptation;
        unsigned active = 0, sum = 0;
        adaptation_init(&adaptation, three, 3);
        (void)adaptation_estimate(&adaptation, (uint64_t)rows[i].estimate_kbps * K, 0);
        for (unsigned k = 0; k < 3; k++) {
            active += adaptation.plan[k].is_active;
            sum += adaptation.plan[k].is_active ? adaptation.plan[k].bitrate_bps : 0;
        }
        if (active != rows[i].active || sum > rows[i].estimate_kbps * K)
            fail_msg("%u kbit/s: %u are active, %u bit/s", rows[i].estimate_kbps, active, sum);
    }
}

static void down_at_once_up_later_and_with_room(void **state)
{
    struct adaptation adaptation;
    (void)state;
    adaptation_init(&adaptation, three, 3);
    assert_true(adaptation_estimate(&adaptation, 1000 * K, 10 * USEC_PER_SEC));
    assert_false(adaptation.plan[2].is_active);
    (void)adaptation_estimate(&adaptation, 9000 * K, 11 * USEC_PER_SEC);
    assert_false(adaptation.plan[2].is_active);
    (void)adaptation_estimate(&adaptation, 2150 * K,
                              16 * USEC_PER_SEC); /* enough for the step up, but without the reserve that it needs */
    assert_false(adaptation.plan[2].is_active);
    assert_true(adaptation_estimate(&adaptation, 9000 * K, 17 * USEC_PER_SEC));
    assert_true(adaptation.plan[2].is_active);
    assert_int_equal(adaptation.plan[2].bitrate_bps, 1675 * K);
    assert_true(adaptation_estimate(&adaptation, 300 * K, 18 * USEC_PER_SEC));
    assert_false(adaptation.plan[1].is_active);
    assert_true(adaptation.plan[0].is_active);
}

static void small_changes_are_not_worth_it(void **state)
{
    struct adaptation adaptation;
    (void)state;
    adaptation_init(&adaptation, one, 1);
    assert_false(adaptation_estimate(&adaptation, 9000 * K, 0));
    assert_true(adaptation_estimate(&adaptation, 2000 * K, 1));
    assert_false(adaptation_estimate(&adaptation, 2100 * K, 2));
    assert_false(adaptation_estimate(&adaptation, 1900 * K, 3));
    assert_true(adaptation_estimate(&adaptation, 2500 * K, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_encoding_gets_smaller_and_slower),
        cmocka_unit_test(of_three_the_larger_ones_are_left_out),
        cmocka_unit_test(down_at_once_up_later_and_with_room),
        cmocka_unit_test(small_changes_are_not_worth_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
