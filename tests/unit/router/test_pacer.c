#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/out/pacer.h"

#define MS USEC_PER_MSEC
#define COUNT 40

struct fixture {
    struct egress items[COUNT];
    struct packet packet; /* 1000 bytes; nothing is read of it but the length */
};

static void set_up(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->packet.length = 1000;
    for (size_t i = 0; i < COUNT; i++)
        fixture->items[i] = (struct egress){.packet = &fixture->packet, .rewrite = {.sequence = (uint16_t)i}};
}

static void without_a_pace_all_goes(void **state)
{
    struct fixture fixture;
    struct pacer pacer = {0};
    (void)state;
    set_up(&fixture);
    assert_int_equal(pacer_take(&pacer, fixture.items, COUNT, 0, 1), COUNT);
}

/* A flood of audio came at once: a receiver's socket has to hold what is sent, and other people's audio with it. */
static void a_flood_goes_out_in_portions(void **state)
{
    static const uint64_t paces[] = {0, 800000, 1000000000};
    static struct egress items[10 * EGRESS_BURST];
    struct packet packet = {.length = 50};
    (void)state;
    for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++) {
        struct pacer pacer = {0};
        size_t count = sizeof items / sizeof items[0], gone = 0;
        usec_t now = USEC_PER_SEC;
        for (size_t j = 0; j < count; j++)
            items[j] = (struct egress){.packet = &packet, .is_urgent = true};
        for (; gone < count; now = pacer_next(&pacer)) {
            assert_int_equal(pacer_take(&pacer, items + gone, count - gone, paces[i], now), EGRESS_BURST);
            assert_int_equal(pacer_take(&pacer, items + gone, count - gone, paces[i], now), 0);
            gone += EGRESS_BURST;
        }
        assert_true(now <= USEC_PER_SEC + 20 * MS);
    }
}

static void a_burst_is_spread_and_nothing_waits_too_long(void **state)
{
    struct fixture fixture;
    struct pacer pacer = {0};
    size_t gone = 0;
    usec_t now = USEC_PER_SEC, end = now;
    uint16_t expected = 0;
    (void)state;
    set_up(&fixture);
    while (gone < COUNT) {
        size_t taken = pacer_take(&pacer, fixture.items + gone, COUNT - gone, 800000, now);
        for (size_t i = 0; i < taken; i++)
            assert_int_equal(fixture.items[gone + i].rewrite.sequence, expected++);
        assert_true(gone > 0 || taken < COUNT);
        gone += taken;
        end = now;
        assert_true(pacer_next(&pacer) > now);
        now = pacer_next(&pacer);
    }
    /* 40 kB at 0.8 Mbit/s would be 400 ms. */
    assert_in_range(end - USEC_PER_SEC, 150 * MS, PACER_WAIT_MAX + 100 * MS);
}

/* However fast the pace, what goes at once fits into a queue of 20 full packets. */
static void a_burst_fits_into_a_shallow_queue(void **state)
{
    static const uint64_t paces[] = {800000, 10000000, 50000000, 1000000000};
    (void)state;
    for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++) {
        struct fixture fixture;
        struct pacer pacer = {0};
        set_up(&fixture);
        assert_in_range(pacer_take(&pacer, fixture.items, COUNT, paces[i], USEC_PER_SEC), 7, 20);
    }
}

static void audio_and_probes_overtake(void **state)
{
    struct fixture fixture;
    struct pacer pacer = {0};
    (void)state;
    set_up(&fixture);
    fixture.items[20].is_urgent = true;
    fixture.items[30].probe_cluster = 3;
    size_t taken = pacer_take(&pacer, fixture.items, COUNT, 800000, USEC_PER_SEC);
    assert_in_range(taken, 8, 30);
    assert_int_equal(fixture.items[taken - 2].rewrite.sequence, 20);
    assert_int_equal(fixture.items[taken - 1].rewrite.sequence, 30);
    for (size_t i = 0; i < taken - 2; i++)
        assert_int_equal(fixture.items[i].rewrite.sequence, i);
    uint16_t next = (uint16_t)(taken - 2);
    for (size_t i = taken; i < COUNT; i++, next++) {
        while (next == 20 || next == 30)
            next++;
        assert_int_equal(fixture.items[i].rewrite.sequence, next);
    }
}

static void what_fits_is_not_delayed(void **state)
{
    struct fixture fixture;
    struct pacer pacer = {0};
    (void)state;
    set_up(&fixture);
    for (usec_t now = USEC_PER_SEC; now < 3 * USEC_PER_SEC; now += 33 * MS) /* 4 kB a frame: 970 kbit/s */
        assert_int_equal(pacer_take(&pacer, fixture.items, 4, 2500000, now), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_pace_all_goes),
        cmocka_unit_test(a_flood_goes_out_in_portions),
        cmocka_unit_test(a_burst_is_spread_and_nothing_waits_too_long),
        cmocka_unit_test(a_burst_fits_into_a_shallow_queue),
        cmocka_unit_test(audio_and_probes_overtake),
        cmocka_unit_test(what_fits_is_not_delayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
