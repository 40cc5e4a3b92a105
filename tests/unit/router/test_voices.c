/* Which voices a thin link carries: the choice, and what the router forwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/choose/voices.h"
#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "tests/support/rtcp.h"

#define COUNT(array) (sizeof array / sizeof(array)[0])
#define SENT(bps, loudness)                                                                                            \
    {                                                                                                                  \
        bps, loudness, false, false                                                                                    \
    }
#define PAUSED(bps, loudness)                                                                                          \
    {                                                                                                                  \
        bps, loudness, true, false                                                                                     \
    }

static void the_loudest_that_fit(void **state)
{
    static const struct {
        const char *what;
        uint64_t estimate_bps;
        bool keeps; /* the link is not short for long */
        size_t count;
        struct voice voices[4];
        bool is_sent[4];
    } rows[] = {
        {"all fit", 120000, false, 3, {SENT(40000, 10), SENT(40000, 30), SENT(40000, 20)}, {true, true, true}},
        {"two fit", 119000, false, 3, {SENT(40000, 10), SENT(40000, 30), SENT(40000, 20)}, {false, true, true}},
        {"one at least", 1000, false, 3, {SENT(40000, 10), SENT(40000, 30), SENT(40000, 20)}, {false, true, false}},
        {"not at once", 1000, true, 3, {SENT(40000, 10), SENT(40000, 30), SENT(40000, 20)}, {true, true, true}},
        {"silence is cheap", 90000, false, 3, {SENT(500, 0), SENT(40000, 30), SENT(60000, 20)}, {true, true, false}},
        {"nearly as loud", 50000, false, 2, {SENT(40000, 20), PAUSED(40000, 25)}, {true, false}},
        {"clearly louder", 50000, false, 2, {SENT(40000, 20), PAUSED(40000, 27)}, {false, true}},
        {"back with room to spare", 83000, false, 2, {SENT(40000, 20), PAUSED(40000, 20)}, {true, false}},
        {"back", 84000, false, 2, {SENT(40000, 20), PAUSED(40000, 20)}, {true, true}},
        {"back, though others stay", 1000, true, 2, {SENT(40000, 20), PAUSED(40000, 20)}, {true, false}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct voice voices[4];
        uint64_t expected = 0;
        memcpy(voices, rows[i].voices, sizeof voices);
        uint64_t sent = voices_choose(voices, rows[i].count, rows[i].estimate_bps, !rows[i].keeps);
        for (size_t j = 0; j < rows[i].count; j++) {
            if (voices[j].is_sent != rows[i].is_sent[j])
                fail_msg("%s: voice %zu", rows[i].what, j);
            expected += voices[j].is_sent ? voices[j].bps : 0;
        }
        assert_int_equal(sent, expected);
    }
}

/* Five speak, each at 61 kbit/s with all headers, and one listens. */
enum { SPEAKERS = 5, LISTENER = SPEAKERS, OPUS = 111, ID_LEVEL = 4, SIZE = 88, STEP_MS = 20 };

struct call {
    struct router *router;
    struct participant *participants[SPEAKERS + 1];
    usec_t now;
    unsigned heard[SPEAKERS]; /* packets */
    uint16_t sequence;
    uint64_t estimate_bps; /* that the listener tells */
};

static struct media line(unsigned index)
{
    struct media media = {.kind = MEDIA_AUDIO, .codec_count = 1, .extensions.id[EXTENSION_AUDIO_LEVEL] = ID_LEVEL};
    snprintf(media.mid, sizeof media.mid, "%u", index);
    media.codecs[0] = (struct media_codec){.codec = CODEC_OPUS,
                                           .payload_type = OPUS,
                                           .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                           .clock_rate = 48000,
                                           .channels = 2,
                                           .remb = true};
    return media;
}

static void begin(struct call *call)
{
    static const struct router_send sends[] = {{"0", "microphone", false}};
    static const struct router_receive receives[] = {
        {"0", "p0/microphone"}, {"1", "p1/microphone"}, {"2", "p2/microphone"},
        {"3", "p3/microphone"}, {"4", "p4/microphone"},
    };
    *call = (struct call){.router = router_new(&(struct router_config){0}, 7), .now = USEC_PER_SEC};
    struct media lines[SPEAKERS];
    for (unsigned i = 0; i <= SPEAKERS; i++) {
        char id[8];
        snprintf(id, sizeof id, "p%u", i);
        assert_int_equal(router_join(call->router, &call->participants[i], "room", id, i + 1, call->now), 0);
        if (i == LISTENER)
            break;
        struct media media = line(0);
        media.receive = true;
        media.encoding_count = 1;
        media.encodings[0].ssrc = i + 1;
        participant_configure(call->participants[i], &media, 1, sends, 1, NULL, 0, call->now);
        participant_set_ready(call->participants[i], true, call->now);
        lines[i] = line(i);
        lines[i].send = true;
        lines[i].send_ssrc = 100 + i;
    }
    participant_configure(call->participants[LISTENER], lines, SPEAKERS, NULL, 0, receives, SPEAKERS, call->now);
    participant_set_ready(call->participants[LISTENER], true, call->now);
}

static void end(struct call *call)
{
    for (unsigned i = 0; i <= SPEAKERS; i++)
        router_leave(call->router, call->participants[i], call->now);
    router_free(call->router);
}

static void drain(struct call *call)
{
    struct outgoing outgoing = {0};
    struct rtp_header header;
    while (outgoing_next(&outgoing, call->router, call->now))
        if (!outgoing.is_rtcp && rtp_parse(&header, outgoing.data, outgoing.length) == 0)
            call->heard[header.ssrc - 100]++;
}

static void tell_estimate(struct call *call)
{
    static const uint32_t ssrcs[] = {100, 101, 102, 103, 104};
    uint8_t data[128];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_rr(&writer, 1, NULL, 0);
    rtcp_write_remb(&writer, 1, call->estimate_bps, ssrcs, SPEAKERS);
    assert_int_equal(participant_rtcp(call->participants[LISTENER], data, writer.length, call->now, 0), 0);
}

/* All speak for so long; `levels`: -dBov. */
static void speak(struct call *call, const uint8_t levels[SPEAKERS], unsigned ms)
{
    memset(call->heard, 0, sizeof call->heard);
    for (unsigned passed = 0; passed < ms; passed += STEP_MS, call->now += STEP_MS * USEC_PER_MSEC) {
        uint8_t data[512];
        call->sequence++;
        for (unsigned i = 0; i < SPEAKERS; i++) {
            const struct published_packet packet = {.payload_type = OPUS,
                                                    .sequence = call->sequence,
                                                    .timestamp = call->sequence * 960u,
                                                    .ssrc = i + 1,
                                                    .ids.id[EXTENSION_AUDIO_LEVEL] = ID_LEVEL,
                                                    .audio_level = levels[i],
                                                    .payload.size = SIZE};
            participant_rtp(call->participants[i], data, published_packet_write(data, &packet), call->now);
        }
        if (call->estimate_bps != 0 && passed % 200 == 0)
            tell_estimate(call);
        router_timeout(call->router, call->now, call->now);
        drain(call);
    }
}

static unsigned count_heard(const struct call *call, unsigned least)
{
    unsigned count = 0;
    for (unsigned i = 0; i < SPEAKERS; i++)
        count += call->heard[i] >= least ? 1 : 0;
    return count;
}

static void a_thin_link_has_the_loudest_whole(void **state)
{
    static const uint8_t levels[SPEAKERS] = {60, 20, 50, 30, 40}, others[SPEAKERS] = {15, 20, 50, 30, 40};
    struct call call;
    (void)state;
    begin(&call);
    speak(&call, levels, 4000);
    assert_int_equal(count_heard(&call, 200), SPEAKERS);
    call.estimate_bps = 130000;
    speak(&call, levels, 4000);
    speak(&call, levels, 2000); /* two fit: each whole, and nothing of the others */
    assert_int_equal(call.heard[1], 100);
    assert_int_equal(call.heard[3], 100);
    assert_int_equal(count_heard(&call, 1), 2);
    speak(&call, others, 1000); /* one who was not heard is the loudest now */
    speak(&call, others, 1000);
    assert_int_equal(call.heard[0], 50);
    assert_int_equal(count_heard(&call, 1), 2);
    call.estimate_bps = 2000000;
    speak(&call, levels, 3000);
    speak(&call, levels, 1000);
    assert_int_equal(count_heard(&call, 50), SPEAKERS);
    end(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loudest_that_fit),
        cmocka_unit_test(a_thin_link_has_the_loudest_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
