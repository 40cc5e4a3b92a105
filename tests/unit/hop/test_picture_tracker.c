/* Where pictures begin, codec by codec, from the bytes of their packets: in order, reordered, and with packets lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/base/random.h"
#include "transport/hop/picture_tracker.h"

#define NOWHERE (-1)
#define STEPS_MAX 12

/* A packet in order of arrival. `begin`: the keyframe that is known with this packet begins there. */
struct step {
    int number;
    unsigned picture; /* its timestamp */
    uint8_t payload[16];
    uint8_t length; /* 0: padding */
    int begin;
};

struct stream {
    const char *name;
    struct step steps[STEPS_MAX];
};

static void check(enum codec codec, const struct stream *streams, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct picture_tracker tracker = {0};
        for (size_t k = 0; k < STEPS_MAX && streams[i].steps[k].picture != 0; k++) {
            const struct step *step = &streams[i].steps[k];
            struct frame_info frame;
            assert_int_equal(frame_parse(&frame, codec, step->payload, step->length), 0);
            int64_t begin =
                picture_tracker_packet(&tracker, step->number, step->picture * 3000, step->length > 0 ? &frame : NULL);
            int seen = begin == PICTURE_NOWHERE ? NOWHERE : (int)begin;
            if (seen != step->begin)
                fail_msg("%s: packet %d makes known %d, not %d", streams[i].name, step->number, seen, step->begin);
        }
    }
}

#define CHECK_STREAMS(codec, streams) check(codec, streams, sizeof streams / sizeof(streams)[0])

/* H.264 */
#define SPS {0x67, 0x42}, 2
#define PPS {0x68, 0xce}, 2
#define SEI {0x66, 0x06}, 2
#define DELIMITER {0x69, 0xf0}, 2
#define IDR {0x65, 0x88}, 2
#define IDR_MORE {0x65, 0x40}, 2 /* a later slice of it */
#define SLICE {0x41, 0x9a}, 2
#define SLICE_MORE {0x41, 0x40}, 2
#define STAP_SETS {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce}, 9
#define STAP_ALL {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce, 0, 2, 0x65, 0x88}, 13
#define FU_IDR {0x7c, 0x85, 0x88}, 3
#define FU_IDR_MORE {0x7c, 0x05, 0x88}, 3
#define FU_IDR_LAST {0x7c, 0x45, 0x88}, 3
#define PADDING {0}, 0

static void h264(void **state)
{
    static const struct stream streams[] = {
        {"parameter sets and IDR, each in a packet",
         {{1, 1, SLICE, NOWHERE}, {2, 2, SPS, NOWHERE}, {3, 2, PPS, NOWHERE}, {4, 2, IDR, 2}, {5, 3, SLICE, NOWHERE}}},
        {"the first packets of all", {{1, 1, SPS, NOWHERE}, {2, 1, PPS, NOWHERE}, {3, 1, IDR, 1}}},
        {"all in one packet", {{1, 1, STAP_ALL, 1}, {2, 2, SLICE, NOWHERE}}},
        {"sets in one packet, IDR in fragments",
         {{1, 1, STAP_SETS, NOWHERE}, {2, 1, FU_IDR, 1}, {3, 1, FU_IDR_MORE, NOWHERE}, {4, 1, FU_IDR_LAST, NOWHERE}}},
        {"delimiter and SEI first",
         {{1, 1, SLICE, NOWHERE},
          {2, 2, DELIMITER, NOWHERE},
          {3, 2, SEI, NOWHERE},
          {4, 2, SPS, NOWHERE},
          {5, 2, PPS, NOWHERE},
          {6, 2, IDR, 2}}},
        {"SEI first, and what was before it is lost: the SPS is as good",
         {{7, 2, SEI, NOWHERE}, {8, 2, SPS, NOWHERE}, {9, 2, PPS, NOWHERE}, {10, 2, IDR, 8}}},
        {"several slices make one picture",
         {{1, 1, SPS, NOWHERE},
          {2, 1, PPS, NOWHERE},
          {3, 1, IDR, 1},
          {4, 1, IDR_MORE, NOWHERE},
          {5, 1, IDR_MORE, NOWHERE},
          {6, 2, SLICE, NOWHERE}}},
        {"the first slice is lost: a later one is no place to start",
         {{1, 1, SLICE, NOWHERE}, {3, 2, IDR_MORE, NOWHERE}, {4, 2, IDR_MORE, NOWHERE}, {5, 3, SLICE, NOWHERE}}},
        {"the first slice comes late",
         {{1, 1, SLICE, NOWHERE},
          {2, 2, SPS, NOWHERE},
          {3, 2, PPS, NOWHERE},
          {5, 2, IDR_MORE, NOWHERE},
          {6, 3, SLICE, NOWHERE},
          {4, 2, IDR, 2}}},
        {"IDR before its late parameter sets",
         {{1, 1, SLICE, NOWHERE},
          {4, 2, IDR, NOWHERE},
          {5, 3, SLICE, NOWHERE},
          {6, 4, SLICE, NOWHERE},
          {3, 2, PPS, NOWHERE},
          {2, 2, SPS, 2}}},
        {"the last packet before it is lost, and is no part of it",
         {{1, 1, SLICE, NOWHERE}, {3, 2, SPS, NOWHERE}, {4, 2, PPS, NOWHERE}, {5, 2, IDR, 3}}},
        {"an IDR without parameter sets begins with itself",
         {{1, 1, SLICE, NOWHERE}, {2, 2, IDR, 2}, {3, 3, SLICE, NOWHERE}}},
        {"but not when the packet before it is missing, until that comes",
         {{1, 1, SLICE, NOWHERE}, {3, 2, IDR, NOWHERE}, {4, 3, SLICE, NOWHERE}, {2, 1, SLICE_MORE, 3}}},
        {"sets behind the first slice are part of the picture, and no place to start",
         {{1, 1, SLICE, NOWHERE},
          {2, 2, IDR, 2},
          {3, 2, SPS, NOWHERE},
          {4, 2, PPS, NOWHERE},
          {5, 2, IDR_MORE, NOWHERE}}},
        {"nor when the first slice is lost",
         {{1, 1, SLICE, NOWHERE}, {3, 2, SPS, NOWHERE}, {4, 2, IDR_MORE, NOWHERE}, {2, 2, IDR, 2}}},
        {"nor when what was before it is lost, too",
         {{3, 2, IDR, NOWHERE}, {4, 2, SPS, NOWHERE}, {5, 2, IDR_MORE, NOWHERE}}},
        {"sets with a timestamp of their own count to the IDR behind them",
         {{1, 1, SLICE, NOWHERE},
          {2, 2, SPS, NOWHERE},
          {3, 2, PPS, NOWHERE},
          {4, 3, IDR, 2},
          {5, 3, IDR_MORE, NOWHERE}}},
        {"each with one of its own",
         {{1, 1, SLICE, NOWHERE}, {2, 2, SPS, NOWHERE}, {3, 3, PPS, NOWHERE}, {4, 4, SEI, NOWHERE}, {5, 5, IDR, 2}}},
        {"such sets are late",
         {{1, 1, SLICE, NOWHERE}, {4, 4, IDR, NOWHERE}, {5, 5, SLICE, NOWHERE}, {3, 3, PPS, NOWHERE}, {2, 2, SPS, 2}}},
        {"sets before another picture do not make it a keyframe",
         {{1, 1, SLICE, NOWHERE}, {2, 2, STAP_SETS, NOWHERE}, {3, 2, SLICE, NOWHERE}, {4, 3, SLICE, NOWHERE}}},
        {"and do not count to a later one",
         {{1, 1, STAP_SETS, NOWHERE}, {2, 2, SLICE, NOWHERE}, {3, 3, STAP_SETS, NOWHERE}, {4, 3, IDR, 3}}},
        {"padding before it", {{1, 1, SLICE, NOWHERE}, {2, 1, PADDING, NOWHERE}, {3, 2, IDR, 3}}},
        {"padding with the timestamp that comes", {{1, 1, SLICE, NOWHERE}, {2, 2, PADDING, NOWHERE}, {3, 2, IDR, 2}}},
        {"two keyframes in a row", {{1, 1, STAP_ALL, 1}, {2, 2, STAP_ALL, 2}, {3, 3, IDR, 3}}},
        {"a timestamp that stays the same", {{1, 1, STAP_ALL, 1}, {2, 1, SLICE, NOWHERE}, {3, 1, STAP_ALL, 3}}},
    };
    (void)state;
    CHECK_STREAMS(CODEC_H264, streams);
}

#define VP8_KEY {0x10, 0x50}, 2
#define VP8_DELTA {0x10, 0x51}, 2
#define VP8_MORE {0x00, 0x50}, 2
#define VP8_PARTITION {0x11, 0x50}, 2

static void vp8(void **state)
{
    static const struct stream streams[] = {
        {"a keyframe in three packets",
         {{1, 1, VP8_KEY, 1}, {2, 1, VP8_PARTITION, NOWHERE}, {3, 1, VP8_MORE, NOWHERE}, {4, 2, VP8_DELTA, NOWHERE}}},
        {"its first packet is late",
         {{1, 1, VP8_DELTA, NOWHERE}, {3, 2, VP8_MORE, NOWHERE}, {4, 3, VP8_DELTA, NOWHERE}, {2, 2, VP8_KEY, 2}}},
        {"its first packet is lost",
         {{1, 1, VP8_DELTA, NOWHERE}, {3, 2, VP8_MORE, NOWHERE}, {4, 3, VP8_DELTA, NOWHERE}}},
        {"what is before it is lost", {{1, 1, VP8_DELTA, NOWHERE}, {9, 2, VP8_KEY, 9}}},
        {"a timestamp that stays the same", {{1, 1, VP8_DELTA, NOWHERE}, {2, 1, VP8_KEY, 2}, {3, 1, VP8_KEY, 3}}},
    };
    (void)state;
    CHECK_STREAMS(CODEC_VP8, streams);
}

/* I L F B E, picture id, layer indices (and TL0PICIDX without F). S1_ALONE refers to nothing. */
#define VP9_KEY {0x88, 1}, 2
#define VP9_KEY_MORE {0x80, 1}, 2
#define VP9_DELTA {0xcc, 1}, 2
#define S0_KEY {0xa8, 1, 0x00, 0}, 4
#define S0_KEY_MORE {0xa4, 1, 0x00, 0}, 4
#define S1_OF_KEY {0xac, 1, 0x03, 0}, 4
#define S1_ALONE {0xac, 1, 0x02, 0}, 4
#define S0_DELTA {0xec, 1, 0x00, 0}, 4
#define S1_DELTA {0xec, 1, 0x03, 0}, 4
#define F0_KEY {0xbc, 1, 0x00}, 3
#define F1_OF_KEY {0xbc, 1, 0x03}, 3
#define F0_DELTA {0xfc, 1, 0x00, 0x02}, 4
#define F1_DELTA {0xfc, 1, 0x03, 0x02}, 4

static void vp9(void **state)
{
    static const struct stream streams[] = {
        {"one layer", {{1, 1, VP9_KEY, 1}, {2, 1, VP9_KEY_MORE, NOWHERE}, {3, 2, VP9_DELTA, NOWHERE}}},
        {"its first packet is late",
         {{1, 1, VP9_DELTA, NOWHERE}, {3, 2, VP9_KEY_MORE, NOWHERE}, {4, 3, VP9_DELTA, NOWHERE}, {2, 2, VP9_KEY, 2}}},
        {"two spatial layers in one picture",
         {{1, 1, S0_KEY, 1},
          {2, 1, S0_KEY_MORE, NOWHERE},
          {3, 1, S1_OF_KEY, NOWHERE},
          {4, 2, S0_DELTA, NOWHERE},
          {5, 2, S1_DELTA, NOWHERE}}},
        {"the lowest is lost: the one that is predicted from it is no keyframe",
         {{1, 1, S0_DELTA, NOWHERE}, {2, 1, S1_DELTA, NOWHERE}, {4, 2, S1_OF_KEY, NOWHERE}}},
        {"the lowest is lost: nor is one that refers to nothing",
         {{1, 1, S0_DELTA, NOWHERE}, {2, 1, S1_DELTA, NOWHERE}, {4, 2, S1_ALONE, NOWHERE}, {3, 2, S0_KEY, 3}}},
        {"the lowest is late, in a stream that nobody knows yet", {{4, 2, S1_ALONE, 4}, {3, 2, S0_KEY, NOWHERE}}},
        {"an upper layer alone is renewed: no keyframe",
         {{1, 1, S0_DELTA, NOWHERE}, {2, 1, S1_DELTA, NOWHERE}, {3, 2, S0_DELTA, NOWHERE}, {4, 2, S1_ALONE, NOWHERE}}},
        {"layers numbered across the SSRCs of a simulcast",
         {{1, 1, S1_ALONE, 1}, {2, 2, S1_DELTA, NOWHERE}, {3, 3, S1_ALONE, 3}}},
        {"flexible mode",
         {{1, 1, F0_KEY, 1},
          {2, 1, F1_OF_KEY, NOWHERE},
          {3, 2, F0_DELTA, NOWHERE},
          {4, 2, F1_DELTA, NOWHERE},
          {6, 3, F1_OF_KEY, NOWHERE},
          {5, 3, F0_KEY, 5}}},
    };
    (void)state;
    CHECK_STREAMS(CODEC_VP9, streams);
}

#define NEW_SEQUENCE {0x58, 0x0a, 0x0b}, 3
#define CONTINUED {0x90, 0x22}, 2
#define AV1_FRAME {0x10, 0x30, 0x30}, 3
#define KEY_WITHOUT_N {0x20, 2, 0x08, 0x00, 0x30, 0x10}, 6
#define SEQUENCE_ALONE {0x10, 0x08, 0x00}, 3
#define KEY_ALONE {0x10, 0x30, 0x10}, 3

static void av1(void **state)
{
    static const struct stream streams[] = {
        {"a new coded video sequence",
         {{1, 1, NEW_SEQUENCE, 1},
          {2, 1, CONTINUED, NOWHERE},
          {3, 1, AV1_FRAME, NOWHERE}, /* a second spatial layer */
          {4, 2, AV1_FRAME, NOWHERE}}},
        {"its first packet is late",
         {{1, 1, AV1_FRAME, NOWHERE}, {3, 2, CONTINUED, NOWHERE}, {4, 3, AV1_FRAME, NOWHERE}, {2, 2, NEW_SEQUENCE, 2}}},
        {"told by sequence header and frame header", {{1, 1, AV1_FRAME, NOWHERE}, {2, 2, KEY_WITHOUT_N, 2}}},
        {"each in a packet of its own",
         {{1, 1, AV1_FRAME, NOWHERE},
          {2, 2, SEQUENCE_ALONE, NOWHERE},
          {3, 2, KEY_ALONE, 2},
          {4, 2, CONTINUED, NOWHERE},
          {5, 3, AV1_FRAME, NOWHERE}}},
        {"the sequence header is late",
         {{1, 1, AV1_FRAME, NOWHERE},
          {3, 2, KEY_ALONE, NOWHERE},
          {4, 3, AV1_FRAME, NOWHERE},
          {2, 2, SEQUENCE_ALONE, 2}}},
    };
    (void)state;
    CHECK_STREAMS(CODEC_AV1, streams);
}

static void the_client_asks_for_first_packets_and_keyframes(void **state)
{
    static const struct frame_info delta = {0}, key = {.keyframe = true};
    struct picture_tracker tracker = {0};
    (void)state;
    assert_null(picture_tracker_find_keyframe(&tracker, 0));
    picture_tracker_packet(&tracker, 10, 1, &delta);
    assert_false(picture_tracker_is_first(&tracker, 10)); /* nobody knows */
    picture_tracker_packet(&tracker, 11, 2, &key);
    picture_tracker_packet(&tracker, 12, 2, &delta);
    picture_tracker_packet(&tracker, 13, 3, &key);
    assert_true(picture_tracker_is_first(&tracker, 11));
    assert_false(picture_tracker_is_first(&tracker, 12));
    assert_true(picture_tracker_is_first(&tracker, 13));
    assert_false(picture_tracker_is_first(&tracker, 14));
    assert_int_equal(picture_tracker_find_keyframe(&tracker, 0)->begin, 11);
    assert_int_equal(picture_tracker_find_keyframe(&tracker, 12)->begin, 13);
    assert_null(picture_tracker_find_keyframe(&tracker, 14));
}

static void a_stream_may_jump_and_number_anew(void **state)
{
    static const struct frame_info sets = {.start = true, .has_only_parameters = true}, key = {.keyframe = true};
    static const int64_t jumps[] = {1, 2, 4095, 4096, 65536, 0x20000, INT64_C(1) << 40, -1, -5000, -65536};
    (void)state;
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        struct picture_tracker tracker = {0};
        int64_t at = 100000;
        for (uint32_t k = 0; k < 3 * PICTURES_TRACKED; k++)
            picture_tracker_packet(&tracker, at++, k, &key);
        at += jumps[i];
        for (uint32_t k = 0; k < 3; k++) { /* the same timestamps once more */
            assert_true(picture_tracker_packet(&tracker, at, k, &sets) == PICTURE_NOWHERE);
            assert_true(picture_tracker_packet(&tracker, at + 1, k, &key) == at);
            at += 2;
        }
    }
}

/* Pictures of sets, slices and padding, some lost, some late. Whatever is said to be a beginning is one, it is said
 * once, and where nothing is lost each keyframe's is. */
#define PICTURES 400
#define PACKETS_MAX (PICTURES * 8)
#define WINDOW 24 /* packets that may change places */

struct truth {
    int begin[PACKETS_MAX]; /* of the keyframe of packet i; NOWHERE */
    uint32_t timestamp[PACKETS_MAX];
    struct frame_info frames[PACKETS_MAX];
    int count, keyframes;
};

static void add(struct truth *truth, uint32_t timestamp, int begin, struct frame_info frame)
{
    truth->begin[truth->count] = begin;
    truth->timestamp[truth->count] = timestamp;
    truth->frames[truth->count++] = frame;
}

static void make(struct truth *truth, struct rng *rng)
{
    *truth = (struct truth){0};
    for (uint32_t i = 0; i < PICTURES; i++) {
        int first = truth->count;
        bool is_key = rng_below(rng, 5) == 0, has_sets = is_key && rng_below(rng, 3) != 0;
        unsigned slices = 1 + (unsigned)rng_below(rng, 4);
        int begin = is_key ? first : NOWHERE;
        truth->keyframes += is_key;
        if (has_sets) {
            bool is_apart = rng_below(rng, 2) == 0;
            add(truth, 10 * i - is_apart, begin, (struct frame_info){.start = true, .has_only_parameters = true});
            add(truth, 10 * i - is_apart, begin, (struct frame_info){.has_only_parameters = true});
        }
        for (unsigned k = 0; k < slices; k++)
            add(truth, 10 * i, begin, (struct frame_info){.keyframe = is_key && k == 0});
    }
}

static void run(unsigned seed, unsigned lost_percent, bool is_reordered)
{
    static struct truth truth;
    static int order[PACKETS_MAX];
    static bool is_told[PACKETS_MAX], is_known[PACKETS_MAX];
    struct rng rng;
    struct picture_tracker tracker = {0};
    int known = 0;
    rng_init(&rng, seed);
    make(&truth, &rng);
    for (int i = 0; i < truth.count; i++) {
        order[i] = i;
        is_told[i] = is_known[i] = false;
    }
    for (int i = 0; is_reordered && i + WINDOW < truth.count; i++) {
        int other = i + (int)rng_below(&rng, WINDOW), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (int i = 0; i < truth.count; i++) {
        int at = order[i];
        if (rng_below(&rng, 100) < lost_percent)
            continue;
        int64_t begin = picture_tracker_packet(&tracker, at, truth.timestamp[at], &truth.frames[at]);
        for (const struct tracked_picture *keyframe = picture_tracker_find_keyframe(&tracker, 0); keyframe != NULL;
             keyframe = picture_tracker_find_keyframe(&tracker, keyframe->begin + 1)) {
            known += !is_known[keyframe->begin];
            is_known[keyframe->begin] = true;
        }
        if (begin == PICTURE_NOWHERE)
            continue;
        if (begin < 0 || begin >= truth.count || truth.begin[begin] != begin || is_told[begin])
            fail_msg("seed %u: packet %d says that a keyframe begins at %lld", seed, at, (long long)begin);
        is_told[begin] = true;
    }
    assert_true(lost_percent > 0 || known >= truth.keyframes - 1); /* nothing is known before the very first */
    assert_true(known > 0);
}

static void whatever_is_told_is_true(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 50; seed++) {
        run(seed, 0, false);
        run(seed, 0, true);
        run(seed, 10, true);
        run(seed, 30, false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h264),
        cmocka_unit_test(vp8),
        cmocka_unit_test(vp9),
        cmocka_unit_test(av1),
        cmocka_unit_test(the_client_asks_for_first_packets_and_keyframes),
        cmocka_unit_test(a_stream_may_jump_and_number_anew),
        cmocka_unit_test(whatever_is_told_is_true),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
