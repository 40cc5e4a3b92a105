#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/summary_parts.h"

/* The names that scripts rely on. */
static void the_report_has_the_promised_names(void **state)
{
    (void)state;
    struct heddle_client_stats stats = {.participant = "p1",
                                        .room = "daily",
                                        .topology = "sfu",
                                        .topology_reason = "pin",
                                        .pin = "sfu",
                                        .pin_by = "Ann",
                                        .status = "connected",
                                        .duration_s = 1.5};
    stats.sent.video_frames = 30;
    stats.sent.rtt_ms = -1;
    stats.steps_ms[HEDDLE_CLIENT_STEP_ICE] = 151.26;
    stats.steps_ms[HEDDLE_CLIENT_STEP_FRAME] = -1;
    json_t *summary = summary_totals(&stats, 0.25);
    static const char *const names[] = {"participant", "room",   "topology", "topology_reason",
                                        "pin",         "pin_by", "status",   "duration_s",
                                        "cpu_s",       "sent",   "received"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(json_object_get(summary, names[i]));
    const json_t *sent = json_object_get(summary, "sent");
    assert_int_equal(json_integer_value(json_object_get(sent, "video_frames")), 30);
    assert_non_null(json_object_get(sent, "video_bytes"));
    assert_non_null(json_object_get(sent, "audio_packets"));
    assert_true(json_is_null(json_object_get(sent, "rtt_ms")));
    const json_t *steps = json_object_get(summary, "steps_ms");
    assert_true(json_number_value(json_object_get(steps, "ice")) == 151.3);
    assert_true(json_is_null(json_object_get(steps, "frame")));
    json_decref(summary);
}

static void a_remote_has_the_promised_names(void **state)
{
    (void)state;
    struct heddle_client_remote remote = {.participant = "p2", .name = "\"Bob\" \xc3\xa9", .source = "camera"};
    remote.video.frames_decoded = 7;
    remote.video.delay_p50_ms = 12;
    remote.video.delay_p95_ms = -1;
    remote.video.ssim = 0.98765;
    remote.video.longest_freeze_ms = 250.26;
    remote.audio.level_dbov = -20;
    remote.video.unsupported = "VP9";
    remote.audio.unsupported = "";
    json_t *summary = summary_remote(&remote);
    assert_non_null(summary);
    const json_t *video = json_object_get(summary, "video"), *audio = json_object_get(summary, "audio");
    static const char *const of_video[] = {
        "frames_decoded", "freezes", "longest_freeze_ms", "delay_p50_ms", "delay_p95_ms", "packets_lost", "ssim",
        "width",          "height",  "unsupported"};
    for (size_t i = 0; i < sizeof of_video / sizeof of_video[0]; i++)
        assert_non_null(json_object_get(video, of_video[i]));
    static const char *const of_audio[] = {"packets", "packets_lost", "level_dbov", "unsupported"};
    for (size_t i = 0; i < sizeof of_audio / sizeof of_audio[0]; i++)
        assert_non_null(json_object_get(audio, of_audio[i]));
    assert_string_equal(json_string_value(json_object_get(summary, "name")), remote.name);
    assert_int_equal(json_integer_value(json_object_get(video, "frames_decoded")), 7);
    assert_true(json_is_null(json_object_get(video, "delay_p95_ms")));
    assert_true(json_number_value(json_object_get(video, "ssim")) == 0.9877);
    assert_string_equal(json_string_value(json_object_get(video, "unsupported")), "VP9");
    assert_true(json_is_null(json_object_get(audio, "unsupported")));
    assert_true(json_number_value(json_object_get(video, "longest_freeze_ms")) == 250.3);
    json_decref(summary);
}

static void recoveries_and_switches_have_the_promised_names(void **state)
{
    (void)state;
    struct heddle_client_recovery lost = {
        .target = "p2", .cause = "failed", .path = "restart 1", .at_s = 3.25, .ms = 812.34, .gap_ms = -1};
    json_t *summary = summary_recovery(&lost);
    assert_string_equal(json_string_value(json_object_get(summary, "kind")), "recovery");
    assert_string_equal(json_string_value(json_object_get(summary, "target")), "p2");
    assert_string_equal(json_string_value(json_object_get(summary, "cause")), "failed");
    assert_string_equal(json_string_value(json_object_get(summary, "path")), "restart 1");
    assert_true(json_number_value(json_object_get(summary, "ms")) == 812.3);
    assert_true(json_is_null(json_object_get(summary, "gap_ms")));
    json_decref(summary);
    struct heddle_client_switch change = {.epoch = 4, .publication = "p2/camera", .topology = "sfu", .gap_ms = 33};
    summary = summary_switch(&change);
    assert_int_equal(json_integer_value(json_object_get(summary, "epoch")), 4);
    assert_string_equal(json_string_value(json_object_get(summary, "publication")), "p2/camera");
    assert_string_equal(json_string_value(json_object_get(summary, "topology")), "sfu");
    assert_true(json_number_value(json_object_get(summary, "gap_ms")) == 33);
    json_decref(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_has_the_promised_names),
        cmocka_unit_test(a_remote_has_the_promised_names),
        cmocka_unit_test(recoveries_and_switches_have_the_promised_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
