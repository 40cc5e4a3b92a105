/* What libnice may read of a socket in its turn, and over time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/net/agent_intake.h"

#define NOW (5 * USEC_PER_SEC)

#define REQUEST 0x0001
#define INDICATION 0x0011
#define ANSWER 0x0101
#define ERROR_ANSWER 0x0111
#define ALLOCATE 0x0003
#define DATA_INDICATION 0x0017

static struct agent_intake intake;

static int set_up(void **state)
{
    (void)state;
    agent_intake_init(&intake, 7);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    agent_intake_fini(&intake);
    return 0;
}

#define SOURCE 77

static unsigned accepted_from(uint64_t source, uint64_t port, unsigned type, unsigned count, usec_t now)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += agent_intake_accepts(&intake, port, source, type, now);
    return sum;
}

static unsigned accepted(uint64_t port, unsigned type, unsigned count, usec_t now)
{
    return accepted_from(SOURCE, port, type, count, now);
}

static void checks_have_a_budget(void **state)
{
    (void)state;
    static const struct {
        unsigned type, at_once, after_a_second;
    } rows[] = {
        {REQUEST, 200, 100}, {INDICATION, 200, 100}, {ANSWER, 200, 100}, {ALLOCATE, 200, 100}, {ERROR_ANSWER, 200, 100},
    };
    uint64_t dropped = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(accepted(i, rows[i].type, 1000, NOW), rows[i].at_once);
        assert_int_equal(accepted(i, rows[i].type, 1000, NOW + USEC_PER_SEC), rows[i].after_a_second);
        dropped += 2000 - rows[i].at_once - rows[i].after_a_second;
        assert_int_equal(intake.checks_over_budget, dropped);
    }
}

static void a_flood_of_a_stranger_leaves_the_remote_peer_alone(void **state)
{
    (void)state;
    for (unsigned second = 0; second < 30; second++) {
        usec_t now = NOW + second * USEC_PER_SEC;
        accepted_from(SOURCE + 1, 1, REQUEST, 10000, now);
        assert_int_equal(accepted(1, REQUEST, 20, now), 20);
        assert_int_equal(accepted(1, ANSWER, 20, now), 20);
    }
}

static void all_sources_of_a_port_have_one_budget_too(void **state)
{
    (void)state;
    unsigned sum = 0;
    for (uint64_t source = 0; source < 100; source++)
        sum += accepted_from(source, 1, REQUEST, 100, NOW);
    assert_int_equal(sum, 1000);
    assert_int_equal(accepted(2, REQUEST, 200, NOW), 200);
}

static void what_turn_servers_pass_on_has_a_budget_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(accepted(1, DATA_INDICATION, 6000, NOW), 5000);
    assert_int_equal(intake.datagrams_over_budget, 1000);
    assert_int_equal(accepted(1, REQUEST, 200, NOW), 200);
}

static void a_flood_takes_nothing_from_another_port_and_requests_nothing_from_answers(void **state)
{
    (void)state;
    assert_int_equal(accepted(1, REQUEST, 100000, NOW), 200);
    assert_int_equal(accepted(2, REQUEST, 200, NOW), 200);
    assert_int_equal(accepted(1, ANSWER, 200, NOW), 200);
}

static void a_turn_ends_and_comes_again(void **state)
{
    (void)state;
    for (int turn = 0; turn < 3; turn++) {
        agent_intake_renew(&intake);
        for (int fd = 4; fd < 6; fd++) {
            unsigned reads = 0;
            while (agent_intake_may_read(&intake, fd))
                reads++;
            assert_int_equal(reads, INTAKE_TURN_READS);
        }
    }
}

/* Reads of 16 kB until the turn ends; returns the bytes. */
static size_t stream_turn(int fd, uint64_t key, usec_t now)
{
    size_t bytes = 0;
    agent_intake_renew(&intake);
    for (; agent_intake_may_stream(&intake, fd, key, now); bytes += 16384)
        agent_intake_streamed(&intake, key, 16384, now);
    return bytes;
}

static void a_stream_has_a_turn_and_rests_when_its_port_has_brought_too_much(void **state)
{
    (void)state;
    assert_int_equal(stream_turn(4, 1, NOW), INTAKE_TURN_BYTES);
    assert_int_equal(intake.paused_count, 0);
    size_t bytes = 0;
    while (intake.paused_count == 0)
        bytes += stream_turn(4, 1, NOW);
    assert_in_range(bytes, 900000, 1000000);
    assert_int_equal(intake.paused[0], 4);
    assert_int_equal(stream_turn(5, 1, NOW), 0); /* accepted by the same listener */
    assert_int_equal(stream_turn(6, 2, NOW), INTAKE_TURN_BYTES);
    assert_int_equal(stream_turn(4, 1, NOW + usec_from_ms(INTAKE_PAUSE_MS)), INTAKE_TURN_BYTES);
}

static void so_many_streams_rest_at_once_and_no_more(void **state)
{
    (void)state;
    while (stream_turn(4, 1, NOW) > 0)
        continue;
    for (int fd = 5; fd < 500; fd++)
        assert_int_equal(stream_turn(fd, 1, NOW), 0);
    assert_int_equal(intake.paused_count, INTAKE_PAUSED_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checks_have_a_budget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_of_a_stranger_leaves_the_remote_peer_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_sources_of_a_port_have_one_budget_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_turn_servers_pass_on_has_a_budget_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_takes_nothing_from_another_port_and_requests_nothing_from_answers,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_turn_ends_and_comes_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stream_has_a_turn_and_rests_when_its_port_has_brought_too_much, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(so_many_streams_rest_at_once_and_no_more, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
