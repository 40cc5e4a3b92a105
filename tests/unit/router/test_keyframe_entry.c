/* Where a viewer who waits for a keyframe begins: with the first packet of its picture, parameter sets and all, also
 * when that comes late; never with a later slice or an upper spatial layer. The same holds for a switch between
 * encodings. */
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
#include "tests/support/rtcp.h"

#define MS USEC_PER_MSEC
#define PAYLOAD_TYPE 102
#define SSRC 20 /* of the lower encoding; the upper one has the next */
#define STEPS_MAX 12
#define SEEN_MAX 400

struct fixture {
    struct router *router;
    struct participant *publisher, *viewer;
    enum codec codec;
    usec_t now;
    struct {
        char mark;
        uint16_t sequence;
        uint32_t timestamp;
    } seen[SEEN_MAX]; /* by the viewer, by sequence number */
    size_t count;
    unsigned keyframe_requests;
};

struct step {
    uint16_t number;
    uint16_t picture; /* its timestamp */
    uint8_t payload[16];
    uint8_t length;
};

/* Packets in order of arrival, marked a, b, c...; `expected`: what the viewer then has, in order of numbers, '.' where
 * a number is free. */
struct stream {
    const char *name;
    enum codec codec;
    const char *expected;
    struct step steps[STEPS_MAX];
};

static struct media line_of(enum codec codec)
{
    struct media media = {.mid = "v", .kind = MEDIA_VIDEO, .codec_count = 1};
    media.codecs[0] = (struct media_codec){.codec = codec,
                                           .payload_type = PAYLOAD_TYPE,
                                           .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                           .primary_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                           .clock_rate = 90000,
                                           .channels = 1,
                                           .nack = true,
                                           .pli = true};
    return media;
}

static void set_up(struct fixture *f, enum codec codec, size_t encodings)
{
    static const struct router_send sends[] = {{"v", "camera", false}};
    static const struct router_receive receives[] = {{"v", "p/camera"}};
    *f = (struct fixture){.now = USEC_PER_SEC, .codec = codec};
    f->router = router_new(&(struct router_config){0}, 7);
    assert_int_equal(router_join(f->router, &f->publisher, "room", "p", 1, f->now), 0);
    assert_int_equal(router_join(f->router, &f->viewer, "room", "s", 2, f->now), 0);
    struct media up = line_of(codec), down = line_of(codec);
    up.receive = down.send = true;
    up.encoding_count = encodings;
    for (size_t i = 0; i < encodings; i++)
        up.encodings[i].ssrc = (uint32_t)(SSRC + i);
    down.send_ssrc = 2000;
    participant_configure(f->viewer, &down, 1, NULL, 0, receives, 1, f->now);
    participant_configure(f->publisher, &up, 1, sends, 1, NULL, 0, f->now);
    participant_set_ready(f->publisher, true, f->now);
    participant_set_ready(f->viewer, true, f->now);
}

static void tear_down(struct fixture *f)
{
    router_leave(f->router, f->publisher, f->now);
    router_leave(f->router, f->viewer, f->now);
    router_free(f->router);
}

static void see(struct fixture *f, const uint8_t *data, size_t length)
{
    struct rtp_header header;
    size_t at = f->count++;
    assert_int_equal(rtp_parse(&header, data, length), 0);
    assert_true(at < SEEN_MAX);
    for (; at > 0 && (int16_t)(f->seen[at - 1].sequence - header.sequence) > 0; at--)
        f->seen[at] = f->seen[at - 1];
    f->seen[at].mark = (char)data[header.payload_offset + header.payload_length - 1];
    f->seen[at].sequence = header.sequence;
    f->seen[at].timestamp = header.timestamp;
}

static void drain(struct fixture *f)
{
    struct outgoing outgoing = {0};
    while (outgoing_next(&outgoing, f->router, f->now))
        if (!outgoing.is_rtcp)
            see(f, outgoing.data, outgoing.length);
        else if (outgoing.participant == f->publisher)
            f->keyframe_requests += rtcp_count_plis(outgoing.data, outgoing.length);
}

static void pass(struct fixture *f, usec_t duration)
{
    for (usec_t end = f->now + duration; f->now < end; f->now += 10 * MS) {
        if (router_next(f->router) <= f->now)
            router_timeout(f->router, f->now, 1000 * USEC_PER_SEC + f->now);
        drain(f);
    }
}

static void send(struct fixture *f, uint32_t encoding, const struct step *step, char mark)
{
    uint8_t data[64];
    const struct published_packet packet = {
        .payload_type = PAYLOAD_TYPE,
        .sequence = step->number,
        .timestamp = step->picture * 3000u,
        .ssrc = SSRC + encoding,
        .payload = {.data = step->payload, .length = step->length, .size = step->length + 1u, .fill = (uint8_t)mark}};
    assert_int_equal(participant_rtp(f->publisher, data, published_packet_write(data, &packet), f->now), 0);
    drain(f);
}

static void send_all(struct fixture *f, uint32_t encoding, const struct step *steps)
{
    for (size_t i = 0; i < STEPS_MAX && steps[i].length > 0; i++)
        send(f, encoding, &steps[i], (char)('a' + i));
}

static void expect(const struct fixture *f, const char *name, size_t from, const char *expected)
{
    char seen[SEEN_MAX * 2];
    size_t length = 0;
    for (size_t i = from; i < f->count && length + 2 < sizeof seen; i++) {
        for (int free = i > from ? (uint16_t)(f->seen[i].sequence - f->seen[i - 1].sequence) - 1 : 0; free > 0; free--)
            seen[length++] = '.';
        seen[length++] = f->seen[i].mark;
    }
    seen[length] = '\0';
    if (strcmp(seen, expected) != 0)
        fail_msg("%s: the viewer has \"%s\", not \"%s\"", name, seen, expected);
}

#define SPS {0x67, 0x42}, 2
#define PPS {0x68, 0xce}, 2
#define SEI {0x66, 0x06}, 2
#define DELIMITER {0x69, 0xf0}, 2
#define IDR {0x65, 0x88}, 2
#define IDR_MORE {0x65, 0x40}, 2
#define SLICE {0x41, 0x9a}, 2
#define STAP_SETS {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce}, 9
#define STAP_ALL {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce, 0, 2, 0x65, 0x88}, 13
#define FU_IDR {0x7c, 0x85, 0x88}, 3
#define FU_IDR_LAST {0x7c, 0x45, 0x88}, 3
#define VP8_KEY {0x10, 0x50}, 2
#define VP8_DELTA {0x10, 0x51}, 2
#define VP8_MORE {0x00, 0x50}, 2
#define S0_KEY {0xac, 1, 0x00, 0}, 4
#define S1_OF_KEY {0xac, 1, 0x03, 0}, 4
#define S1_ALONE {0xac, 1, 0x02, 0}, 4
#define S0_DELTA {0xec, 1, 0x00, 0}, 4
#define S1_DELTA {0xec, 1, 0x03, 0}, 4
#define F0_KEY {0xbc, 1, 0x00}, 3
#define F1_OF_KEY {0xbc, 1, 0x03}, 3
#define F0_DELTA {0xfc, 1, 0x00, 0x02}, 4
#define AV1_KEY {0x58, 0x0a, 0x0b}, 3
#define AV1_MORE {0x90, 0x22}, 2
#define AV1_FRAME {0x10, 0x30, 0x30}, 3
#define AV1_SEQUENCE {0x10, 0x08, 0x00}, 3
#define AV1_KEY_ALONE {0x10, 0x30, 0x10}, 3

static const struct stream streams[] = {
    {"H.264 in order", CODEC_H264, "bcde", {{1, 1, SLICE}, {2, 2, SPS}, {3, 2, PPS}, {4, 2, IDR}, {5, 3, SLICE}}},
    {"H.264 in one packet", CODEC_H264, "bc", {{1, 1, SLICE}, {2, 2, STAP_ALL}, {3, 3, SLICE}}},
    {"H.264 in fragments",
     CODEC_H264,
     "bcde",
     {{1, 1, SLICE}, {2, 2, STAP_SETS}, {3, 2, FU_IDR}, {4, 2, FU_IDR_LAST}, {5, 3, SLICE}}},
    {"H.264 with delimiter and SEI",
     CODEC_H264,
     "bcdefg",
     {{1, 1, SLICE}, {2, 2, DELIMITER}, {3, 2, SEI}, {4, 2, SPS}, {5, 2, PPS}, {6, 2, IDR}, {7, 3, SLICE}}},
    {"H.264, parameter sets late",
     CODEC_H264,
     "fgbcde",
     {{1, 1, SLICE}, {4, 2, IDR}, {5, 3, SLICE}, {6, 4, SLICE}, {7, 5, SLICE}, {2, 2, SPS}, {3, 2, PPS}}},
    {"H.264, parameter sets lost", CODEC_H264, "", {{1, 1, SLICE}, {4, 2, IDR}, {5, 3, SLICE}, {6, 4, SLICE}}},
    {"H.264, parameter sets and IDR in pictures of their own",
     CODEC_H264,
     "bcde",
     {{1, 1, SLICE}, {2, 2, SPS}, {3, 3, PPS}, {4, 4, IDR}, {5, 5, SLICE}}},
    {"H.264 in slices",
     CODEC_H264,
     "bcdef",
     {{1, 1, SLICE}, {2, 2, STAP_SETS}, {3, 2, IDR}, {4, 2, IDR_MORE}, {5, 2, IDR_MORE}, {6, 3, SLICE}}},
    {"H.264, first slice late",
     CODEC_H264,
     "becd",
     {{1, 1, SLICE}, {2, 2, STAP_SETS}, {4, 2, IDR_MORE}, {5, 3, SLICE}, {3, 2, IDR}}},
    {"H.264, first slice lost", CODEC_H264, "", {{1, 1, SLICE}, {2, 2, STAP_SETS}, {4, 2, IDR_MORE}, {5, 3, SLICE}}},
    {"H.264, no sets but before other pictures", CODEC_H264, "", {{1, 1, STAP_SETS}, {2, 1, SLICE}, {3, 2, SLICE}}},
    {"H.264, a later packet lost", CODEC_H264, "b.cd", {{1, 1, SLICE}, {2, 2, SPS}, {4, 2, IDR}, {5, 3, SLICE}}},
    {"VP8", CODEC_VP8, "bcd", {{1, 1, VP8_DELTA}, {2, 2, VP8_KEY}, {3, 2, VP8_MORE}, {4, 3, VP8_DELTA}}},
    {"VP8, first packet late",
     CODEC_VP8,
     "dbc",
     {{1, 1, VP8_DELTA}, {3, 2, VP8_MORE}, {4, 3, VP8_DELTA}, {2, 2, VP8_KEY}}},
    {"VP9 in two layers",
     CODEC_VP9,
     "bcde",
     {{1, 1, S0_DELTA}, {2, 2, S0_KEY}, {3, 2, S1_OF_KEY}, {4, 3, S0_DELTA}, {5, 3, S1_DELTA}}},
    {"VP9, lowest layer late",
     CODEC_VP9,
     "dbc",
     {{1, 1, S0_DELTA}, {3, 2, S1_OF_KEY}, {4, 3, S0_DELTA}, {2, 2, S0_KEY}}},
    {"VP9, lowest layer lost, the upper one refers to nothing",
     CODEC_VP9,
     "",
     {{1, 1, S0_DELTA}, {3, 2, S1_ALONE}, {4, 3, S0_DELTA}}},
    {"VP9 in flexible mode", CODEC_VP9, "bcd", {{1, 1, F0_DELTA}, {2, 2, F0_KEY}, {3, 2, F1_OF_KEY}, {4, 3, F0_DELTA}}},
    {"AV1 without descriptors",
     CODEC_AV1,
     "bcd",
     {{1, 1, AV1_FRAME}, {2, 2, AV1_KEY}, {3, 2, AV1_MORE}, {4, 3, AV1_FRAME}}},
    {"AV1, sequence header in a packet of its own",
     CODEC_AV1,
     "bcde",
     {{1, 1, AV1_FRAME}, {2, 2, AV1_SEQUENCE}, {3, 2, AV1_KEY_ALONE}, {4, 2, AV1_MORE}, {5, 3, AV1_FRAME}}},
    {"AV1, first packet late",
     CODEC_AV1,
     "dbc",
     {{1, 1, AV1_FRAME}, {3, 2, AV1_MORE}, {4, 3, AV1_FRAME}, {2, 2, AV1_KEY}}},
};

static void who_waits_begins_with_the_first_packet(void **state)
{
    static struct fixture f;
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        set_up(&f, streams[i].codec, 1);
        send_all(&f, 0, streams[i].steps);
        expect(&f, streams[i].name, 0, streams[i].expected);
        /* Asked for until it comes; once more where a packet stays lost. */
        bool is_missing = streams[i].expected[0] == '\0' || strchr(streams[i].expected, '.') != NULL;
        unsigned before = f.keyframe_requests;
        pass(&f, 1200 * MS);
        if ((f.keyframe_requests > before) != is_missing)
            fail_msg("%s: %u keyframes asked for", streams[i].name, f.keyframe_requests - before);
        tear_down(&f);
    }
}

/* The lower encoding is shown first, since the upper one has to prove itself. */
static void a_switch_begins_with_the_first_packet(void **state)
{
    static const struct {
        enum codec codec;
        struct step key, delta;
    } lower[] = {{CODEC_H264, {0, 0, STAP_ALL}, {0, 0, SLICE}}, {CODEC_VP8, {0, 0, VP8_KEY}, {0, 0, VP8_DELTA}}};
    static struct fixture f;
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        const struct stream *stream = &streams[i];
        size_t which = stream->codec == CODEC_H264 ? 0 : 1;
        if (stream->codec != lower[which].codec)
            continue;
        set_up(&f, stream->codec, 2);
        for (uint16_t k = 0; k < 60; k++) { /* 2.4 s */
            struct step step = k == 0 ? lower[which].key : lower[which].delta;
            step.number = step.picture = (uint16_t)(100 + k);
            send(&f, 0, &step, 'x');
            step = lower[which].delta;
            step.number = step.picture = (uint16_t)(65536 - 60 + k);
            send(&f, 1, &step, 'y');
            pass(&f, 40 * MS);
        }
        size_t before = f.count;
        assert_int_equal(before, 60);
        send_all(&f, 1, stream->steps);
        expect(&f, stream->name, before, stream->expected);
        if (f.count > before)
            assert_int_equal(f.seen[before].sequence, (uint16_t)(f.seen[before - 1].sequence + 1));
        tear_down(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_begins_with_the_first_packet),
        cmocka_unit_test(a_switch_begins_with_the_first_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
