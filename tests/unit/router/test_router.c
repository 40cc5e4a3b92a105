#include "tests/unit/router/call_fixture.h"

static void test_video_begins_with_a_keyframe_that_was_asked_for(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send_packet(f, VIDEO(.sequence = 10, .ssrc = 20, .mid = "v"));
    assert_int_equal(f->to_s.count, 0);
    assert_int_equal(f->to_p.plis, 1);
    pass(f, 450 * MS); /* the request is repeated until a keyframe comes */
    assert_in_range(f->to_p.plis, 2, 4);
    send_packet(f, VIDEO(.sequence = 11, .timestamp = 3000, .ssrc = 20, .vp8.is_key = true));
    assert_int_equal(f->to_s.count, 1);
    assert_int_equal(last(f)->ssrc, SLOT_VIDEO);
    assert_int_equal(last(f)->payload_type, DOWN_VP8);
    assert_true(last(f)->sequence < 0x8000);
    unsigned plis = f->to_p.plis;
    pass(f, 2000 * MS);
    assert_int_equal(f->to_p.plis, plis);
    tear_down(f);
}

static void test_ssrcs_are_learnt_from_mid_and_rid_and_kept(void **state)
{
    struct fixture *f = set_up(3);
    struct participant_stats stats;
    (void)state;
    assert_int_equal(send_packet(f, VIDEO(.sequence = 5, .ssrc = 22)), ERR_NOT_FOUND); /* which encoding? */
    assert_int_equal(send_packet(f, VIDEO(.sequence = 6, .ssrc = 22, .mid = "v", .rid = "x")), ERR_NOT_FOUND);
    assert_int_equal(send_packet(f, VIDEO(.sequence = 7, .ssrc = 22, .mid = "v", .rid = "f", .vp8.is_key = true)), 0);
    assert_int_equal(send_packet(f, VIDEO(.sequence = 8, .ssrc = 22)), 0);
    assert_int_equal(send_packet(f, AUDIO(.sequence = 8, .ssrc = 30)), 0); /* the only m-line with this payload type */
    assert_int_equal(send_packet(f, AUDIO(.sequence = 8, .ssrc = 31, .mid = "z")), ERR_NOT_FOUND);
    assert_int_equal(f->to_s.count, 3);
    participant_get_stats(f->p, &stats);
    assert_int_equal(stats.unknown_ssrc, 3);
    tear_down(f);
}

static void test_rtx_may_come_before_its_media(void **state)
{
    struct fixture *f = set_up(3);
    (void)state;
    /* A probe, and an old packet: nothing to forward, nothing wrong. */
    assert_int_equal(send_packet(f, RTX(.sequence = 1, .ssrc = 99, .mid = "v", .rrid = "h", .is_empty = true)), 0);
    assert_int_equal(send_packet(f, RTX(.sequence = 2, .ssrc = 99, .original = 400)), 0);
    send_packet(f, VIDEO(.sequence = 500, .ssrc = 21, .mid = "v", .rid = "h", .vp8.is_key = true));
    send_packet(f, VIDEO(.sequence = 502, .ssrc = 21, .vp8.picture = 2));
    assert_int_equal(f->to_p.nacks, 1);
    assert_int_equal(f->to_p.nacked, 501);
    send_packet(f, RTX(.sequence = 3, .ssrc = 99, .original = 501, .vp8.picture = 1));
    assert_int_equal(f->to_s.count, 3);
    assert_int_equal(f->to_s.packets[1].sequence, f->to_s.packets[0].sequence + 2);
    assert_int_equal(last(f)->sequence, f->to_s.packets[0].sequence + 1);
    assert_int_equal(last(f)->ssrc, SLOT_VIDEO); /* to the subscriber it is an ordinary packet */
    pass(f, 500 * MS);
    assert_int_equal(f->to_p.nacks, 1);
    tear_down(f);
}

static void test_announced_ssrcs_need_no_extensions(void **state)
{
    struct fixture *f = set_up(1);
    (void)state;
    f->up[1].encodings[0] = (struct media_encoding){.ssrc = 555, .rtx_ssrc = 556};
    configure_p(f, 2);
    assert_int_equal(send_packet(f, VIDEO(.sequence = 1, .ssrc = 555, .vp8.is_key = true)), 0);
    assert_int_equal(f->to_s.count, 1);
    /* The same mid on another SSRC counts only once the first is silent. */
    assert_int_equal(send_packet(f, VIDEO(.sequence = 1, .ssrc = 777, .mid = "v", .vp8.is_key = true)), ERR_NOT_FOUND);
    pass(f, 600 * MS);
    assert_int_equal(send_packet(f, VIDEO(.sequence = 9000, .ssrc = 777, .mid = "v", .vp8.is_key = true)), 0);
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(last(f)->sequence, f->to_s.packets[0].sequence + 1);
    configure_p(f, 2); /* the same announcement again is no news */
    assert_int_equal(send_packet(f, VIDEO(.sequence = 9001, .ssrc = 777)), 0);
    assert_int_equal(f->to_s.count, 3);
    tear_down(f);
}

static void test_unknown_payload_types_are_counted(void **state)
{
    struct fixture *f = set_up(0);
    struct participant_stats stats;
    (void)state;
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    struct published_packet odd = *VIDEO(.sequence = 2, .ssrc = 20);
    odd.payload_type = 126;
    assert_int_equal(send_packet(f, &odd), ERR_UNSUPPORTED);
    participant_get_stats(f->p, &stats);
    assert_int_equal(stats.unknown_payload, 1);
    assert_int_equal(f->to_s.count, 1);
    tear_down(f);
}

static void test_a_receiver_without_the_codec_gets_nothing(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    f->down[1].codecs[0].codec = CODEC_H264;
    configure_s(f, 2);
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    assert_int_equal(f->to_s.count, 0);
    pass(f, 3000 * MS);
    assert_int_equal(f->to_p.plis, 0); /* no keyframe would help */
    tear_down(f);
}

static void test_leaving_takes_everything_along(void **state)
{
    struct fixture *f = set_up(0);
    struct slot_stats slots[4];
    struct participant *twin;
    (void)state;
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    assert_int_equal(router_join(f->router, &twin, "room", "p", 3, f->now), ERR_DUPLICATE);
    router_leave(f->router, f->p, f->now);
    assert_int_equal(participant_slots(f->s, slots, 4), 2);
    assert_string_equal(slots[0].publication, "");
    nack_from_s(f, SLOT_VIDEO, last(f)->sequence);
    assert_int_equal(f->to_s.count, 1);
    f->p = NULL;
    tear_down(f);
}

/* The keyframe that came meanwhile is the first that is sent then. */
static void test_nothing_is_queued_before_the_path_is_up(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    participant_set_ready(f->s, false, f->now);
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    assert_int_equal(f->to_s.count, 0);
    unsigned plis = f->to_p.plis;
    participant_set_ready(f->s, true, f->now);
    drain(f);
    assert_int_equal(f->to_p.plis, plis);
    assert_int_equal(f->to_s.count, 1);
    tear_down(f);
}

static void test_speakers_are_announced(void **state)
{
    struct fixture *f = set_up(0);
    struct router_event event;
    unsigned began = 0, ended = 0;
    (void)state;
    for (uint16_t i = 0; i < 150; i++) {
        if (i < 50)
            send_packet(f, AUDIO(.sequence = i, .timestamp = i * 960u, .ssrc = 30, .mid = "a"));
        pass(f, 20 * MS);
        while (router_poll_event(f->router, &event)) {
            assert_int_equal(event.type, ROUTER_EVENT_SPEAKERS);
            assert_string_equal(event.room, "room");
            began += strcmp(event.text, "p") == 0;
            ended += strcmp(event.text, "") == 0;
        }
    }
    assert_int_equal(began, 1);
    assert_int_equal(ended, 1);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_video_begins_with_a_keyframe_that_was_asked_for),
        cmocka_unit_test(test_ssrcs_are_learnt_from_mid_and_rid_and_kept),
        cmocka_unit_test(test_rtx_may_come_before_its_media),
        cmocka_unit_test(test_announced_ssrcs_need_no_extensions),
        cmocka_unit_test(test_unknown_payload_types_are_counted),
        cmocka_unit_test(test_a_receiver_without_the_codec_gets_nothing),
        cmocka_unit_test(test_leaving_takes_everything_along),
        cmocka_unit_test(test_nothing_is_queued_before_the_path_is_up),
        cmocka_unit_test(test_speakers_are_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
