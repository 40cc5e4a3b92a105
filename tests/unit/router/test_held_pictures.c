/* While a worker is busy, what a subscriber gets of a picture waits for the picture's last packet. */
#include "tests/unit/router/call_fixture.h"

#define WAIT (2 * MS)

static struct fixture *set_up_showing(void)
{
    struct fixture *f = set_up(0);
    send_packet(f, VIDEO(.sequence = 10, .ssrc = 20, .mid = "v", .vp8.is_key = true, .marker = true));
    assert_int_equal(f->to_s.count, 1);
    router_hold_pictures(f->router, WAIT);
    return f;
}

static void a_picture_leaves_with_its_last_packet(void **state)
{
    struct fixture *f = set_up_showing();
    (void)state;
    for (uint16_t i = 0; i < 3; i++) {
        send_packet(f, VIDEO(.sequence = (uint16_t)(11 + i), .timestamp = 3000, .ssrc = 20, .vp8.picture = 1));
        assert_int_equal(f->to_s.count, 1);
    }
    send_packet(f, VIDEO(.sequence = 14, .timestamp = 3000, .ssrc = 20, .vp8.picture = 1, .marker = true));
    assert_int_equal(f->to_s.count, 5);
    tear_down(f);
}

static void a_last_packet_that_is_late_is_not_waited_for_long(void **state)
{
    struct fixture *f = set_up_showing();
    (void)state;
    send_packet(f, VIDEO(.sequence = 11, .timestamp = 3000, .ssrc = 20, .vp8.picture = 1));
    assert_int_equal(f->to_s.count, 1);
    assert_true(router_next(f->router) <= f->now + WAIT);
    f->now += WAIT;
    router_timeout(f->router, f->now, WALL + f->now);
    drain(f);
    assert_int_equal(f->to_s.count, 2);
    tear_down(f);
}

static void audio_waits_for_nothing(void **state)
{
    struct fixture *f = set_up_showing();
    (void)state;
    send_packet(f, AUDIO(.sequence = 10, .ssrc = 30, .mid = "a"));
    assert_int_equal(f->to_s.count, 2);
    send_packet(f, VIDEO(.sequence = 11, .timestamp = 3000, .ssrc = 20, .vp8.picture = 1));
    assert_int_equal(f->to_s.count, 2);
    send_packet(f, AUDIO(.sequence = 11, .timestamp = 960, .ssrc = 30)); /* and what waits goes with it */
    assert_int_equal(f->to_s.count, 4);
    tear_down(f);
}

static void a_large_picture_is_not_kept_for_its_end(void **state)
{
    struct fixture *f = set_up_showing();
    uint16_t sequence = 11;
    (void)state;
    while (f->to_s.count == 1 && sequence < 100)
        send_packet(f, VIDEO(.sequence = sequence++, .timestamp = 3000, .ssrc = 20, .vp8.picture = 1));
    assert_in_range(sequence, 20, 40);
    assert_int_equal(f->to_s.count, 1 + sequence - 11);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_leaves_with_its_last_packet),
        cmocka_unit_test(a_last_packet_that_is_late_is_not_waited_for_long),
        cmocka_unit_test(audio_waits_for_nothing),
        cmocka_unit_test(a_large_picture_is_not_kept_for_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
