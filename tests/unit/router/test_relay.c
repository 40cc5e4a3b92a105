/* A publisher on one core and a viewer on another: what is relayed to the viewer, and which requests come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/video_line.h"
#include "tests/unit/router/two_cores.h"

static void media_is_relayed_and_keyframes_are_asked_for(void **state)
{
    struct two_cores *f = two_cores_start();
    struct publication_stats stats;
    (void)state;
    two_cores_play(f, 500 * MS, 3);
    assert_int_equal(f->received, 0);
    two_cores_relay(f);
    two_cores_play(f, 2000 * MS, 3);
    assert_in_range(f->received, 50, 61);
    assert_int_equal(f->gaps, 0);
    assert_int_equal(f->last_payload_type, 100);
    assert_int_equal(two_cores_slot(f).encoding, 1);
    assert_int_equal(participant_publications(f->origin, &stats, 1), 1);
    assert_int_equal(stats.subscribers, 1);
    assert_true(stats.keyframe_requests > 0);
    two_cores_end(f);
}

/* The budget is the viewer's, wherever it is. */
static void a_viewer_elsewhere_costs_few_keyframes(void **state)
{
    struct two_cores *f = two_cores_start();
    (void)state;
    two_cores_relay(f);
    two_cores_play(f, 2000 * MS, 3);
    unsigned before = f->plis_in_all;
    f->is_asking = true;
    two_cores_play(f, 10000 * MS, 3);
    assert_in_range(f->plis_in_all - before, 3, 8);
    two_cores_end(f);
}

static void a_request_comes_back(void **state)
{
    struct two_cores *f = two_cores_start();
    const struct router_request small = {.mid = "v", .width = 160, .height = 90, .priority = 1};
    const struct router_request large = {.mid = "v", .width = 1280, .height = 720, .priority = 1};
    (void)state;
    two_cores_relay(f);
    two_cores_play(f, 8000 * MS, 3);
    assert_int_equal(two_cores_slot(f).encoding, 1);
    assert_int_equal(f->asked, 0); /* all are sent; nothing had to be said */
    participant_receive(f->viewer, &small, 1, f->now);
    two_cores_play(f, 8000 * MS, 3);
    assert_int_equal(f->asked, 1);
    assert_int_equal(two_cores_slot(f).encoding, 0);
    unsigned before = f->received;
    participant_receive(f->viewer, &large, 1, f->now);
    two_cores_turn(f);
    assert_int_equal(f->asked, 3); /* at once */
    two_cores_play(f, 2000 * MS, 3);
    assert_int_equal(two_cores_slot(f).encoding, 1);
    assert_true(f->received - before > 50);
    assert_int_equal(f->gaps, 0);
    two_cores_end(f);
}

static void what_is_not_watched_is_not_relayed(void **state)
{
    struct two_cores *f = two_cores_start();
    const struct router_request small = {.mid = "v", .width = 160, .height = 90, .priority = 1};
    (void)state;
    two_cores_relay(f);
    two_cores_play(f, 6000 * MS, 3);
    participant_receive(f->viewer, &small, 1, f->now);
    two_cores_play(f, 6000 * MS, 3);
    two_cores_send_frame(f, 0, false);
    two_cores_send_frame(f, 1, false);
    unsigned before = f->medias;
    two_cores_deliver_from(f, ORIGIN);
    assert_int_equal(f->medias - before, 1);
    two_cores_end(f);
}

static void a_mute_is_told(void **state)
{
    struct two_cores *f = two_cores_start();
    (void)state;
    two_cores_relay(f);
    two_cores_play(f, 1000 * MS, 3);
    assert_int_equal(participant_mute(f->origin, "camera", true, f->now), 0);
    unsigned before = f->received;
    two_cores_play(f, 500 * MS, 3);
    assert_int_equal(f->received, before);
    assert_int_equal(two_cores_slot(f).state, SLOT_MUTED);
    assert_int_equal(participant_mute(f->origin, "camera", false, f->now), 0);
    two_cores_play(f, 500 * MS, 3);
    assert_true(f->received > before + 8);
    assert_int_equal(f->gaps, 0);
    two_cores_end(f);
}

static void reports_are_relayed_also_those_from_before(void **state)
{
    struct two_cores *f = two_cores_start();
    struct rtcp_writer writer;
    struct rtcp_sender_info info = {.ssrc = SSRC(1), .ntp = UINT64_C(0xe9000000) << 32, .rtp_timestamp = 1};
    uint8_t data[64];
    (void)state;
    two_cores_play(f, 200 * MS, 3);
    rtcp_writer_init(&writer, data, sizeof data);
    assert_int_equal(rtcp_write_sr(&writer, &info, NULL, 0), 0);
    assert_int_equal(participant_rtcp(f->origin, data, writer.length, f->now, WALL + f->now), 0);
    assert_false(router_has_relay(f->routers[ORIGIN])); /* nobody is there */
    two_cores_relay(f);
    two_cores_deliver_from(f, ORIGIN);
    assert_int_equal(f->reports, 1);
    assert_int_equal(f->report_wall_us, WALL + f->now);
    two_cores_play(f, 500 * MS, 3);
    two_cores_end(f);
}

/* It says so with the publisher's own payload type, for the publisher is asked for another codec; and lets all but the
 * lowest encoding pause. */
static void a_viewer_elsewhere_is_told_what_it_cannot_decode(void **state)
{
    struct two_cores *f = two_cores_start();
    (void)state;
    f->up.codec_count = 2;
    f->up.codecs[1] = f->up.codecs[0];
    f->up.codecs[1].codec = CODEC_VP9;
    f->up.codecs[1].payload_type = f->sent_payload_type = VP9;
    f->up.codecs[1].rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE;
    two_cores_publish(f, f->origin);
    two_cores_relay(f);
    two_cores_play(f, 8000 * MS, 3);
    assert_int_equal(two_cores_slot(f).state, SLOT_UNSUPPORTED_CODEC);
    assert_int_equal(two_cores_slot(f).codec, CODEC_VP9);
    assert_int_equal(f->received, 0);
    assert_int_equal(f->slot_events, 1);
    assert_string_equal(f->slot.publication, "p/camera");
    assert_int_equal(f->slot.slot_state, SLOT_UNSUPPORTED_CODEC);
    assert_int_equal(f->slot.payload_type, VP9);
    assert_int_equal(f->asked, 1);
    f->sent_payload_type = VP8;
    two_cores_play(f, 2000 * MS, 3);
    assert_int_equal(two_cores_slot(f).state, SLOT_LIVE);
    assert_int_equal(two_cores_slot(f).encoding, 1);
    assert_in_range(f->received, 50, 61);
    assert_int_equal(f->slot.slot_state, SLOT_LIVE);
    assert_int_equal(f->asked, 3);
    two_cores_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_is_relayed_and_keyframes_are_asked_for),
        cmocka_unit_test(a_viewer_elsewhere_costs_few_keyframes),
        cmocka_unit_test(a_request_comes_back),
        cmocka_unit_test(what_is_not_watched_is_not_relayed),
        cmocka_unit_test(a_mute_is_told),
        cmocka_unit_test(reports_are_relayed_also_those_from_before),
        cmocka_unit_test(a_viewer_elsewhere_is_told_what_it_cannot_decode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
