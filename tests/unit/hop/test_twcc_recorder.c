#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/twcc_recorder.h"

#define INTERVAL (100 * USEC_PER_MSEC)

static struct twcc_recorder *recorder;
static struct twcc_feedback feedback;

static int set_up(void **state)
{
    (void)state;
    recorder = twcc_recorder_new(INTERVAL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    twcc_recorder_free(recorder);
    return 0;
}

/* True when a packet was due; it is then in `feedback`. */
static bool take_feedback(usec_t now)
{
    uint8_t out[2000];
    struct rtcp_writer writer;
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_writer_init(&writer, out, sizeof out);
    if (!twcc_recorder_write(recorder, &writer, 5, now))
        return false;
    rtcp_reader_init(&reader, out, writer.length);
    assert_int_equal(rtcp_next(&reader, &packet), 1);
    assert_int_equal(twcc_read(&feedback, &packet), 0);
    return true;
}

static void receive(uint16_t sequence, usec_t now)
{
    twcc_recorder_packet(recorder, sequence, 7, now);
}

static void assert_status(size_t index, uint16_t sequence, usec_t arrival)
{
    assert_true(index < feedback.count);
    assert_int_equal(feedback.status[index].sequence, sequence);
    assert_int_equal(feedback.status[index].received, arrival != 0);
    assert_true(feedback.status[index].arrival == arrival);
}

static void test_nothing_is_due_without_packets(void **state)
{
    (void)state;
    assert_true(twcc_recorder_next(recorder) == USEC_NEVER);
    assert_false(take_feedback(100 * USEC_PER_SEC));
}

static void test_arrivals_and_losses_are_reported(void **state)
{
    (void)state;
    receive(65534, 1000000);
    receive(1, 1001000);
    receive(65535, 1002000); /* overtaken */
    assert_false(take_feedback(1000000));
    usec_t next = twcc_recorder_next(recorder);
    assert_true(next > 1000000 && next <= 1000000 + INTERVAL);
    assert_true(take_feedback(next));
    assert_int_equal(feedback.sender_ssrc, 5);
    assert_int_equal(feedback.media_ssrc, 7);
    assert_int_equal(feedback.count, 4);
    assert_status(0, 65534, 1000000);
    assert_status(1, 65535, 1002000);
    assert_status(2, 0, 0);
    assert_status(3, 1, 1001000);
    assert_false(take_feedback(next));
    assert_true(twcc_recorder_next(recorder) == USEC_NEVER);
}

static void test_reports_keep_their_interval(void **state)
{
    unsigned packets = 0;
    usec_t last = 0;
    (void)state;
    for (usec_t now = USEC_PER_SEC; now < 3 * USEC_PER_SEC; now += 5000) {
        receive((uint16_t)(now / 5000), now);
        while (take_feedback(now)) {
            assert_true(last == 0 || now - last >= INTERVAL);
            assert_int_equal(feedback.feedback_count, packets);
            last = now;
            packets++;
        }
    }
    assert_in_range(packets, 19, 21);
}

static void test_next_report_goes_on_where_the_last_ended(void **state)
{
    (void)state;
    receive(10, 1000000);
    receive(11, 1000000);
    assert_true(take_feedback(2000000));
    receive(14, 2000000);
    receive(11, 2001000); /* too late: reported already */
    assert_true(take_feedback(3000000));
    assert_int_equal(feedback.count, 3);
    assert_status(0, 12, 0);
    assert_status(1, 13, 0);
    assert_status(2, 14, 2000000);
}

static void test_many_statuses_take_several_packets(void **state)
{
    size_t statuses = 0;
    unsigned packets = 0;
    (void)state;
    for (uint16_t i = 0; i < 1000; i++)
        receive(i, 1000000 + i * 100);
    for (; take_feedback(2000000); packets++) {
        assert_int_equal(feedback.status[0].sequence, statuses);
        statuses += feedback.count;
    }
    assert_int_equal(statuses, 1000);
    assert_in_range(packets, 2, 4);
}

static void test_a_jump_starts_anew(void **state)
{
    (void)state;
    receive(10, 1000000);
    receive(20000, 1001000);
    assert_true(take_feedback(2000000));
    assert_int_equal(feedback.count, 1);
    assert_status(0, 20000, 1001000);
}

static void test_long_silence_is_split(void **state)
{
    (void)state;
    receive(10, 1000000);
    receive(11, 11000000); /* the difference fits no delta */
    assert_true(take_feedback(12000000));
    assert_int_equal(feedback.count, 1);
    assert_status(0, 10, 1000000);
    assert_true(take_feedback(12000000));
    assert_status(0, 11, 11000000);
    assert_false(take_feedback(12000000));
}

static void test_a_full_buffer_loses_nothing(void **state)
{
    uint8_t out[20];
    struct rtcp_writer writer;
    (void)state;
    receive(10, 1000000);
    rtcp_writer_init(&writer, out, sizeof out);
    assert_false(twcc_recorder_write(recorder, &writer, 5, 2000000));
    assert_int_equal(writer.length, 0);
    assert_true(take_feedback(2000000));
    assert_status(0, 10, 1000000);
    assert_int_equal(feedback.feedback_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_due_without_packets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_arrivals_and_losses_are_reported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reports_keep_their_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_next_report_goes_on_where_the_last_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_statuses_take_several_packets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_jump_starts_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_silence_is_split, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_buffer_loses_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
