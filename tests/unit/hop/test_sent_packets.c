#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/hop/sent_packets.h"

#define FIRST 65500 /* it wraps soon */

static void add(struct sent_packets *sent, uint16_t sequence, usec_t now)
{
    struct sent_packet packet = {
        .at = (uint32_t)now, .bytes = (uint16_t)(sequence % 1000), .sequence = sequence, .is_waiting = true};
    sent_packets_add(sent, &packet, now);
}

/* Packets at this rate for four seconds: returns the time of the last. */
static usec_t run(struct sent_packets *sent, unsigned per_second)
{
    usec_t now = 4293 * USEC_PER_SEC; /* the lower half of the time wraps after 4,295 s */
    for (unsigned i = 0; i < 4 * per_second; i++, now += USEC_PER_SEC / per_second)
        add(sent, (uint16_t)(FIRST + i), now);
    return now - USEC_PER_SEC / per_second;
}

static void packets_are_known_as_long_as_a_report_may_come(void **state)
{
    struct sent_packets sent = {0};
    (void)state;
    usec_t now = run(&sent, 250);
    for (unsigned back = 0; back < 500; back++) {
        uint16_t sequence = (uint16_t)(FIRST + 999 - back);
        struct sent_packet *packet = sent_packets_find(&sent, sequence);
        assert_non_null(packet);
        assert_int_equal(packet->bytes, sequence % 1000);
        assert_int_equal(sent_packet_time(packet, now), now - back * (USEC_PER_SEC / 250));
    }
    sent_packets_fini(&sent);
}

static void memory_follows_the_rate_up_to_a_bound(void **state)
{
    static const struct {
        unsigned per_second;
        size_t size;
    } cases[] = {{20, 64}, {50, 128}, {250, 512}, {1000, 2048}, {10000, 2048}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sent_packets sent = {0};
        run(&sent, cases[i].per_second);
        assert_int_equal(sent.size, cases[i].size);
        sent_packets_fini(&sent);
    }
}

static void what_was_reported_or_never_sent_is_not_found(void **state)
{
    struct sent_packets sent = {0};
    (void)state;
    assert_null(sent_packets_find(&sent, 7));
    add(&sent, 7, 1000);
    assert_null(sent_packets_find(&sent, 8));
    assert_null(sent_packets_find(&sent, 7 + 64)); /* the same place */
    sent_packets_find(&sent, 7)->is_waiting = false;
    assert_null(sent_packets_find(&sent, 7));
    sent_packets_fini(&sent);
}

/* A report for each, as on a good path: no place is needed for longer than it takes to come. */
static void reported_packets_need_no_memory(void **state)
{
    struct sent_packets sent = {0};
    usec_t now = USEC_PER_SEC;
    (void)state;
    for (unsigned i = 0; i < 100000; i++, now += 100) {
        add(&sent, (uint16_t)i, now);
        struct sent_packet *reported = i >= 50 ? sent_packets_find(&sent, (uint16_t)(i - 50)) : NULL;
        if (reported != NULL)
            reported->is_waiting = false;
    }
    assert_int_equal(sent.size, 64);
    sent_packets_fini(&sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_known_as_long_as_a_report_may_come),
        cmocka_unit_test(memory_follows_the_rate_up_to_a_bound),
        cmocka_unit_test(what_was_reported_or_never_sent_is_not_found),
        cmocka_unit_test(reported_packets_need_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
