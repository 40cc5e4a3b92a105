/* A publisher on core ORIGIN and a viewer on core VIEWERS: what is relayed to the latter, and which requests come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/relay.h"
#include "router/relay/relay_message.h"
#include "router/relay/relay_state.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "tests/support/rtcp.h"
#include "tests/support/video_line.h"
#include "tests/support/viewer.h"
#include "transport/base/error.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
enum { ORIGIN, VIEWERS, CORES };
#define PUBLISHER UINT64_C(0xfedcba9876543210)
enum { VP9 = 98, ID_RID = 2 };
#define ENCODINGS 2
#define SSRC(encoding) (500u + (uint32_t)(encoding))

struct fixture {
    struct router *routers[CORES];
    struct participant *origin, *viewer; /* the viewer is on VIEWERS */
    bool is_relayed;
    bool is_full;                           /* what carries from ORIGIN to VIEWERS takes nothing */
    unsigned states, medias, reports, gone; /* that ORIGIN said */
    int64_t report_wall_us;                 /* of the last report */
    struct media up, down;
    uint16_t sequence[ENCODINGS], picture;
    unsigned received, plis, plis_in_all;
    bool is_asking; /* the viewer sends a PLI with every frame */
    uint8_t sent_payload_type, last_payload_type;
    struct router_event slot; /* the last event of the viewer's */
    unsigned slot_events;
    uint16_t last_sequence;
    unsigned gaps, asked; /* the encodings that the publisher was asked for last */
    usec_t now;
};

static const struct router_send sends[] = {{"v", "camera", false}};
static const struct router_receive receives[] = {{"v", "p/camera"}};

static void count_message(struct fixture *f, const struct relay_message *message)
{
    f->states += message->kind == RELAY_PUBLISHER;
    f->medias += message->kind == RELAY_MEDIA;
    f->reports += message->kind == RELAY_REPORT;
    f->gone += message->kind == RELAY_GONE;
    if (message->kind == RELAY_REPORT)
        f->report_wall_us = message->report_wall_us;
}

/* Returns what the other core says to it. */
static int deliver(struct fixture *f, unsigned from, const struct relay_outgoing *outgoing)
{
    uint8_t bytes[RELAY_HEAD_MAX + RELAY_STATE_MAX];
    struct relay_message message;
    size_t head = outgoing->head.length, body = outgoing->body.length;
    assert_int_equal(outgoing->to, from == ORIGIN ? VIEWERS : ORIGIN);
    assert_true(head + body <= sizeof bytes);
    memcpy(bytes, outgoing->head.data, head);
    if (body > 0)
        memcpy(bytes + head, outgoing->body.data, body);
    assert_int_equal(relay_message_read(&message, bytes, head + body), 0);
    assert_int_equal(message.publisher, PUBLISHER);
    if (from == ORIGIN)
        count_message(f, &message);
    return router_take_relay(f->routers[outgoing->to], from, bytes, head + body, f->now);
}

static void relay_from(struct fixture *f, unsigned from)
{
    struct relay_outgoing outgoing;
    while (router_poll_relay(f->routers[from], &outgoing)) {
        bool is_taken = from == VIEWERS || !f->is_full;
        int error = is_taken ? deliver(f, from, &outgoing) : 0;
        bool is_for_nobody = from == VIEWERS && !f->is_relayed; /* it ended meanwhile */
        assert_int_equal(error, is_for_nobody ? ERR_NOT_FOUND : 0);
        router_relay_sent(f->routers[from], is_taken);
    }
}

static void take_rtp(struct fixture *f, const uint8_t *data, size_t length)
{
    struct rtp_header header;
    assert_int_equal(rtp_parse(&header, data, length), 0);
    f->gaps += f->received > 0 && header.sequence != (uint16_t)(f->last_sequence + 1);
    f->last_sequence = header.sequence;
    f->last_payload_type = header.payload_type;
    f->received++;
}

static void drain(struct fixture *f, unsigned core)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, f->routers[core], f->now)) {
        assert_false(participant_is_relayed(outgoing.participant));
        if (!outgoing.is_rtcp)
            take_rtp(f, outgoing.data, outgoing.length);
        else if (outgoing.participant == f->origin)
            f->plis += rtcp_count_plis(outgoing.data, outgoing.length);
    }
    while (router_poll_event(f->routers[core], &event))
        if (event.type == ROUTER_EVENT_ENCODINGS) {
            assert_int_equal(core, ORIGIN);
            f->asked = event.asked_encodings;
        } else if (event.type == ROUTER_EVENT_SLOTS) {
            assert_int_equal(core, VIEWERS);
            f->slot = event;
            f->slot_events++;
        }
}

static void turn(struct fixture *f)
{
    for (unsigned core = 0; core < CORES; core++) {
        if (router_next(f->routers[core]) <= f->now)
            router_timeout(f->routers[core], f->now, WALL + f->now);
        relay_from(f, core);
    }
    for (unsigned core = 0; core < CORES; core++)
        drain(f, core);
}

static void describe(struct fixture *f)
{
    f->up = f->down = video_line("v");
    f->up.receive = true;
    f->up.extensions.id[EXTENSION_RID] = ID_RID;
    f->up.encoding_count = ENCODINGS;
    for (size_t i = 0; i < ENCODINGS; i++) {
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
    assert_int_equal(router_join(f->routers[ORIGIN], &f->origin, "room", "p", PUBLISHER, f->now), 0);
    participant_configure(f->origin, &f->up, 1, sends, 1, NULL, 0, f->now);
    participant_set_ready(f->origin, true, f->now);
    assert_int_equal(router_join(f->routers[VIEWERS], &f->viewer, "room", "s", 2, f->now), 0);
    participant_configure(f->viewer, &f->down, 1, NULL, 0, receives, 1, f->now);
    participant_set_ready(f->viewer, true, f->now);
    return f;
}

static void relay_to_viewers(struct fixture *f)
{
    f->is_relayed = true;
    participant_relay_to(f->origin, &(struct relay_endpoints){.count = 1, .numbers = {VIEWERS}}, f->now);
}

static void relay_nowhere(struct fixture *f)
{
    f->is_relayed = false;
    participant_relay_to(f->origin, &(struct relay_endpoints){0}, f->now);
}

static size_t relayed_on(const struct fixture *f, unsigned core)
{
    struct router_stats stats;
    router_get_stats(f->routers[core], &stats);
    return stats.relayed_publishers;
}

static void tear_down(struct fixture *f)
{
    struct router_stats stats;
    router_leave(f->routers[VIEWERS], f->viewer, f->now);
    if (f->origin != NULL)
        router_leave(f->routers[ORIGIN], f->origin, f->now);
    f->is_relayed = f->is_full = false;
    turn(f);
    for (unsigned core = 0; core < CORES; core++) {
        router_get_stats(f->routers[core], &stats);
        assert_int_equal(
            stats.rooms + stats.participants + stats.relayed_publishers + stats.publications + stats.packets_held, 0);
        router_free(f->routers[core]);
    }
}

/* One frame of one packet, of one encoding. */
static void send_frame(struct fixture *f, unsigned encoding, bool is_key)
{
    uint8_t data[PACKET_CAPACITY];
    const struct published_packet packet = {
        .payload_type = f->sent_payload_type,
        .marker = true,
        .sequence = f->sequence[encoding]++,
        .timestamp = (uint32_t)(f->now * 9 / 100),
        .ssrc = SSRC(encoding),
        .ids = f->up.extensions,
        .rid = f->up.encodings[encoding].rid,
        .vp8 = {.is_here = true, .is_start = true, .has_picture = true, .picture = f->picture, .is_key = is_key}};
    (void)participant_rtp(f->origin, data, published_packet_write(data, &packet), f->now);
}

/* The viewer reports, as everybody who gets video must; and may ask for a keyframe. */
static void report(struct fixture *f, bool asks)
{
    uint8_t data[VIEWER_SIGN_MAX];
    size_t length = viewer_write_sign(data, asks ? f->down.send_ssrc : 0);
    assert_int_equal(participant_rtcp(f->viewer, data, length, f->now, WALL + f->now), 0);
}

/* Both encodings send for a while; a keyframe when `PLI` was asked, and at the start. */
static void play(struct fixture *f, usec_t duration, unsigned encodings)
{
    for (usec_t end = f->now + duration; f->now < end; f->now += 33 * MS) {
        bool is_key = f->plis > 0;
        f->plis_in_all += f->plis;
        f->plis = 0;
        f->picture = (f->picture + 1) & 0x7fff;
        for (unsigned encoding = 0; encoding < ENCODINGS; encoding++)
            if ((encodings & 1u << encoding) != 0)
                send_frame(f, encoding, is_key);
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

static void media_is_relayed_and_keyframes_are_asked_for(void **state)
{
    struct fixture *f = set_up();
    struct publication_stats stats;
    (void)state;
    play(f, 500 * MS, 3);
    assert_int_equal(f->received, 0);
    relay_to_viewers(f);
    play(f, 2000 * MS, 3);
    assert_in_range(f->received, 50, 61);
    assert_int_equal(f->gaps, 0);
    assert_int_equal(f->last_payload_type, 100);
    assert_int_equal(slot_of(f).encoding, 1);
    assert_int_equal(participant_publications(f->origin, &stats, 1), 1);
    assert_int_equal(stats.subscribers, 1);
    assert_true(stats.keyframe_requests > 0);
    tear_down(f);
}

/* The budget is the viewer's, wherever it is. */
static void a_viewer_elsewhere_costs_few_keyframes(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    relay_to_viewers(f);
    play(f, 2000 * MS, 3);
    unsigned before = f->plis_in_all;
    f->is_asking = true;
    play(f, 10000 * MS, 3);
    assert_in_range(f->plis_in_all - before, 3, 8);
    tear_down(f);
}

static void a_request_comes_back(void **state)
{
    struct fixture *f = set_up();
    const struct router_request small = {.mid = "v", .width = 160, .height = 90, .priority = 1};
    const struct router_request large = {.mid = "v", .width = 1280, .height = 720, .priority = 1};
    (void)state;
    relay_to_viewers(f);
    play(f, 8000 * MS, 3);
    assert_int_equal(slot_of(f).encoding, 1);
    assert_int_equal(f->asked, 0); /* all are sent; nothing had to be said */
    participant_receive(f->viewer, &small, 1, f->now);
    play(f, 8000 * MS, 3);
    assert_int_equal(f->asked, 1);
    assert_int_equal(slot_of(f).encoding, 0);
    unsigned before = f->received;
    participant_receive(f->viewer, &large, 1, f->now);
    turn(f);
    assert_int_equal(f->asked, 3); /* at once */
    play(f, 2000 * MS, 3);
    assert_int_equal(slot_of(f).encoding, 1);
    assert_true(f->received - before > 50);
    assert_int_equal(f->gaps, 0);
    tear_down(f);
}

static void what_is_not_watched_is_not_relayed(void **state)
{
    struct fixture *f = set_up();
    const struct router_request small = {.mid = "v", .width = 160, .height = 90, .priority = 1};
    (void)state;
    relay_to_viewers(f);
    play(f, 6000 * MS, 3);
    participant_receive(f->viewer, &small, 1, f->now);
    play(f, 6000 * MS, 3);
    send_frame(f, 0, false);
    send_frame(f, 1, false);
    unsigned before = f->medias;
    relay_from(f, ORIGIN);
    assert_int_equal(f->medias - before, 1);
    tear_down(f);
}

static void a_mute_is_told(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    relay_to_viewers(f);
    play(f, 1000 * MS, 3);
    assert_int_equal(participant_mute(f->origin, "camera", true, f->now), 0);
    unsigned before = f->received;
    play(f, 500 * MS, 3);
    assert_int_equal(f->received, before);
    assert_string_equal(slot_of(f).state, "muted");
    assert_int_equal(participant_mute(f->origin, "camera", false, f->now), 0);
    play(f, 500 * MS, 3);
    assert_true(f->received > before + 8);
    assert_int_equal(f->gaps, 0);
    tear_down(f);
}

static void reports_are_relayed_also_those_from_before(void **state)
{
    struct fixture *f = set_up();
    struct rtcp_writer writer;
    struct rtcp_sender_info info = {.ssrc = SSRC(1), .ntp = UINT64_C(0xe9000000) << 32, .rtp_timestamp = 1};
    uint8_t data[64];
    (void)state;
    play(f, 200 * MS, 3);
    rtcp_writer_init(&writer, data, sizeof data);
    assert_int_equal(rtcp_write_sr(&writer, &info, NULL, 0), 0);
    assert_int_equal(participant_rtcp(f->origin, data, writer.length, f->now, WALL + f->now), 0);
    assert_false(router_has_relay(f->routers[ORIGIN])); /* nobody is there */
    relay_to_viewers(f);
    relay_from(f, ORIGIN);
    assert_int_equal(f->reports, 1);
    assert_int_equal(f->report_wall_us, WALL + f->now);
    play(f, 500 * MS, 3);
    tear_down(f);
}

/* It says so with the publisher's own payload type, for the publisher is asked for another codec; and lets all but the
 * lowest encoding pause. */
static void a_viewer_elsewhere_is_told_what_it_cannot_decode(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    f->up.codec_count = 2;
    f->up.codecs[1] = f->up.codecs[0];
    f->up.codecs[1].codec = CODEC_VP9;
    f->up.codecs[1].payload_type = f->sent_payload_type = VP9;
    f->up.codecs[1].rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE;
    participant_configure(f->origin, &f->up, 1, sends, 1, NULL, 0, f->now);
    relay_to_viewers(f);
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
    assert_int_equal(slot_of(f).encoding, 1);
    assert_in_range(f->received, 50, 61);
    assert_string_equal(f->slot.text, "live");
    assert_int_equal(f->asked, 3);
    tear_down(f);
}

/* Writes the message and gives it to the core. */
static int say(struct fixture *f, unsigned to, unsigned from, const struct relay_message *message)
{
    uint8_t bytes[RELAY_HEAD_MAX + RELAY_STATE_MAX];
    int length = relay_message_write(message, bytes, RELAY_HEAD_MAX);
    assert_true(length > 0);
    if (message->body.length > 0)
        memcpy(bytes + length, message->body.data, message->body.length);
    return router_take_relay(f->routers[to], from, bytes, (size_t)length + message->body.length, f->now);
}

static void relayed_publishers_go_and_come(void **state)
{
    struct fixture *f = set_up();
    struct relay_message message = {.kind = RELAY_MEDIA, .publisher = PUBLISHER, .mid = "x", .ssrc = 1};
    (void)state;
    relay_to_viewers(f);
    play(f, 500 * MS, 3);
    assert_int_equal(say(f, VIEWERS, ORIGIN, &message), ERR_NOT_FOUND);
    assert_int_equal(say(f, ORIGIN, VIEWERS, &message), ERR_NOT_FOUND);
    message = (struct relay_message){.kind = RELAY_MEDIA,
                                     .publisher = PUBLISHER,
                                     .mid = "v",
                                     .encoding = ENCODINGS,
                                     .ssrc = 1,
                                     .body = {(uint8_t *)"x", 1}};
    assert_int_equal(say(f, VIEWERS, ORIGIN, &message), ERR_NOT_FOUND);
    message.encoding = 0;
    assert_true(say(f, VIEWERS, ORIGIN, &message) < 0);
    send_frame(f, 0, false); /* something is on its way when it closes */
    relay_nowhere(f);
    turn(f);
    assert_int_equal(f->gone, 1);
    assert_int_equal(relayed_on(f, VIEWERS), 0);
    unsigned before = f->received;
    play(f, 300 * MS, 3);
    assert_int_equal(f->received, before);
    relay_to_viewers(f);
    play(f, 1000 * MS, 3);
    assert_true(f->received > before + 20);
    assert_int_equal(f->gaps, 0);
    tear_down(f);
}

/* Each change sends the whole state; a repeated state changes nothing. */
static void the_state_comes_again_and_changes_nothing(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    relay_to_viewers(f);
    play(f, 2000 * MS, 3);
    assert_int_equal(f->states, 1);
    unsigned before = f->received, asked = f->plis_in_all, events = f->slot_events;
    for (unsigned i = 0; i < 10; i++) {
        participant_configure(f->origin, &f->up, 1, sends, 1, NULL, 0, f->now);
        play(f, 100 * MS, 3);
    }
    assert_int_equal(f->states, 11);
    assert_in_range(f->received - before, 30, 41);
    assert_int_equal(f->gaps, 0);
    assert_int_equal(f->plis_in_all, asked);
    assert_int_equal(f->slot_events, events);
    assert_int_equal(slot_of(f).encoding, 1);
    assert_int_equal(relayed_on(f, VIEWERS), 1);
    tear_down(f);
}

/* What carries takes nothing for a while: media is lost and counted, what is newest of the publisher comes before any
 * media. */
static void a_full_ring_loses_media_and_no_state(void **state)
{
    struct fixture *f = set_up();
    struct router_stats stats;
    (void)state;
    f->is_full = true;
    relay_to_viewers(f);
    assert_true(router_has_relay(f->routers[ORIGIN]));
    play(f, 500 * MS, 3);
    assert_true(router_has_relay(f->routers[ORIGIN])); /* so the worker tries again soon */
    router_get_stats(f->routers[ORIGIN], &stats);
    assert_in_range(stats.relay_lost, 30, 40);
    assert_int_equal(stats.relayed_out, 0);
    assert_int_equal(relayed_on(f, VIEWERS), 0);
    f->is_full = false; /* media before the state would be refused, and relay_from() accepts no refusal */
    play(f, 1000 * MS, 3);
    assert_int_equal(f->states, 1);
    assert_false(router_has_relay(f->routers[ORIGIN]));
    assert_in_range(f->received, 20, 31);
    f->is_full = true;
    assert_int_equal(participant_mute(f->origin, "camera", true, f->now), 0);
    turn(f);
    assert_string_equal(slot_of(f).state, "live");
    f->is_full = false;
    turn(f);
    assert_string_equal(slot_of(f).state, "muted");
    f->is_full = true;
    router_leave(f->routers[ORIGIN], f->origin, f->now);
    f->origin = NULL;
    f->is_relayed = false;
    turn(f);
    assert_int_equal(relayed_on(f, VIEWERS), 1);
    f->is_full = false;
    turn(f);
    assert_int_equal(relayed_on(f, VIEWERS), 0);
    assert_int_equal(f->gone, 1);
    tear_down(f);
}

/* Somebody's state, as the core FROM would say it of one who is there under the connection `publisher`. */
static int say_state(struct fixture *f, unsigned from, uint64_t publisher, const char *id, bool muted)
{
    static struct relay_state state;
    static uint8_t bytes[RELAY_STATE_MAX];
    state = (struct relay_state){.room = "room", .publication_count = 1};
    snprintf(state.participant, sizeof state.participant, "%s", id);
    state.publications[0] = (struct relay_publication){.source = "camera", .muted = muted, .media = f->up};
    int length = relay_state_write(&state, bytes, sizeof bytes);
    assert_true(length > 0);
    return say(
        f, VIEWERS, from,
        &(struct relay_message){.kind = RELAY_PUBLISHER, .publisher = publisher, .body = {bytes, (size_t)length}});
}

static int say_gone(struct fixture *f, unsigned from, uint64_t publisher)
{
    return say(f, VIEWERS, from, &(struct relay_message){.kind = RELAY_GONE, .publisher = publisher});
}

/* A new connection of p is on another core than the old one: what the two cores say comes in either order. */
static void who_comes_from_another_core_waits_for_the_place(void **state)
{
    enum { OLD = 2, NEW = 3 };
    struct fixture *f = set_up();
    (void)state;
    assert_int_equal(say_state(f, OLD, 10, "p", false), 0);
    assert_string_equal(slot_of(f).state, "live");
    assert_int_equal(say_state(f, NEW, 11, "p", false), 0);
    assert_int_equal(say_state(f, NEW, 11, "p", true), 0); /* the newest counts */
    assert_string_equal(slot_of(f).state, "live");
    assert_int_equal(say_state(f, OLD, 11, "p", true), ERR_INVALID); /* not its own */
    assert_int_equal(say_gone(f, OLD, 11), ERR_INVALID);
    assert_int_equal(say_gone(f, NEW, 10), ERR_INVALID);
    struct router_stats stats;
    router_get_stats(f->routers[VIEWERS], &stats);
    assert_int_equal(stats.relay_bad, 3);
    assert_int_equal(say_gone(f, OLD, 10), 0);
    assert_string_equal(slot_of(f).state, "muted");
    assert_int_equal(relayed_on(f, VIEWERS), 1);
    /* the new one first */
    assert_int_equal(say_state(f, OLD, 12, "p", false), 0);
    assert_int_equal(say_gone(f, OLD, 12), 0);
    assert_string_equal(slot_of(f).state, "muted");
    assert_int_equal(say_gone(f, OLD, 12), ERR_NOT_FOUND);
    assert_int_equal(say_gone(f, NEW, 11), 0);
    assert_int_equal(relayed_on(f, VIEWERS), 0);
    tear_down(f);
}

static void who_is_connected_here_goes_first(void **state)
{
    struct fixture *f = set_up();
    struct participant *here;
    (void)state;
    assert_int_equal(say_state(f, 2, 10, "p", true), 0);
    assert_string_equal(slot_of(f).state, "muted");
    assert_int_equal(router_join(f->routers[VIEWERS], &here, "room", "p", 12, f->now), 0);
    assert_int_equal(relayed_on(f, VIEWERS), 0);
    participant_configure(here, &f->up, 1, sends, 1, NULL, 0, f->now);
    assert_string_equal(slot_of(f).state, "live");
    assert_int_equal(say_state(f, 2, 10, "p", true), 0);
    assert_string_equal(slot_of(f).state, "live");
    router_leave(f->routers[VIEWERS], here, f->now);
    assert_string_equal(slot_of(f).state, "muted");
    assert_int_equal(say_gone(f, 2, 10), 0);
    assert_int_equal(relayed_on(f, VIEWERS), 0);
    tear_down(f);
}

/* The connection between the two cores is lost, and comes back. */
static void a_lost_endpoint_ends_what_it_relayed_and_is_told_anew(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    relay_to_viewers(f);
    play(f, 1000 * MS, 3);
    assert_int_equal(relayed_on(f, VIEWERS), 1);
    unsigned told = f->states, before = f->received;
    router_relay_lost(f->routers[ORIGIN], VIEWERS, f->now);
    router_relay_lost(f->routers[VIEWERS], ORIGIN, f->now);
    assert_int_equal(relayed_on(f, VIEWERS), 0);
    f->is_full = true;
    play(f, 300 * MS, 3);
    assert_int_equal(f->received, before);
    f->is_full = false;
    play(f, 1000 * MS, 3);
    assert_int_equal(f->states, told + 1);
    assert_int_equal(relayed_on(f, VIEWERS), 1);
    assert_true(f->received > before + 20);
    tear_down(f);
}

static void a_lost_endpoint_takes_only_its_own_away(void **state)
{
    enum { LOST = 2, OTHER = 3 };
    struct fixture *f = set_up();
    (void)state;
    assert_int_equal(say_state(f, LOST, 10, "p", false), 0);
    assert_int_equal(say_state(f, LOST, 11, "q", false), 0);
    assert_int_equal(say_state(f, OTHER, 12, "r", false), 0);
    assert_int_equal(say_state(f, LOST, 13, "r", false), 0); /* they wait for the place */
    assert_int_equal(say_state(f, OTHER, 14, "p", true), 0);
    assert_string_equal(slot_of(f).state, "live");
    router_relay_lost(f->routers[VIEWERS], LOST, f->now);
    assert_int_equal(relayed_on(f, VIEWERS), 2);
    assert_string_equal(slot_of(f).state, "muted"); /* the other p */
    assert_int_equal(say_gone(f, OTHER, 12), 0);
    assert_int_equal(relayed_on(f, VIEWERS), 1); /* nobody waits for r's place any more */
    router_relay_lost(f->routers[VIEWERS], LOST, f->now);
    assert_int_equal(relayed_on(f, VIEWERS), 1);
    assert_int_equal(say_gone(f, OTHER, 14), 0);
    tear_down(f);
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
        cmocka_unit_test(relayed_publishers_go_and_come),
        cmocka_unit_test(the_state_comes_again_and_changes_nothing),
        cmocka_unit_test(a_full_ring_loses_media_and_no_state),
        cmocka_unit_test(who_comes_from_another_core_waits_for_the_place),
        cmocka_unit_test(who_is_connected_here_goes_first),
        cmocka_unit_test(a_lost_endpoint_ends_what_it_relayed_and_is_told_anew),
        cmocka_unit_test(a_lost_endpoint_takes_only_its_own_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
