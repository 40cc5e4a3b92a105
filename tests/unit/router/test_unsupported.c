/* A viewer that cannot decode what a publisher sends: its slot says so, and why, and nothing is sent for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "transport/base/error.h"

#define MS USEC_PER_MSEC

enum { VP8 = 96, VP9 = 98, H264 = 102, SSRC = 20, SLOT_SSRC = 2000 };

struct fixture {
    struct router *router;
    struct participant *publisher, *viewer;
    struct media up, down;
    unsigned packets; /* that the viewer got */
    unsigned events;
    struct router_event event; /* the last about a slot */
    usec_t now;
};

static struct media_codec codec(enum codec name, uint8_t payload_type)
{
    return (struct media_codec){.codec = name,
                                .payload_type = payload_type,
                                .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                .clock_rate = 90000,
                                .channels = 1,
                                .pli = true};
}

static void configure_publisher(struct fixture *f, bool is_muted)
{
    const struct router_send sends[] = {{"v", "camera", is_muted}};
    participant_configure(f->publisher, &f->up, 1, sends, 1, NULL, 0, f->now);
}

static void configure_viewer(struct fixture *f)
{
    static const struct router_receive receives[] = {{"v", "p/camera"}};
    participant_configure(f->viewer, &f->down, 1, NULL, 0, receives, 1, f->now);
}

static void drain(struct fixture *f)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, f->router, f->now))
        f->packets += !outgoing.is_rtcp;
    while (router_poll_event(f->router, &event)) {
        if (event.type != ROUTER_EVENT_SLOTS)
            continue;
        f->event = event;
        f->events++;
    }
}

static void pass(struct fixture *f, usec_t duration)
{
    for (usec_t end = f->now + duration; f->now < end; f->now += 10 * MS) {
        if (router_next(f->router) <= f->now)
            router_timeout(f->router, f->now, f->now);
        drain(f);
    }
}

/* A publisher of VP8 or VP9, as it likes, and a viewer of VP8; the tests change that. */
static struct fixture *set_up(void)
{
    static struct fixture f;
    f = (struct fixture){.now = USEC_PER_SEC};
    f.router = router_new(&(struct router_config){0}, 7);
    f.up = (struct media){.mid = "v", .kind = MEDIA_VIDEO, .receive = true, .codec_count = 2, .encoding_count = 1};
    f.up.codecs[0] = codec(CODEC_VP8, VP8);
    f.up.codecs[1] = codec(CODEC_VP9, VP9);
    f.up.encodings[0].ssrc = SSRC;
    f.down = (struct media){.mid = "v", .kind = MEDIA_VIDEO, .send = true, .codec_count = 1, .send_ssrc = SLOT_SSRC};
    f.down.codecs[0] = codec(CODEC_VP8, VP8);
    assert_int_equal(router_join(f.router, &f.publisher, "room", "p", 1, f.now), 0);
    assert_int_equal(router_join(f.router, &f.viewer, "room", "s", 2, f.now), 0);
    participant_set_ready(f.publisher, true, f.now);
    participant_set_ready(f.viewer, true, f.now);
    return &f;
}

static void start(struct fixture *f)
{
    configure_publisher(f, false);
    configure_viewer(f);
    drain(f);
}

static void tear_down(struct fixture *f)
{
    router_leave(f->router, f->publisher, f->now);
    router_leave(f->router, f->viewer, f->now);
    router_free(f->router);
}

/* A keyframe of one packet. */
static void send(struct fixture *f, uint8_t payload_type, uint16_t sequence)
{
    static const uint8_t vp9[] = {0x0c, 1, 2, 3};
    static const uint8_t h264[] = {0x65, 0x88, 0x84};
    uint8_t data[PACKET_CAPACITY];
    struct published_packet packet = {.payload_type = payload_type,
                                      .marker = true,
                                      .sequence = sequence,
                                      .timestamp = sequence * 3000u,
                                      .ssrc = SSRC,
                                      .is_vp8 = payload_type == VP8,
                                      .vp8 = {.is_start = true, .is_key = true}};
    if (payload_type != VP8) {
        packet.payload.data = payload_type == VP9 ? vp9 : h264;
        packet.payload.length = payload_type == VP9 ? sizeof vp9 : sizeof h264;
    }
    assert_int_equal(participant_rtp(f->publisher, data, published_packet_write(data, &packet), f->now), 0);
    drain(f);
}

static void expect_state(const struct fixture *f, enum slot_state state, enum codec sent)
{
    struct slot_stats slot;
    assert_int_equal(participant_slots(f->viewer, &slot, 1), 1);
    assert_int_equal(slot.state, state);
    assert_int_equal(slot.codec, sent);
}

static void expect_event(const struct fixture *f, enum slot_state state, enum codec sent, uint8_t payload_type)
{
    assert_string_equal(f->event.publication, "p/camera");
    assert_int_equal(f->event.connection, 2);
    assert_int_equal(f->event.slot_state, state);
    assert_int_equal(f->event.codec, sent);
    assert_int_equal(f->event.payload_type, payload_type);
}

static void what_can_never_be_decoded_is_said_before_it_comes(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    f->up.codecs[0] = codec(CODEC_VP9, VP9);
    f->up.codec_count = 1;
    start(f);
    expect_state(f, SLOT_UNSUPPORTED_CODEC, CODEC_NONE);
    expect_event(f, SLOT_UNSUPPORTED_CODEC, CODEC_VP9, VP9);
    send(f, VP9, 1);
    expect_state(f, SLOT_UNSUPPORTED_CODEC, CODEC_VP9);
    assert_int_equal(f->packets, 0);
    f->down.codecs[1] = codec(CODEC_VP9, 100);
    f->down.codec_count = 2;
    configure_viewer(f);
    drain(f);
    expect_event(f, SLOT_LIVE, CODEC_VP9, VP9);
    send(f, VP9, 2);
    assert_int_equal(f->packets, 1);
    expect_state(f, SLOT_LIVE, CODEC_VP9);
    tear_down(f);
}

static void what_comes_decides(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    start(f);
    expect_state(f, SLOT_LIVE, CODEC_NONE);
    send(f, VP8, 1);
    assert_int_equal(f->packets, 1);
    assert_int_equal(f->events, 0);
    send(f, VP9, 2);
    pass(f, 1000 * MS);
    expect_state(f, SLOT_UNSUPPORTED_CODEC, CODEC_VP9);
    expect_event(f, SLOT_UNSUPPORTED_CODEC, CODEC_VP9, VP9);
    send(f, VP8, 3);
    pass(f, 1000 * MS);
    expect_event(f, SLOT_LIVE, CODEC_VP8, VP8);
    assert_int_equal(f->events, 2);
    assert_int_equal(f->packets, 2); /* the keyframe was shown at once */
    tear_down(f);
}

/* Another offer of who goes on sending the same is no news; its list may have another order. */
static void another_offer_is_no_news(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    start(f);
    send(f, VP9, 1);
    assert_int_equal(f->events, 1);
    f->up.codecs[0] = codec(CODEC_VP9, VP9);
    f->up.codecs[1] = codec(CODEC_VP8, VP8);
    configure_publisher(f, false);
    pass(f, 1000 * MS);
    expect_state(f, SLOT_UNSUPPORTED_CODEC, CODEC_VP9);
    assert_int_equal(f->events, 1);
    f->up.codecs[0] = codec(CODEC_H264, VP9); /* the number means something else now: nothing of that has come */
    configure_publisher(f, false);
    pass(f, 1000 * MS);
    expect_state(f, SLOT_LIVE, CODEC_NONE);
    tear_down(f);
}

/* A publisher that changes its codec with each packet does not cause as many messages. */
static void changing_codecs_all_the_time_is_not_told_each_time(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    start(f);
    for (uint16_t i = 0; i < 300; i++) {
        send(f, i % 2 == 0 ? VP9 : VP8, i);
        pass(f, 10 * MS);
    }
    assert_in_range(f->events, 1, 15); /* in 3 s */
    tear_down(f);
}

static void another_profile_is_another_reason(void **state)
{
    struct fixture *f = set_up();
    uint32_t high, constrained;
    (void)state;
    assert_true(codec_read_profile(CODEC_H264, "packetization-mode=1;profile-level-id=640c1f", &high));
    assert_true(codec_read_profile(CODEC_H264, "packetization-mode=1;profile-level-id=42e01f", &constrained));
    f->up.codecs[0] = codec(CODEC_H264, H264);
    f->up.codecs[0].profile = high;
    f->up.codec_count = 1;
    f->down.codecs[0] = codec(CODEC_H264, H264);
    f->down.codecs[0].profile = constrained;
    start(f);
    send(f, H264, 1);
    expect_state(f, SLOT_UNSUPPORTED_PROFILE, CODEC_H264);
    expect_event(f, SLOT_UNSUPPORTED_PROFILE, CODEC_H264, H264);
    tear_down(f);
}

static void muted_is_muted_and_gone_is_gone(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    f->up.codecs[0] = codec(CODEC_VP9, VP9);
    f->up.codec_count = 1;
    start(f);
    configure_publisher(f, true);
    drain(f);
    expect_state(f, SLOT_MUTED, CODEC_NONE);
    assert_int_equal(f->event.slot_state, SLOT_MUTED);
    configure_publisher(f, false);
    drain(f);
    expect_state(f, SLOT_UNSUPPORTED_CODEC, CODEC_NONE);
    expect_event(f, SLOT_UNSUPPORTED_CODEC, CODEC_VP9, VP9); /* told again */
    participant_configure(f->publisher, NULL, 0, NULL, 0, NULL, 0, f->now);
    expect_state(f, SLOT_LIVE, CODEC_NONE);
    tear_down(f);
}

/* Encodings that only this viewer would watch are watched by nobody. */
static void who_cannot_decode_asks_for_no_encodings(void **state)
{
    struct fixture *f = set_up();
    struct publication_stats publication;
    (void)state;
    f->up.codec_count = 1;
    f->up.codecs[0] = codec(CODEC_VP9, VP9);
    f->up.encoding_count = 3;
    for (unsigned i = 0; i < 3; i++)
        f->up.encodings[i].ssrc = SSRC + i;
    start(f);
    for (uint16_t i = 0; i < 500; i++) {
        send(f, VP9, i);
        pass(f, 20 * MS);
    }
    assert_int_equal(participant_publications(f->publisher, &publication, 1), 1);
    assert_int_equal(publication.asked_encodings, 1);
    assert_int_equal(f->packets, 0);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_never_be_decoded_is_said_before_it_comes),
        cmocka_unit_test(what_comes_decides),
        cmocka_unit_test(another_offer_is_no_news),
        cmocka_unit_test(changing_codecs_all_the_time_is_not_told_each_time),
        cmocka_unit_test(another_profile_is_another_reason),
        cmocka_unit_test(muted_is_muted_and_gone_is_gone),
        cmocka_unit_test(who_cannot_decode_asks_for_no_encodings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
