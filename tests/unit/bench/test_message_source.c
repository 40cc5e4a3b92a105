#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/message_source.h"

static const struct message_source_config chat = {.per_second = 250, .size = 200, .policy = ENVELOPE_ORDERED};

static void messages_have_their_rate_size_number_and_time(void **state)
{
    (void)state;
    static const unsigned rates[] = {1, 3, 250, 1000, 2000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct message_source source;
        struct message_source_config config = chat;
        struct message_source_mark mark;
        uint8_t out[MESSAGE_SOURCE_SIZE_MAX];
        size_t length;
        unsigned count = 0;
        config.per_second = rates[i];
        message_source_init(&source, 7);
        message_source_start(&source, &config, 100);
        for (usec_t now = 0; now < 100 + 10 * USEC_PER_SEC; now += 100) {
            while ((length = message_source_poll(&source, out, now)) > 0) {
                assert_true(message_source_read((struct span){out, length}, &mark));
                message_source_sent(&source);
                count++;
                assert_int_equal(length, 200);
                assert_int_equal(mark.sender, 7);
                assert_int_equal(mark.number, count);
                assert_int_equal(mark.sent_at, now);
            }
        }
        assert_int_equal(count, 10 * rates[i]);
    }
}

static void what_could_not_be_sent_stays_due_and_a_late_source_catches_up(void **state)
{
    (void)state;
    struct message_source source;
    struct message_source_mark mark;
    uint8_t out[MESSAGE_SOURCE_SIZE_MAX];
    unsigned count = 0;
    message_source_init(&source, 0);
    message_source_start(&source, &chat, 0);
    for (int i = 0; i < 3; i++) {
        assert_true(message_source_read((struct span){out, message_source_poll(&source, out, i)}, &mark));
        assert_int_equal(mark.number, 1);
    }
    for (; message_source_poll(&source, out, 40 * USEC_PER_MSEC) > 0; count++)
        message_source_sent(&source);
    assert_int_equal(count, 11); /* at 0, 4, ... 40 ms */
    assert_int_equal(message_source_next(&source), 44 * USEC_PER_MSEC);
}

static void numbers_go_on_over_a_pause(void **state)
{
    (void)state;
    struct message_source source;
    struct message_source_mark mark;
    uint8_t out[MESSAGE_SOURCE_SIZE_MAX];
    message_source_init(&source, 0);
    assert_int_equal(message_source_next(&source), USEC_NEVER);
    message_source_start(&source, &chat, 0);
    assert_true(message_source_poll(&source, out, 0) > 0);
    message_source_sent(&source);
    message_source_stop(&source);
    assert_int_equal(message_source_next(&source), USEC_NEVER);
    assert_int_equal(message_source_poll(&source, out, USEC_PER_SEC), 0);
    message_source_start(&source, &chat, 5 * USEC_PER_SEC);
    assert_int_equal(message_source_next(&source), 5 * USEC_PER_SEC);
    assert_true(message_source_read((struct span){out, message_source_poll(&source, out, 5 * USEC_PER_SEC)}, &mark));
    assert_int_equal(mark.number, 2);
}

static void a_foreign_payload_is_nobodys(void **state)
{
    (void)state;
    uint8_t payload[MESSAGE_SOURCE_SIZE_MIN] = {0};
    struct message_source_mark mark;
    assert_false(message_source_read((struct span){payload, sizeof payload}, &mark));
    assert_false(message_source_read((struct span){payload, 3}, &mark));
    assert_false(message_source_read((struct span){NULL, 0}, &mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_have_their_rate_size_number_and_time),
        cmocka_unit_test(what_could_not_be_sent_stays_due_and_a_late_source_catches_up),
        cmocka_unit_test(numbers_go_on_over_a_pause),
        cmocka_unit_test(a_foreign_payload_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
