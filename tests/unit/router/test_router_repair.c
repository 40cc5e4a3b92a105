#include "tests/unit/router/call_fixture.h"

static void test_lost_packets_are_resent_within_limits(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    uint16_t sequence = last(f)->sequence;
    nack_from_s(f, SLOT_VIDEO, sequence);
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(last(f)->ssrc, SLOT_VIDEO_RTX);
    assert_int_equal(last(f)->payload_type, DOWN_RTX);
    assert_int_equal(get_u16(f->to_s.payloads[1]), sequence);
    assert_memory_equal(f->to_s.payloads[1] + 2, f->to_s.payloads[0], 14);
    for (int i = 0; i < 50; i++) {
        nack_from_s(f, SLOT_VIDEO, sequence);
        nack_from_s(f, SLOT_VIDEO, (uint16_t)(sequence + 1 + i)); /* never sent */
        pass(f, 10 * MS);
    }
    assert_int_equal(f->to_s.count, 5); /* three times in all, and then once an empty packet in its place */
    assert_int_equal(last(f)->payload_length, 2);
    tear_down(f);
}

/* After an outage, when most of it is too old. */
static void test_a_nack_is_read_to_its_end(void **state)
{
    struct fixture *f = set_up(0);
    uint16_t lost[900];
    (void)state;
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    for (size_t i = 0; i < 900; i++)
        lost[i] = (uint16_t)(last(f)->sequence + i - 899);
    nack_many_from_s(f, SLOT_VIDEO, lost, 900);
    assert_int_equal(f->to_s.count, 2);
    tear_down(f);
}

static void test_without_rtx_packets_are_resent_as_they_were(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send_packet(f, AUDIO(.sequence = 1, .timestamp = 960, .ssrc = 30, .mid = "a"));
    nack_from_s(f, SLOT_AUDIO, last(f)->sequence);
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(f->to_s.packets[0].sequence, f->to_s.packets[1].sequence);
    assert_int_equal(f->to_s.packets[0].timestamp, f->to_s.packets[1].timestamp);
    assert_int_equal(last(f)->ssrc, SLOT_AUDIO);
    tear_down(f);
}

static void test_padding_leaves_no_gap(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    send_packet(f, VIDEO(.sequence = 2, .ssrc = 20, .is_empty = true));
    send_packet(f, VIDEO(.sequence = 3, .ssrc = 20));
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(last(f)->sequence, (uint16_t)(f->to_s.packets[0].sequence + 1));
    assert_int_equal(f->to_p.nacks, 0);
    tear_down(f);
}

static void test_a_late_first_packet_of_a_keyframe_brings_the_rest(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v"));
    struct published_packet rest = *VIDEO(.sequence = 3, .timestamp = 3000, .ssrc = 20);
    rest.vp8.is_start = false;
    send_packet(f, &rest);
    rest.sequence = 4;
    send_packet(f, &rest);
    assert_int_equal(f->to_s.count, 0);
    send_packet(f, VIDEO(.sequence = 2, .timestamp = 3000, .ssrc = 20, .vp8.is_key = true));
    assert_int_equal(f->to_s.count, 3);
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(f->to_s.packets[i].sequence, (uint16_t)(f->to_s.packets[0].sequence + i));
    tear_down(f);
}

static void test_duplicates_are_dropped(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send_packet(f, AUDIO(.sequence = 1, .ssrc = 30, .mid = "a"));
    assert_int_equal(send_packet(f, AUDIO(.sequence = 1, .ssrc = 30)), ERR_DUPLICATE);
    assert_int_equal(f->to_s.count, 1);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost_packets_are_resent_within_limits),
        cmocka_unit_test(test_a_nack_is_read_to_its_end),
        cmocka_unit_test(test_without_rtx_packets_are_resent_as_they_were),
        cmocka_unit_test(test_padding_leaves_no_gap),
        cmocka_unit_test(test_a_late_first_packet_of_a_keyframe_brings_the_rest),
        cmocka_unit_test(test_duplicates_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
