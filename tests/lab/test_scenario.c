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
    assert_int_equal(scenario_apply(configs, NULL, "both delay 50ms jitter 500us rate 1.5mbit queue 300ms loss 5%"), 0);
    assert_int_equal(configs[LINK_UP].delay, 50000);
    assert_int_equal(configs[LINK_DOWN].jitter, 500);
    assert_true(configs[LINK_DOWN].rate_bps == 1.5e6);
    assert_int_equal(configs[LINK_UP].queue_time, 300000);
    assert_true(configs[LINK_UP].loss > 0.0499 && configs[LINK_UP].loss < 0.0501);
    assert_int_equal(
        scenario_apply(configs, NULL, "  down\tburst 1%/25% reorder 2%/20ms duplicate 3% queue 64kb rate 0"), 0);
    assert_true(configs[LINK_DOWN].burst_exit == 0.25 && configs[LINK_UP].burst_exit == 0);
    assert_int_equal(configs[LINK_DOWN].reorder_delay, 20000);
    assert_int_equal(configs[LINK_DOWN].queue_bytes, 64000);
    assert_int_equal(configs[LINK_DOWN].queue_time, 0);
    assert_true(configs[LINK_DOWN].rate_bps == 0);
    assert_int_equal(configs[LINK_DOWN].delay, 50000);
    assert_int_equal(scenario_apply(configs, NULL, "up clear loss 100%"), 0);
    assert_int_equal(configs[LINK_UP].delay, 0);
    assert_true(configs[LINK_UP].loss == 1);
}

static void wrong_settings_change_nothing(void **state)
{
    static const char *const lines[] = {
        "",
        "sideways delay 1ms",
        "up delay",
        "up delay 5",
        "up delay -5ms",
        "up delay 5mss",
        "up loss 5",
        "up loss 101%",
        "up burst 1%",
        "up burst 1%/0%",
        "up rate 5ms",
        "up colour red",
        "delay 50ms",
        "up rate nanbit",
        "up rate 1e99bit",
        "up delay 5ms loss",
        "bothdelay 5ms",
        "up queue 5",
        "up bucket 5ms",
        "up police 1mbit",
        "up police 1mbit/1kb",
        "up police 1mbit/5ms",
        "up trace",
        "up trace none",
    };
    struct link_config configs[LINK_DIRECTIONS] = {{.delay = 7}, {.delay = 8}};
    struct link_config before[LINK_DIRECTIONS];
    (void)state;
    memcpy(before, configs, sizeof before);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (scenario_apply(configs, NULL, lines[i]) != ERR_INVALID)
            fail_msg("accepted: %s", lines[i]);
        assert_memory_equal(configs, before, sizeof before);
    }
}

static void a_file_is_a_list_of_steps(void **state)
{
    struct scenario scenario;
    unsigned line;
    (void)state;
    assert_int_equal(
        scenario_parse(&scenario, NULL, "# two\n\n0s both delay 5ms\r\n 30s down rate 500kbit # step", &line), 0);
    assert_int_equal(scenario.count, 2);
    assert_int_equal(scenario.steps[1].at, 30 * USEC_PER_SEC);
    struct link_config configs[LINK_DIRECTIONS] = {{0}, {0}};
    assert_int_equal(scenario_apply(configs, NULL, scenario.steps[0].line), 0);
    assert_int_equal(scenario_apply(configs, NULL, scenario.steps[1].line), 0);
    assert_true(configs[LINK_DOWN].rate_bps == 5e5 && configs[LINK_DOWN].delay == 5000);
    scenario_fini(&scenario);
    assert_int_equal(scenario_parse(&scenario, NULL, "", &line), 0);
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
        assert_int_equal(scenario_parse(&scenario, NULL, rows[i].text, &line), ERR_INVALID);
        assert_int_equal(line, rows[i].line);
        assert_null(scenario.steps);
    }
}

static const struct link_trace *find(void *context, const char *name)
{
    return strcmp(name, "here") == 0 ? context : NULL;
}

static void traces_policers_and_buckets_are_settings(void **state)
{
    uint32_t at_ms[] = {1};
    struct link_trace trace = {at_ms, 1};
    const struct trace_source source = {find, &trace};
    struct link_config configs[LINK_DIRECTIONS] = {{0}, {0}};
    (void)state;
    assert_int_equal(scenario_apply(configs, &source, "down police 1mbit/15kb bucket 64kb trace here"), 0);
    assert_true(configs[LINK_DOWN].police_bps == 1e6 && configs[LINK_DOWN].police_bytes == 15000);
    assert_int_equal(configs[LINK_DOWN].bucket_bytes, 64000);
    assert_ptr_equal(configs[LINK_DOWN].trace, &trace);
    assert_null(configs[LINK_UP].trace);
    assert_int_equal(scenario_apply(configs, &source, "down trace there"), ERR_INVALID);
    assert_ptr_equal(configs[LINK_DOWN].trace, &trace);
    assert_int_equal(scenario_apply(configs, &source, "down rate 1mbit police 0 bucket 0"), 0);
    assert_null(configs[LINK_DOWN].trace);
    assert_true(configs[LINK_DOWN].police_bps == 0);
    struct scenario scenario;
    unsigned line;
    assert_int_equal(scenario_parse(&scenario, &source, "0s up trace here\n1s up trace there\n", &line), ERR_INVALID);
    assert_int_equal(line, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read_with_their_units),
        cmocka_unit_test(wrong_settings_change_nothing),
        cmocka_unit_test(a_file_is_a_list_of_steps),
        cmocka_unit_test(the_wrong_line_is_named),
        cmocka_unit_test(traces_policers_and_buckets_are_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
