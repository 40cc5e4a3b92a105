/* A receiver of video that sends no RTCP is sent no more video, until RTCP comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "transport/wire/rtcp.h"
#include "transport/wire/rtp.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
#define FRAME (40 * MS)
enum { UP_VIDEO = 20, UP_AUDIO, DOWN_VIDEO = 1000, DOWN_AUDIO };

struct fixture {
    struct router *router;
    struct participant *publisher, *viewer;
    uint16_t sequence;
    usec_t now;
    unsigned video, audio; /* packets that the viewer got since they were last looked at */
};

static struct media line_of(enum media_kind kind)
{
    bool is_video = kind == MEDIA_VIDEO;
    struct media media = {.kind = kind, .codec_count = 1};
    snprintf(media.mid, sizeof media.mid, "%s", is_video ? "v" : "a");
    media.codecs[0] = (struct media_codec){.codec = is_video ? CODEC_VP8 : CODEC_OPUS,
                                           .payload_type = is_video ? 96 : 111,
                                           .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                           .clock_rate = is_video ? 90000 : 48000};
    return media;
}

static struct fixture set_up(void)
{
    static const struct router_send sends[] = {{"v", "camera", false}, {"a", "microphone", false}};
    static const struct router_receive receives[] = {{"v", "p/camera"}, {"a", "p/microphone"}};
    struct media up[2] = {line_of(MEDIA_VIDEO), line_of(MEDIA_AUDIO)}, down[2] = {up[0], up[1]};
    struct fixture f = {.now = USEC_PER_SEC};
    f.router = router_new(&(struct router_config){0}, 5);
    assert_int_equal(router_join(f.router, &f.publisher, "room", "p", 1, f.now), 0);
    assert_int_equal(router_join(f.router, &f.viewer, "room", "s", 2, f.now), 0);
    for (unsigned i = 0; i < 2; i++) {
        up[i].receive = true;
        up[i].encoding_count = 1;
        up[i].encodings[0].ssrc = UP_VIDEO + i;
        down[i].send = true;
        down[i].send_ssrc = DOWN_VIDEO + i;
    }
    participant_configure(f.publisher, up, 2, sends, 2, NULL, 0, f.now);
    participant_configure(f.viewer, down, 2, NULL, 0, receives, 2, f.now);
    participant_set_ready(f.publisher, true, f.now);
    participant_set_ready(f.viewer, true, f.now);
    return f;
}

static void tear_down(struct fixture *f)
{
    router_leave(f->router, f->publisher, f->now);
    router_leave(f->router, f->viewer, f->now);
    router_free(f->router);
}

static void drain(struct fixture *f)
{
    struct outgoing outgoing = {0};
    struct rtp_header header;
    while (outgoing_next(&outgoing, f->router, f->now)) {
        if (outgoing.is_rtcp)
            continue;
        assert_int_equal(rtp_parse(&header, outgoing.data, outgoing.length), 0);
        f->video += header.ssrc == DOWN_VIDEO;
        f->audio += header.ssrc == DOWN_AUDIO;
    }
}

static void publish(struct fixture *f, uint32_t ssrc)
{
    uint8_t data[PACKET_CAPACITY];
    const struct published_packet packet = {
        .payload_type = ssrc == UP_VIDEO ? 96 : 111,
        .sequence = f->sequence,
        .timestamp = (uint32_t)(f->now / 1000 * 90),
        .ssrc = ssrc,
        .is_vp8 = true,
        .vp8 = {.is_start = true, .has_picture = true, .picture = 1, .is_key = true}};
    (void)participant_rtp(f->publisher, data, published_packet_write(data, &packet), f->now);
}

/* Media flows for `duration`, every picture a keyframe; the counters begin anew. */
static void flow(struct fixture *f, usec_t duration)
{
    usec_t end = f->now + duration;
    f->video = f->audio = 0;
    while (f->now < end) {
        f->now += FRAME;
        f->sequence++;
        publish(f, UP_VIDEO);
        publish(f, UP_AUDIO);
        if (router_next(f->router) <= f->now)
            router_timeout(f->router, f->now, WALL + f->now);
        drain(f);
    }
}

enum answer { EMPTY_REPORT, REPORT, PLI, SENDER_REPORT, SENDER_REPORT_WITH_BLOCK, GOODBYE };

static void answer(struct fixture *f, enum answer kind)
{
    uint8_t data[200];
    struct rtcp_writer writer;
    struct rtcp_report_block block = {.ssrc = DOWN_VIDEO};
    struct rtcp_sender_info info = {.ssrc = 77, .ntp = 1};
    rtcp_writer_init(&writer, data, sizeof data);
    if (kind == EMPTY_REPORT || kind == REPORT)
        rtcp_write_rr(&writer, 77, &block, kind == REPORT);
    else if (kind == PLI)
        rtcp_write_pli(&writer, 77, DOWN_VIDEO);
    else if (kind == GOODBYE)
        rtcp_write_bye(&writer, 77);
    else
        rtcp_write_sr(&writer, &info, &block, kind == SENDER_REPORT_WITH_BLOCK);
    assert_int_equal(participant_rtcp(f->viewer, data, writer.length, f->now, WALL + f->now), 0);
}

static void expect_state(struct fixture *f, enum slot_state state, uint64_t timeouts)
{
    struct slot_stats slots[2];
    struct participant_stats stats;
    assert_int_equal(participant_slots(f->viewer, slots, 2), 2);
    const struct slot_stats *video = strcmp(slots[0].mid, "v") == 0 ? &slots[0] : &slots[1];
    assert_int_equal(video->state, state);
    participant_get_stats(f->viewer, &stats);
    assert_int_equal(stats.report_timeouts, timeouts);
}

static void video_stops_without_rtcp_and_audio_goes_on(void **state)
{
    (void)state;
    struct fixture f = set_up();
    flow(&f, 4500 * MS);
    assert_in_range(f.video, 110, 113);
    flow(&f, USEC_PER_SEC);
    expect_state(&f, SLOT_PAUSED_NO_REPORTS, 1);
    flow(&f, 60 * USEC_PER_SEC);
    assert_int_equal(f.video, 0);
    assert_int_equal(f.audio, 1500);
    expect_state(&f, SLOT_PAUSED_NO_REPORTS, 1);
    tear_down(&f);
}

static void any_answer_brings_it_back(void **state)
{
    static const struct {
        enum answer kind;
        bool counts;
    } rows[] = {{EMPTY_REPORT, true},   {REPORT, true},  {PLI, true}, {SENDER_REPORT_WITH_BLOCK, true},
                {SENDER_REPORT, false}, {GOODBYE, false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f = set_up();
        flow(&f, 6 * USEC_PER_SEC);
        expect_state(&f, SLOT_PAUSED_NO_REPORTS, 1);
        answer(&f, rows[i].kind);
        flow(&f, USEC_PER_SEC);
        assert_int_equal(f.video > 20, rows[i].counts);
        expect_state(&f, rows[i].counts ? SLOT_LIVE : SLOT_PAUSED_NO_REPORTS, 1);
        tear_down(&f);
    }
}

/* Of browsers (1 s), of RFC 3550 (5 s, up to 6.2 s with its randomness after a first one that comes early). */
static void who_reports_at_a_usual_pace_is_never_stopped(void **state)
{
    static const usec_t paces[][2] = {
        {1000 * MS, 1500 * MS}, {3100 * MS, 6200 * MS}, {2500 * MS, 5000 * MS}, {1030 * MS, 2070 * MS}};
    (void)state;
    for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++) {
        struct fixture f = set_up();
        for (unsigned k = 0; k < 20; k++) {
            flow(&f, paces[i][k > 0]);
            answer(&f, EMPTY_REPORT);
        }
        expect_state(&f, SLOT_LIVE, 0);
        tear_down(&f);
    }
}

/* However rarely it has reported so far. */
static void nobody_is_waited_for_longer_than_15_s(void **state)
{
    static const usec_t waits[] = {4, 11, 14};
    (void)state;
    struct fixture f = set_up();
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        flow(&f, waits[i] * USEC_PER_SEC);
        expect_state(&f, SLOT_LIVE, 0);
        answer(&f, EMPTY_REPORT);
    }
    flow(&f, 14500 * MS);
    expect_state(&f, SLOT_LIVE, 0);
    flow(&f, USEC_PER_SEC);
    expect_state(&f, SLOT_PAUSED_NO_REPORTS, 1);
    tear_down(&f);
}

static void a_still_picture_is_no_silence(void **state)
{
    (void)state;
    struct fixture f = set_up();
    flow(&f, 4 * USEC_PER_SEC);
    f.now += 20 * USEC_PER_SEC; /* nothing is sent: nothing to report */
    flow(&f, 4 * USEC_PER_SEC);
    expect_state(&f, SLOT_LIVE, 0);
    tear_down(&f);
}

static void a_new_path_has_its_own_time(void **state)
{
    (void)state;
    struct fixture f = set_up();
    flow(&f, 6 * USEC_PER_SEC);
    expect_state(&f, SLOT_PAUSED_NO_REPORTS, 1);
    participant_set_ready(f.viewer, false, f.now);
    participant_set_ready(f.viewer, true, f.now);
    flow(&f, USEC_PER_SEC);
    expect_state(&f, SLOT_LIVE, 1);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(video_stops_without_rtcp_and_audio_goes_on),
        cmocka_unit_test(any_answer_brings_it_back),
        cmocka_unit_test(who_reports_at_a_usual_pace_is_never_stopped),
        cmocka_unit_test(nobody_is_waited_for_longer_than_15_s),
        cmocka_unit_test(a_still_picture_is_no_silence),
        cmocka_unit_test(a_new_path_has_its_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
