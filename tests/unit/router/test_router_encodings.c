#include "tests/unit/router/call_fixture.h"

/* Two encodings 40 ms of video apart: SRs tell how their clocks relate. */
static void send_encodings(struct fixture *f, unsigned encodings, unsigned i, bool is_key)
{
    static const char *const rids[] = {"q", "h", "f"};
    for (unsigned encoding = 0; encoding < 3; encoding++)
        if (encodings & 1u << encoding)
            send_packet(f, VIDEO(.sequence = (uint16_t)(1000 * encoding + i), .timestamp = 100000 * encoding + i * 3600,
                                 .ssrc = 20 + encoding, .mid = "v", .rid = rids[encoding], .vp8.is_key = is_key,
                                 .vp8.picture = (uint16_t)i));
}

static void test_encodings_switch_on_keyframes_with_aligned_timestamps(void **state)
{
    struct fixture *f = set_up(3);
    unsigned i = 0;
    (void)state;
    send_encodings(f, 1, i, true);
    for (i = 1; i < 60; i++) { /* 2.4 s */
        pass(f, 40 * MS);
        send_encodings(f, 5, i, false);
        if (i == 10) {
            send_sr(f, 20, 0 * 100000 + i * 3600);
            send_sr(f, 22, 2 * 100000 + i * 3600);
        }
    }
    assert_int_equal(f->to_s.count, 60); /* the top is proven only after 2 s, and its keyframe is still to come */
    uint32_t before = last(f)->timestamp;
    uint16_t sequence = last(f)->sequence;
    unsigned plis = f->to_p.plis;
    assert_true(plis >= 1);
    pass(f, 65 * MS); /* late: arrival is no measure */
    send_encodings(f, 5, i, true);
    assert_int_equal(f->to_s.count, 62); /* the last of the one, the first of the other */
    for (unsigned n = 0; n < 2; n++)
        assert_int_equal(f->to_s.packets[60 + n].sequence, (uint16_t)(sequence + 1 + n));
    assert_int_equal(f->to_s.packets[60].timestamp - before, 3600);
    /* The same instant as the packet before: at least a frame later, never the same. */
    assert_in_range(f->to_s.packets[61].timestamp - before, 3601, 3600 + 1800);
    size_t count = f->to_s.count;
    send_encodings(f, 5, i + 1, false);
    assert_int_equal(f->to_s.count, count + 1); /* only the top one now */
    tear_down(f);
}

static void test_the_slot_falls_back_when_an_encoding_stops(void **state)
{
    struct fixture *f = set_up(3);
    unsigned i = 0;
    (void)state;
    send_encodings(f, 4, i, true);
    for (i = 1; i < 10; i++) {
        pass(f, 40 * MS);
        send_encodings(f, 7, i, false);
    }
    assert_int_equal(f->to_s.count, 10);
    uint16_t sequence = last(f)->sequence;
    unsigned plis = f->to_p.plis;
    for (; i < 45; i++) {
        pass(f, 40 * MS);
        send_encodings(f, 3, i, false);
    }
    assert_int_equal(f->to_s.count, 10);
    assert_true(f->to_p.plis > plis);
    send_encodings(f, 3, i, true);
    assert_int_equal(f->to_s.count, 11);
    assert_int_equal(last(f)->sequence, (uint16_t)(sequence + 1));
    assert_int_equal(f->to_s.payloads[10][3], 10); /* picture ids go on: 0..9, 10 */
    tear_down(f);
}

static void test_mute_stops_and_unmute_begins_with_a_keyframe(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    send_packet(f, AUDIO(.sequence = 1, .ssrc = 30, .mid = "a"));
    assert_int_equal(participant_mute(f->p, "screen", true, f->now), ERR_NOT_FOUND);
    assert_int_equal(participant_mute(f->p, "camera", true, f->now), 0);
    assert_int_equal(participant_mute(f->p, "microphone", true, f->now), 0);
    pass(f, 3000 * MS);
    send_packet(f, VIDEO(.sequence = 2, .timestamp = 90000, .ssrc = 20, .vp8.is_key = true));
    send_packet(f, AUDIO(.sequence = 2, .timestamp = 48000, .ssrc = 30));
    assert_int_equal(f->to_s.count, 2);
    unsigned plis = f->to_p.plis;
    participant_mute(f->p, "camera", false, f->now);
    participant_mute(f->p, "microphone", false, f->now);
    drain(f);
    assert_int_equal(f->to_p.plis, plis + 1);
    send_packet(f, AUDIO(.sequence = 3, .timestamp = 48000 * 3, .ssrc = 30));
    send_packet(f, VIDEO(.sequence = 3, .timestamp = 90000 * 3, .ssrc = 20));
    assert_int_equal(f->to_s.count, 3);
    assert_int_equal(last(f)->timestamp - f->to_s.packets[1].timestamp, 48000 * 3);
    assert_int_equal(last(f)->sequence, (uint16_t)(f->to_s.packets[1].sequence + 1));
    send_packet(f, VIDEO(.sequence = 4, .timestamp = 90000 * 3, .ssrc = 20, .vp8.is_key = true));
    assert_int_equal(last(f)->timestamp - f->to_s.packets[0].timestamp, 90000 * 3);
    assert_int_equal(last(f)->sequence, (uint16_t)(f->to_s.packets[0].sequence + 1));
    tear_down(f);
}

/* While its path is being found: a keyframe of the encoding that its link is assumed to carry is requested. */
static void test_a_newcomer_to_a_simulcast_waits_for_no_keyframe(void **state)
{
    struct fixture *f = set_up(3);
    unsigned i = 0;
    (void)state;
    send_encodings(f, 7, i, true);
    for (i = 1; i < 30; i++) {
        pass(f, 40 * MS);
        send_encodings(f, 7, i, false);
    }
    router_leave(f->router, f->s, f->now);
    assert_int_equal(router_join(f->router, &f->s, "room", "s", 3, f->now), 0);
    size_t count = f->to_s.count;
    unsigned plis = f->to_p.plis;
    configure_s(f, 2);
    pass(f, 40 * MS);
    assert_int_equal(f->to_p.plis, plis + 1);
    send_encodings(f, 7, i, true);
    pass(f, 40 * MS);
    send_encodings(f, 7, i + 1, false);
    assert_int_equal(f->to_s.count, count);
    participant_set_ready(f->s, true, f->now);
    drain(f);
    assert_int_equal(f->to_s.count, count + 2);
    assert_int_equal(f->to_p.plis, plis + 1);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings_switch_on_keyframes_with_aligned_timestamps),
        cmocka_unit_test(test_a_newcomer_to_a_simulcast_waits_for_no_keyframe),
        cmocka_unit_test(test_the_slot_falls_back_when_an_encoding_stops),
        cmocka_unit_test(test_mute_stops_and_unmute_begins_with_a_keyframe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
