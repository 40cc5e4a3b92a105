/* The clocks, when somebody sets the wall clock: clock_gettime() is the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "transport/net/clock.h"

#define WALL_US ((int64_t)1800000000 * 1000000)
#define UP_US ((int64_t)5000 * 1000000) /* since the machine started */

static int64_t passed_us, set_us;

int clock_gettime(clockid_t id, struct timespec *out)
{
    int64_t us = passed_us + (id == CLOCK_REALTIME ? WALL_US + set_us : UP_US);
    out->tv_sec = (time_t)(us / 1000000);
    out->tv_nsec = (long)(us % 1000000 * 1000);
    return 0;
}

static void only_the_wall_clock_jumps_when_it_is_set(void **state)
{
    static const struct {
        int64_t at_us, set_us;
    } cases[] = {{0, 0},
                 {1000000, 0},
                 {1000001, -3600000000},
                 {2000000, -WALL_US},
                 {2000001, 3600000000},
                 {86400000000, (int64_t)1000000 * 1000000000},
                 {86400000001, 0}};
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        passed_us = cases[i].at_us;
        set_us = cases[i].set_us;
        assert_int_equal(clock_now(), UP_US + passed_us);
        assert_int_equal(clock_ntp_us(), WALL_US + passed_us);
        assert_int_equal(clock_wall_us(), WALL_US + passed_us + set_us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_wall_clock_jumps_when_it_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
