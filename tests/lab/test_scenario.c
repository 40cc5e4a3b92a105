#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lab/scenario.h"
#include "transport/base/error.h"

static void settings_are_read_with_their_units(void **state)
{
    struct link_config configs[LINK_DIRECTIONS] = {{0}, {0}};
    (void)state;
    assert_int_equal(scenario_apply(configs, "both delay 50ms jitter 500us rate 1.5mbit queue 300ms loss 5%"), 0);
    assert_int_equal(configs[LINK_UP].delay, 50000);
    assert_int_equal(configs[LINK_DOWN].jitter, 500);
    assert_true(configs[LINK_DOWN].rate_bps == 1.5e6);
    assert_int_equal(configs[LINK_UP].queue_time, 300000);
    assert_true(configs[LINK_UP].loss > 0.0499 && configs[LINK_UP].loss < 0.0501);
    assert_int_equal(scenario_apply(configs, "  down\tburst 1%/25% reorder 2%/20ms duplicate 3% queue 64kb rate 0"), 0);
    assert_true(configs[LINK_DOWN].burst_exit == 0.25 && configs[LINK_UP].burst_exit == 0);
    assert_int_equal(configs[LINK_DOWN].reorder_delay, 20000);
    assert_int_equal(configs[LINK_DOWN].queue_bytes, 64000);
    assert_int_equal(configs[LINK_DOWN].queue_time, 0);
    assert_true(configs[LINK_DOWN].rate_bps == 0);
    assert_int_equal(configs[LINK_DOWN].delay, 50000);
    assert_int_equal(scenario_apply(configs, "up clear loss 100%"), 0);
    assert_int_equal(configs[LINK_UP].delay, 0);
    assert_true(configs[LINK_UP].loss == 1);
}

static void wrong_settings_change_nothing(void **state)
{
    static const char *const lines[] = {
        "",           "sideways delay 1ms", "up delay",        "up delay 5",        "up delay -5ms", "up delay 5mss",
        "up loss 5",  "up loss 101%",       "up burst 1%",     "up burst 1%/0%",    "up rate 5ms",   "up colour red",
        "delay 50ms", "up rate nanbit",     "up rate 1e99bit", "up delay 5ms loss", "bothdelay 5ms", "up queue 5",
    };
    struct link_config configs[LINK_DIRECTIONS] = {{.delay = 7}, {.delay = 8}};
    struct link_config before[LINK_DIRECTIONS];
    (void)state;
    memcpy(before, configs, sizeof before);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (scenario_apply(configs, lines[i]) != ERR_INVALID)
            fail_msg("accepted: %s", lines[i]);
        assert_memory_equal(configs, before, sizeof before);
    }
}

static void a_file_is_a_list_of_steps(void **state)
{
    struct scenario scenario;
    unsigned line;
    (void)state;
    assert_int_equal(scenario_parse(&scenario, "# two\n\n0s both delay 5ms\r\n 30s down rate 500kbit # step", &line),
                     0);
    assert_int_equal(scenario.count, 2);
    assert_int_equal(scenario.steps[1].at, 30 * USEC_PER_SEC);
    struct link_config configs[LINK_DIRECTIONS] = {{0}, {0}};
    assert_int_equal(scenario_apply(configs, scenario.steps[0].line), 0);
    assert_int_equal(scenario_apply(configs, scenario.steps[1].line), 0);
    assert_true(configs[LINK_DOWN].rate_bps == 5e5 && configs[LINK_DOWN].delay == 5000);
    scenario_fini(&scenario);
    assert_int_equal(scenario_parse(&scenario, "", &line), 0);
    assert_int_equal(scenario.count, 0);
}

static void the_wrong_line_is_named(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
    } rows[] = {
        {"both delay 5ms", 1},
        {"1s both delay 5ms\n# x\n2s both delay 5", 3},
        {"2s both delay 5ms\n1s both delay 5ms\n", 2},
        {"1s\n", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scenario scenario;
        unsigned line = 0;
        assert_int_equal(scenario_parse(&scenario, rows[i].text, &line), ERR_INVALID);
        assert_int_equal(line, rows[i].line);
        assert_null(scenario.steps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read_with_their_units),
        cmocka_unit_test(wrong_settings_change_nothing),
        cmocka_unit_test(a_file_is_a_list_of_steps),
        cmocka_unit_test(the_wrong_line_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
