/* A publisher on core HOME, viewers there and on core AWAY: what crosses, and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/mirror.h"
#include "tests/support/vp8.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
enum { HOME, AWAY, CORES };
enum { VP8 = 96, RTX = 97, VP9 = 98, ID_RID = 2 };
#define LAYERS 2
#define SSRC(layer) (500u + (uint32_t)(layer))

struct fixture {
    struct router *routers[CORES];
    struct participant *home, *mirror, *viewer; /* the viewer is away */
    struct media up, down;
    uint16_t sequence[LAYERS], picture;
    unsigned received, plis, asked_in_all;
    bool is_asking; /* the viewer sends a PLI with every frame */
    uint8_t sent_payload_type, last_payload_type;
    struct router_event slot; /* the last event of the viewer's */
    unsigned slot_events;
    uint16_t last_sequence;
    unsigned gaps, asked; /* the layers that the publisher was asked for last */
    usec_t now;
};

static const struct router_send sends[] = {{"v", "camera", false}};
static const struct router_receive receives[] = {{"v", "p/camera"}};

static void cross_from(struct fixture *f, unsigned from)
{
    size_t count;
    const struct mirror_item *items = router_crossing(f->routers[from], &count);
    for (size_t i = 0; i < count; i++) {
        const struct packet *packet = items[i].packet;
        struct participant *to = from == HOME ? f->mirror : f->home;
        assert_int_equal(items[i].handle, participant_handle(from == HOME ? f->home : f->mirror));
        assert_int_equal(items[i].to, 1u << (from == HOME ? AWAY : HOME));
        if (to == NULL) /* gone meanwhile: for nobody */
            continue;
        assert_int_equal(participant_cross(to, from, &items[i].message, packet != NULL ? packet->data : NULL,
                                           packet != NULL ? packet->length : 0, f->now),
                         0);
    }
    router_crossed(f->routers[from]);
}

static void take_rtp(struct fixture *f, const struct egress *item)
{
    uint8_t data[PACKET_CAPACITY];
    struct rtp_header header;
    size_t length = participant_write(f->viewer, item, data, f->now);
    assert_int_equal(rtp_parse(&header, data, length), 0);
    f->gaps += f->received > 0 && header.sequence != (uint16_t)(f->last_sequence + 1);
    f->last_sequence = header.sequence;
    f->last_payload_type = header.payload_type;
    f->received++;
}

static void take_rtcp(struct fixture *f, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        f->plis += packet.type == RTCP_PSFB && packet.count == PSFB_PLI;
}

static void drain(struct fixture *f, unsigned core)
{
    struct participant *participant;
    struct router_event event;
    uint8_t rtcp[PACKET_CAPACITY];
    while ((participant = router_poll(f->routers[core])) != NULL) {
        const struct egress *items;
        size_t length, count = participant_egress(participant, &items, f->now);
        assert_false(participant_is_mirror(participant));
        for (size_t i = 0; i < count; i++)
            take_rtp(f, &items[i]);
        participant_sent(participant, f->now);
        while ((length = participant_poll_rtcp(participant, rtcp, sizeof rtcp)) > 0)
            if (participant == f->home)
                take_rtcp(f, rtcp, length);
    }
    while (router_poll_event(f->routers[core], &event))
        if (event.type == ROUTER_EVENT_LAYERS) {
            assert_int_equal(core, HOME);
            f->asked = event.active_layers;
        } else if (event.type == ROUTER_EVENT_SLOTS) {
            assert_int_equal(core, AWAY);
            f->slot = event;
            f->slot_events++;
        }
}

static void turn(struct fixture *f)
{
    for (unsigned core = 0; core < CORES; core++) {
        if (router_next(f->routers[core]) <= f->now)
            router_timeout(f->routers[core], f->now, WALL + f->now);
        cross_from(f, core);
    }
    for (unsigned core = 0; core < CORES; core++)
        drain(f, core);
}

static void describe(struct fixture *f)
{
    struct media media = {.mid = "v", .kind = MEDIA_VIDEO, .codec_count = 1, .rtcp_reduced_size = true};
    media.codecs[0] = (struct media_codec){.codec = CODEC_VP8,
                                           .payload_type = VP8,
                                           .rtx_payload_type = RTX,
                                           .clock_rate = 90000,
                                           .channels = 1,
                                           .nack = true,
                                           .pli = true};
    f->up = f->down = media;
    f->up.receive = true;
    f->up.extensions.id[EXTENSION_RID] = ID_RID;
    f->up.encoding_count = LAYERS;
    for (size_t i = 0; i < LAYERS; i++) {
        snprintf(f->up.encodings[i].rid, sizeof f->up.encodings[i].rid, "%c", "qh"[i]);
        f->up.encodings[i].ssrc = 0; /* as Chromium does: the rid tells */
    }
    f->down.send = true;
    f->down.send_ssrc = 9000;
    f->down.send_rtx_ssrc = 9001;
    f->down.codecs[0].payload_type = 100;
    f->down.codecs[0].rtx_payload_type = 101;
}

static struct fixture *set_up(void)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    *f = (struct fixture){.now = USEC_PER_SEC, .sent_payload_type = VP8};
    describe(f);
    for (unsigned core = 0; core < CORES; core++)
        f->routers[core] = router_new(&(struct router_config){.start_bps = 10000000}, core + 1);
    assert_int_equal(router_join(f->routers[HOME], &f->home, "room", "p", 1, f->now), 0);
    participant_configure(f->home, &f->up, 1, sends, 1, NULL, 0, f->now);
    participant_set_ready(f->home, true, f->now);
    assert_int_equal(router_join(f->routers[AWAY], &f->viewer, "room", "s", 2, f->now), 0);
    participant_configure(f->viewer, &f->down, 1, NULL, 0, receives, 1, f->now);
    participant_set_ready(f->viewer, true, f->now);
    return f;
}

static void open_mirror(struct fixture *f)
{
    assert_int_equal(router_mirror(f->routers[AWAY], &f->mirror, "room", "p", 1, HOME, f->now), 0);
    participant_configure(f->mirror, &f->up, 1, sends, 1, NULL, 0, f->now);
    participant_set_mirrors(f->home, 1u << AWAY, f->now);
}

static void close_mirror(struct fixture *f)
{
    router_leave(f->routers[AWAY], f->mirror, f->now);
    f->mirror = NULL;
    participant_set_mirrors(f->home, 0, f->now);
}

static void tear_down(struct fixture *f)
{
    struct router_stats stats;
    router_leave(f->routers[AWAY], f->viewer, f->now);
    if (f->mirror != NULL)
        router_leave(f->routers[AWAY], f->mirror, f->now);
    router_leave(f->routers[HOME], f->home, f->now);
    for (unsigned core = 0; core < CORES; core++) {
        router_get_stats(f->routers[core], &stats);
        assert_int_equal(stats.rooms + stats.participants + stats.mirrors + stats.publications + stats.packets_held, 0);
        router_free(f->routers[core]);
    }
}

/* One frame of one packet, of one layer. */
static void send_frame(struct fixture *f, unsigned layer, bool is_key)
{
    uint8_t data[100], *at = data + RTP_HEADER_SIZE;
    struct extension_writer writer;
    struct rtp_header header = {.payload_type = f->sent_payload_type,
                                .marker = true,
                                .sequence = f->sequence[layer]++,
                                .timestamp = (uint32_t)(f->now * 9 / 100),
                                .ssrc = SSRC(layer)};
    rtp_write_fixed(data, &header, true);
    extension_writer_init(&writer, at, 40, false);
    extension_write(&writer, ID_RID, layer == 0 ? "q" : "h", 1);
    at += extension_writer_finish(&writer);
    struct vp8_descriptor descriptor = {.is_start = true, .has_picture = true, .picture = (uint16_t)f->picture};
    at += vp8_write_descriptor(at, &descriptor);
    at += vp8_write_head(at, is_key, 320, 240);
    (void)participant_rtp(f->home, data, (size_t)(at - data), f->now);
}

/* The viewer reports, as everybody who gets video must; and may ask for a keyframe. */
static void report(struct fixture *f, bool asks)
{
    uint8_t data[24];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_rr(&writer, 1, NULL, 0);
    if (asks)
        rtcp_write_pli(&writer, 1, f->down.send_ssrc);
    assert_int_equal(participant_rtcp(f->viewer, data, writer.length, f->now, WALL + f->now), 0);
}

/* Both layers send for a while; a keyframe when `PLI` was asked, and at the start. */
static void play(struct fixture *f, usec_t duration, unsigned layers)
{
    for (usec_t end = f->now + duration; f->now < end; f->now += 33 * MS) {
        bool is_key = f->plis > 0;
        f->asked_in_all += f->plis;
        f->plis = 0;
        f->picture = (f->picture + 1) & 0x7fff;
        for (unsigned layer = 0; layer < LAYERS; layer++)
            if ((layers & 1u << layer) != 0)
                send_frame(f, layer, is_key);
        if (f->picture % 32 == 0 || f->is_asking)
            report(f, f->is_asking);
        turn(f);
    }
}

static struct slot_stats slot_of(const struct fixture *f)
{
    struct slot_stats stats;
    assert_int_equal(participant_slots(f->viewer, &stats, 1), 1);
    return stats;
}

static void media_cross_and_keyframes_are_asked_for(void **state)
{
    struct fixture *f = set_up();
    struct publication_stats stats;
    (void)state;
    play(f, 500 * MS, 3);
    assert_int_equal(f->received, 0);
    open_mirror(f);
    play(f, 2000 * MS, 3);
    assert_in_range(f->received, 50, 61);
    assert_int_equal(f->gaps, 0);
    assert_int_equal(f->last_payload_type, 100);
    assert_int_equal(slot_of(f).layer, 1);
    assert_int_equal(participant_publications(f->home, &stats, 1), 1);
    assert_int_equal(stats.subscribers, 1);
    assert_true(stats.keyframe_requests > 0);
    tear_down(f);
}

/* The budget is the viewer's, wherever it is. */
static void a_viewer_elsewhere_costs_few_keyframes(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    open_mirror(f);
    play(f, 2000 * MS, 3);
    unsigned before = f->asked_in_all;
    f->is_asking = true;
    play(f, 10000 * MS, 3);
    assert_in_range(f->asked_in_all - before, 3, 8);
    tear_down(f);
}

static void demand_crosses(void **state)
{
    struct fixture *f = set_up();
    const struct router_want small = {.mid = "v", .width = 160, .height = 90, .priority = 1};
    const struct router_want large = {.mid = "v", .width = 1280, .height = 720, .priority = 1};
    (void)state;
    open_mirror(f);
    play(f, 8000 * MS, 3);
    assert_int_equal(slot_of(f).layer, 1);
    assert_int_equal(f->asked, 0); /* all are sent; nothing had to be said */
    participant_receive(f->viewer, &small, 1, f->now);
    play(f, 8000 * MS, 3);
    assert_int_equal(f->asked, 1);
    assert_int_equal(slot_of(f).layer, 0);
    unsigned before = f->received;
    participant_receive(f->viewer, &large, 1, f->now);
    turn(f);
    assert_int_equal(f->asked, 3); /* at once */
    play(f, 2000 * MS, 3);
    assert_int_equal(slot_of(f).layer, 1);
    assert_true(f->received - before > 50);
    assert_int_equal(f->gaps, 0);
    tear_down(f);
}

static void what_is_not_watched_does_not_cross(void **state)
{
    struct fixture *f = set_up();
    const struct router_want small = {.mid = "v", .width = 160, .height = 90, .priority = 1};
    unsigned crossed[LAYERS] = {0};
    size_t count;
    (void)state;
    open_mirror(f);
    play(f, 6000 * MS, 3);
    participant_receive(f->viewer, &small, 1, f->now);
    play(f, 6000 * MS, 3);
    send_frame(f, 0, false);
    send_frame(f, 1, false);
    const struct mirror_item *items = router_crossing(f->routers[HOME], &count);
    for (size_t i = 0; i < count; i++)
        crossed[items[i].message.layer] += items[i].message.kind == MIRROR_MEDIA;
    assert_int_equal(crossed[0], 1);
    assert_int_equal(crossed[1], 0);
    tear_down(f);
}

static void a_mute_stops_both(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    open_mirror(f);
    play(f, 1000 * MS, 3);
    assert_int_equal(participant_mute(f->home, "camera", true, f->now), 0);
    assert_int_equal(participant_mute(f->mirror, "camera", true, f->now), 0);
    unsigned before = f->received;
    play(f, 500 * MS, 3);
    assert_int_equal(f->received, before);
    assert_string_equal(slot_of(f).state, "muted");
    assert_int_equal(participant_mute(f->home, "camera", false, f->now), 0);
    assert_int_equal(participant_mute(f->mirror, "camera", false, f->now), 0);
    play(f, 500 * MS, 3);
    assert_true(f->received > before + 8);
    assert_int_equal(f->gaps, 0);
    tear_down(f);
}

static void reports_cross_also_those_from_before(void **state)
{
    struct fixture *f = set_up();
    struct rtcp_writer writer;
    struct rtcp_sender_info info = {.ssrc = SSRC(1), .ntp = UINT64_C(0xe9000000) << 32, .rtp_timestamp = 1};
    uint8_t data[64];
    size_t count, reports = 0;
    (void)state;
    play(f, 200 * MS, 3);
    rtcp_writer_init(&writer, data, sizeof data);
    assert_int_equal(rtcp_write_sr(&writer, &info, NULL, 0), 0);
    assert_int_equal(participant_rtcp(f->home, data, writer.length, f->now, WALL + f->now), 0);
    (void)router_crossing(f->routers[HOME], &count);
    assert_int_equal(count, 0); /* nobody is there */
    open_mirror(f);
    const struct mirror_item *items = router_crossing(f->routers[HOME], &count);
    for (size_t i = 0; i < count; i++) {
        reports += items[i].message.kind == MIRROR_REPORT;
        assert_int_equal(items[i].message.report_wall_us, WALL + f->now);
    }
    assert_int_equal(reports, 1);
    play(f, 500 * MS, 3);
    tear_down(f);
}

/* It says so with the publisher's own payload type, for the publisher is asked for another codec; and lets all but the
 * lowest layer rest. */
static void a_viewer_elsewhere_is_told_what_it_cannot_decode(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    f->up.codec_count = 2;
    f->up.codecs[1] = f->up.codecs[0];
    f->up.codecs[1].codec = CODEC_VP9;
    f->up.codecs[1].payload_type = f->sent_payload_type = VP9;
    f->up.codecs[1].rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE;
    participant_configure(f->home, &f->up, 1, sends, 1, NULL, 0, f->now);
    open_mirror(f);
    play(f, 8000 * MS, 3);
    assert_string_equal(slot_of(f).state, "unsupported");
    assert_string_equal(slot_of(f).reason, "codec");
    assert_int_equal(slot_of(f).codec, CODEC_VP9);
    assert_int_equal(f->received, 0);
    assert_int_equal(f->slot_events, 1);
    assert_string_equal(f->slot.publication, "p/camera");
    assert_string_equal(f->slot.text, "unsupported");
    assert_int_equal(f->slot.payload_type, VP9);
    assert_int_equal(f->asked, 1);
    f->sent_payload_type = VP8;
    play(f, 2000 * MS, 3);
    assert_string_equal(slot_of(f).state, "live");
    assert_int_equal(slot_of(f).layer, 1);
    assert_in_range(f->received, 50, 61);
    assert_string_equal(f->slot.text, "live");
    assert_int_equal(f->asked, 3);
    tear_down(f);
}

static void mirrors_go_and_come(void **state)
{
    struct fixture *f = set_up();
    struct mirror_message message = {.kind = MIRROR_MEDIA, .mid = "x", .ssrc = 1};
    (void)state;
    open_mirror(f);
    play(f, 500 * MS, 3);
    assert_int_equal(participant_cross(f->mirror, HOME, &message, NULL, 0, f->now), ERR_NOT_FOUND);
    assert_int_equal(participant_cross(f->home, AWAY, &message, NULL, 0, f->now), ERR_INVALID);
    message = (struct mirror_message){.kind = MIRROR_MEDIA, .mid = "v", .layer = LAYERS, .ssrc = 1};
    assert_int_equal(participant_cross(f->mirror, HOME, &message, NULL, 0, f->now), ERR_NOT_FOUND);
    message.layer = 0;
    assert_true(participant_cross(f->mirror, HOME, &message, (const uint8_t *)"x", 1, f->now) < 0);
    send_frame(f, 0, false); /* something is on its way when it closes */
    close_mirror(f);
    turn(f);
    unsigned before = f->received;
    play(f, 300 * MS, 3);
    assert_int_equal(f->received, before);
    open_mirror(f);
    play(f, 1000 * MS, 3);
    assert_true(f->received > before + 20);
    assert_int_equal(f->gaps, 0);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_cross_and_keyframes_are_asked_for),
        cmocka_unit_test(a_viewer_elsewhere_costs_few_keyframes),
        cmocka_unit_test(demand_crosses),
        cmocka_unit_test(what_is_not_watched_does_not_cross),
        cmocka_unit_test(a_mute_stops_both),
        cmocka_unit_test(reports_cross_also_those_from_before),
        cmocka_unit_test(a_viewer_elsewhere_is_told_what_it_cannot_decode),
        cmocka_unit_test(mirrors_go_and_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
