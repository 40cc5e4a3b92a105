#include "tests/unit/router/two_cores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/relay/relay_state.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "tests/support/rtcp.h"
#include "tests/support/video_line.h"
#include "tests/support/viewer.h"
#include "transport/base/error.h"

static const struct router_send sends[] = {{"v", "camera", false}};
static const struct router_receive receives[] = {{"v", "p/camera"}};

static void count_message(struct two_cores *f, const struct relay_message *message)
{
    f->states += message->kind == RELAY_PUBLISHER;
    f->medias += message->kind == RELAY_MEDIA;
    f->reports += message->kind == RELAY_REPORT;
    f->gone += message->kind == RELAY_GONE;
    if (message->kind == RELAY_REPORT)
        f->report_wall_us = message->report_wall_us;
}

/* Returns what the other core says to it. */
static int deliver(struct two_cores *f, unsigned from, const struct relay_outgoing *outgoing)
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

void two_cores_deliver_from(struct two_cores *f, unsigned from)
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

static void take_rtp(struct two_cores *f, const uint8_t *data, size_t length)
{
    struct rtp_header header;
    assert_int_equal(rtp_parse(&header, data, length), 0);
    f->gaps += f->received > 0 && header.sequence != (uint16_t)(f->last_sequence + 1);
    f->last_sequence = header.sequence;
    f->last_payload_type = header.payload_type;
    f->received++;
}

static void drain(struct two_cores *f, unsigned core)
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

void two_cores_turn(struct two_cores *f)
{
    for (unsigned core = 0; core < CORES; core++) {
        if (router_next(f->routers[core]) <= f->now)
            router_timeout(f->routers[core], f->now, WALL + f->now);
        two_cores_deliver_from(f, core);
    }
    for (unsigned core = 0; core < CORES; core++)
        drain(f, core);
}

static void describe(struct two_cores *f)
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

void two_cores_publish(struct two_cores *f, struct participant *participant)
{
    participant_configure(participant, &f->up, 1, sends, 1, NULL, 0, f->now);
}

struct two_cores *two_cores_start(void)
{
    static struct two_cores fixture;
    struct two_cores *f = &fixture;
    *f = (struct two_cores){.now = USEC_PER_SEC, .sent_payload_type = VP8};
    describe(f);
    for (unsigned core = 0; core < CORES; core++)
        f->routers[core] = router_new(&(struct router_config){.start_bps = 10000000}, core + 1);
    assert_int_equal(router_join(f->routers[ORIGIN], &f->origin, "room", "p", PUBLISHER, f->now), 0);
    two_cores_publish(f, f->origin);
    participant_set_ready(f->origin, true, f->now);
    assert_int_equal(router_join(f->routers[VIEWERS], &f->viewer, "room", "s", 2, f->now), 0);
    participant_configure(f->viewer, &f->down, 1, NULL, 0, receives, 1, f->now);
    participant_set_ready(f->viewer, true, f->now);
    return f;
}

void two_cores_relay(struct two_cores *f)
{
    f->is_relayed = true;
    participant_relay_to(f->origin, &(struct relay_endpoints){.count = 1, .numbers = {VIEWERS}}, f->now);
}

void two_cores_stop_relaying(struct two_cores *f)
{
    f->is_relayed = false;
    participant_relay_to(f->origin, &(struct relay_endpoints){0}, f->now);
}

size_t two_cores_relayed_on(const struct two_cores *f, unsigned core)
{
    struct router_stats stats;
    router_get_stats(f->routers[core], &stats);
    return stats.relayed_publishers;
}

void two_cores_end(struct two_cores *f)
{
    struct router_stats stats;
    router_leave(f->routers[VIEWERS], f->viewer, f->now);
    if (f->origin != NULL)
        router_leave(f->routers[ORIGIN], f->origin, f->now);
    f->is_relayed = f->is_full = false;
    two_cores_turn(f);
    for (unsigned core = 0; core < CORES; core++) {
        router_get_stats(f->routers[core], &stats);
        assert_int_equal(
            stats.rooms + stats.participants + stats.relayed_publishers + stats.publications + stats.packets_held, 0);
        router_free(f->routers[core]);
    }
}

void two_cores_send_frame(struct two_cores *f, unsigned encoding, bool is_key)
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
        .is_vp8 = true,
        .vp8 = {.is_start = true, .has_picture = true, .picture = f->picture, .is_key = is_key}};
    (void)participant_rtp(f->origin, data, published_packet_write(data, &packet), f->now);
}

void two_cores_report(struct two_cores *f, bool asks)
{
    uint8_t data[VIEWER_SIGN_MAX];
    size_t length = viewer_write_sign(data, asks ? f->down.send_ssrc : 0);
    assert_int_equal(participant_rtcp(f->viewer, data, length, f->now, WALL + f->now), 0);
}

void two_cores_play(struct two_cores *f, usec_t duration, unsigned encodings)
{
    for (usec_t end = f->now + duration; f->now < end; f->now += 33 * MS) {
        bool is_key = f->plis > 0;
        f->plis_in_all += f->plis;
        f->plis = 0;
        f->picture = (f->picture + 1) & 0x7fff;
        for (unsigned encoding = 0; encoding < ENCODINGS; encoding++)
            if ((encodings & 1u << encoding) != 0)
                two_cores_send_frame(f, encoding, is_key);
        if (f->picture % 32 == 0 || f->is_asking)
            two_cores_report(f, f->is_asking);
        two_cores_turn(f);
    }
}

struct slot_stats two_cores_slot(const struct two_cores *f)
{
    struct slot_stats stats;
    assert_int_equal(participant_slots(f->viewer, &stats, 1), 1);
    return stats;
}

int two_cores_say(struct two_cores *f, unsigned to, unsigned from, const struct relay_message *message)
{
    uint8_t bytes[RELAY_HEAD_MAX + RELAY_STATE_MAX];
    int length = relay_message_write(message, bytes, RELAY_HEAD_MAX);
    assert_true(length > 0);
    if (message->body.length > 0)
        memcpy(bytes + length, message->body.data, message->body.length);
    return router_take_relay(f->routers[to], from, bytes, (size_t)length + message->body.length, f->now);
}
