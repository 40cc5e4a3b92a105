/* Protecting and opening against libsrtp2, with each engine: the same bytes, and bytes each takes from the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/peer/reference.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/random.h"
#include "transport/peer/gcm_engine.h"
#include "transport/peer/open.h"
#include "transport/peer/protect.h"

#define PARTS_MAX 5
#define PACKET_MAX 1600

static const struct gcm_engine *engine; /* all tests run with each */
static const char *const engines[] = {"openssl", "ipsec-mb"};
static const enum srtp_profile profiles[] = {SRTP_PROFILE_AEAD_AES_128_GCM, SRTP_PROFILE_AEAD_AES_256_GCM};

struct rig {
    struct rng rng;
    struct srtp_keys keys;
    struct reference sender, receiver;
    struct protector *protector;
    struct opener *opener;
};

static void make_keys(struct srtp_keys *keys, enum srtp_profile profile, struct rng *rng)
{
    uint8_t bytes[SRTP_KEY_MAX + SRTP_SALT_MAX];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)rng_u32(rng);
    srtp_keys_set(keys, profile, bytes, bytes + SRTP_KEY_MAX);
}

static void open_rig(struct rig *rig, enum srtp_profile profile)
{
    rng_init(&rig->rng, 7);
    make_keys(&rig->keys, profile, &rig->rng);
    reference_open(&rig->sender, &rig->keys, ssrc_any_outbound);
    reference_open(&rig->receiver, &rig->keys, ssrc_any_inbound);
    rig->protector = protector_new(&rig->keys, engine);
    rig->opener = opener_new(&rig->keys, engine);
    assert_non_null(rig->sender.srtp);
    assert_non_null(rig->receiver.srtp);
    assert_non_null(rig->protector);
    assert_non_null(rig->opener);
}

static void close_rig(struct rig *rig)
{
    reference_close(&rig->sender);
    reference_close(&rig->receiver);
    protector_free(rig->protector);
    opener_free(rig->opener);
}

struct shape {
    uint32_t ssrc;
    uint16_t seq;
    unsigned csrcs, extension_words; /* 0: none, else words + 1 */
    size_t payload;
};

/* Returns the header's length. */
static size_t make_packet(struct rng *rng, const struct shape *shape, uint8_t *out)
{
    size_t at = 12 + 4 * shape->csrcs;
    for (size_t i = 0; i < PACKET_MAX; i++)
        out[i] = (uint8_t)rng_u32(rng);
    out[0] = (uint8_t)(0x80 | shape->csrcs | (shape->extension_words > 0 ? 0x10 : 0));
    put_u16(out + 2, shape->seq);
    put_u32(out + 8, shape->ssrc);
    if (shape->extension_words == 0)
        return at;
    put_u16(out + at, 0xbede);
    put_u16(out + at + 2, (uint16_t)(shape->extension_words - 1));
    return at + 4 * shape->extension_words;
}

static size_t cut(struct rng *rng, const uint8_t *payload, size_t length, struct span *parts)
{
    size_t count = 1 + (size_t)rng_below(rng, PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t taken = i + 1 < count ? (size_t)rng_below(rng, length + 1) : length;
        parts[i] = (struct span){payload, taken};
        payload += taken;
        length -= taken;
    }
    return count;
}

/* `streams`: what was protected, what was opened. */
static void expect_same(struct rig *rig, struct packet_window *streams, const struct shape *shape)
{
    uint8_t plain[PACKET_MAX], protected[PACKET_MAX], reference[PACKET_MAX];
    struct span parts[PARTS_MAX];
    size_t header = make_packet(&rig->rng, shape, plain), length = header + shape->payload, protected_length;
    size_t count = cut(&rig->rng, plain + header, shape->payload, parts);
    assert_int_equal(protect_rtp(rig->protector, &streams[0], plain, header, parts, count, protected, sizeof protected,
                                 &protected_length),
                     0);
    size_t reference_length = length;
    memcpy(reference, plain, length);
    assert_int_equal(reference_apply(&rig->sender, srtp_protect, reference, &reference_length), 0);
    assert_int_equal(protected_length, reference_length);
    assert_memory_equal(protected, reference, reference_length);
    assert_int_equal(reference_apply(&rig->receiver, srtp_unprotect, protected, &protected_length), 0);
    assert_int_equal(protected_length, length);
    assert_memory_equal(protected, plain, length);
    assert_int_equal(open_rtp(rig->opener, &streams[1], reference, &reference_length), 0);
    assert_int_equal(reference_length, length);
    assert_memory_equal(reference, plain, length);
}

static void equals_libsrtp_over_lengths_and_headers(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rig rig;
        struct packet_window streams[2] = {{.is_started = false}};
        open_rig(&rig, profiles[p]);
        struct shape shape = {.ssrc = 0xdeadbeef};
        for (shape.seq = 0; shape.seq < 1300; shape.seq++) {
            shape.payload = shape.seq;
            shape.csrcs = shape.seq % 16;
            shape.extension_words = shape.seq % 7;
            expect_same(&rig, streams, &shape);
        }
        close_rig(&rig);
    }
}

static void follows_the_rollover_and_late_packets(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rig rig;
        struct packet_window streams[2] = {{.is_started = false}};
        open_rig(&rig, profiles[p]);
        /* three rollovers in steps, now and then a packet from before the last one */
        for (uint32_t index = 30000; index < 200000; index += 97) {
            struct shape shape = {.ssrc = 9, .seq = (uint16_t)index, .payload = 50};
            expect_same(&rig, streams, &shape);
            if (index > 30000 && index % 5 == 0) {
                shape.seq = (uint16_t)(index - 60);
                expect_same(&rig, streams, &shape);
            }
        }
        assert_int_equal(streams[0].highest >> 16, 3);
        close_rig(&rig);
    }
}

static void retransmissions_have_a_stream_of_their_own(void **state)
{
    (void)state;
    struct rig rig;
    struct packet_window media[2] = {{.is_started = false}}, rtx[2] = {{.is_started = false}};
    open_rig(&rig, SRTP_PROFILE_AEAD_AES_128_GCM);
    for (uint16_t i = 0; i < 100; i++) {
        struct shape shape = {.ssrc = 1, .seq = (uint16_t)(65500 + i), .payload = 1000, .extension_words = 3};
        expect_same(&rig, media, &shape);
        shape = (struct shape){.ssrc = 2, .seq = i, .payload = 1002, .extension_words = 3};
        expect_same(&rig, rtx, &shape);
    }
    assert_int_equal(media[0].highest >> 16, 1);
    assert_int_equal(rtx[0].highest >> 16, 0);
    close_rig(&rig);
}

static void rtcp_equals_libsrtp(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rig rig;
        struct packet_window opened = {.is_started = false};
        open_rig(&rig, profiles[p]);
        for (size_t length = 8; length < 1200; length += 4) {
            uint8_t plain[PACKET_MAX], ours[PACKET_MAX], theirs[PACKET_MAX];
            for (size_t i = 0; i < length; i++)
                plain[i] = (uint8_t)rng_u32(&rig.rng);
            plain[0] = 0x80;
            put_u32(plain + 4, 77);
            size_t our_length = length, their_length = length;
            memcpy(ours, plain, length);
            memcpy(theirs, plain, length);
            assert_int_equal(protect_rtcp(rig.protector, ours, &our_length), 0);
            assert_int_equal(reference_apply(&rig.sender, srtp_protect_rtcp, theirs, &their_length), 0);
            assert_int_equal(our_length, their_length);
            assert_memory_equal(ours, theirs, our_length);
            assert_int_equal(reference_apply(&rig.receiver, srtp_unprotect_rtcp, ours, &our_length), 0);
            assert_int_equal(open_rtcp(rig.opener, &opened, theirs, &their_length), 0);
            assert_int_equal(our_length, length);
            assert_int_equal(their_length, length);
            assert_memory_equal(ours, plain, length);
            assert_memory_equal(theirs, plain, length);
        }
        close_rig(&rig);
    }
}

static int protect_one(struct rig *rig, struct packet_window *stream, uint16_t seq)
{
    uint8_t plain[PACKET_MAX], out[PACKET_MAX];
    struct shape shape = {.ssrc = 1, .seq = seq};
    size_t header = make_packet(&rig->rng, &shape, plain), length;
    struct span part = {plain + header, 10};
    return protect_rtp(rig->protector, stream, plain, header, &part, 1, out, sizeof out, &length);
}

static void no_nonce_is_used_twice(void **state)
{
    (void)state;
    struct rig rig;
    struct packet_window stream = {.is_started = false};
    open_rig(&rig, SRTP_PROFILE_AEAD_AES_128_GCM);
    static const struct {
        uint16_t seq;
        int expected;
    } cases[] = {
        {100, 0},
        {100, ERR_DUPLICATE},
        {99, 0},
        {99, ERR_DUPLICATE},
        {1122, 0},
        {98, ERR_DUPLICATE},
        {100, ERR_DUPLICATE},
        {101, 0},
        {101, ERR_DUPLICATE},
        {5000, 0},
        {1122, ERR_DUPLICATE},
        {4999, 0},
        {4999, ERR_DUPLICATE},
        {5000, ERR_DUPLICATE},
        {30000, 0},
        {60000, 0},
        {10, 0},
        {65535, 0},
        {65535, ERR_DUPLICATE},
        {10, ERR_DUPLICATE},
        {60000, ERR_DUPLICATE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int error = protect_one(&rig, &stream, cases[i].seq);
        if (error != cases[i].expected)
            fail_msg("case %u: %d", (unsigned)i, error);
    }
    struct packet_window fresh = {.is_started = false};
    assert_int_equal(protect_one(&rig, &fresh, 5), 0);
    assert_int_equal(protect_one(&rig, &fresh, 65535), ERR_DUPLICATE); /* before the first: there is no rollover -1 */
    close_rig(&rig);
}

static void every_sequence_number_is_remembered(void **state)
{
    (void)state;
    struct rig rig;
    static uint8_t was_sent[4 * 65536]; /* large for a stack */
    memset(was_sent, 0, sizeof was_sent);
    struct packet_window stream = {.is_started = false};
    open_rig(&rig, SRTP_PROFILE_AEAD_AES_128_GCM);
    int64_t highest = 0;
    for (int i = 0; i < 20000; i++) {
        bool is_new = rng_below(&rig.rng, 2) == 0;
        int64_t index = highest + (is_new ? 1 + (int64_t)rng_below(&rig.rng, 24) : -(int64_t)rng_below(&rig.rng, 1500));
        if (index < 0)
            continue;
        int error = protect_one(&rig, &stream, (uint16_t)index);
        bool is_old = stream.is_started && highest - index >= AEAD_WINDOW;
        assert_int_equal(error, was_sent[index] || is_old ? ERR_DUPLICATE : 0);
        if (error == 0)
            was_sent[index] = 1;
        if (error == 0 && index > highest)
            highest = index;
    }
    assert_true(highest > 65536);
    close_rig(&rig);
}

static void refuses_what_is_no_header_and_what_does_not_fit(void **state)
{
    (void)state;
    struct rig rig;
    struct packet_window stream = {.is_started = false};
    uint8_t plain[PACKET_MAX], out[PACKET_MAX];
    size_t length;
    struct span part = {plain, 100};
    open_rig(&rig, SRTP_PROFILE_AEAD_AES_128_GCM);
    struct shape shape = {.ssrc = 1, .seq = 1, .csrcs = 2, .extension_words = 4};
    size_t header = make_packet(&rig.rng, &shape, plain);
    for (size_t wrong = 0; wrong < 60; wrong++) {
        if (wrong != header)
            assert_int_equal(protect_rtp(rig.protector, &stream, plain, wrong, &part, 1, out, sizeof out, &length),
                             ERR_INVALID);
    }
    for (size_t capacity = 0; capacity < header + 100 + AEAD_TAG; capacity++)
        assert_int_equal(protect_rtp(rig.protector, &stream, plain, header, &part, 1, out, capacity, &length),
                         ERR_NO_SPACE);
    assert_false(stream.is_started);
    assert_int_equal(
        protect_rtp(rig.protector, &stream, plain, header, &part, 1, out, header + 100 + AEAD_TAG, &length), 0);
    struct srtp_keys cm;
    make_keys(&cm, SRTP_PROFILE_AES128_CM_SHA1_80, &rig.rng);
    assert_null(protector_new(&cm, engine));
    close_rig(&rig);
}

static void one_changed_byte_is_noticed(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        struct rig rig;
        struct packet_window sent = {.is_started = false}, received = {.is_started = false};
        uint8_t plain[PACKET_MAX], out[PACKET_MAX], changed[PACKET_MAX];
        size_t length, changed_length;
        open_rig(&rig, profiles[p]);
        struct shape shape = {.ssrc = 1, .seq = 1, .csrcs = 2, .extension_words = 4};
        size_t header = make_packet(&rig.rng, &shape, plain);
        struct span part = {plain + header, 100};
        assert_int_equal(protect_rtp(rig.protector, &sent, plain, header, &part, 1, out, sizeof out, &length), 0);
        for (size_t at = 0; at < length; at++) {
            memcpy(changed, out, length);
            changed[at] ^= (uint8_t)(1 << at % 8);
            changed_length = length;
            assert_int_not_equal(open_rtp(rig.opener, &received, changed, &changed_length), 0);
            assert_false(received.is_started);
        }
        assert_int_equal(open_rtp(rig.opener, &received, out, &length), 0);
        memset(&received, 0, sizeof received);
        uint8_t report[PACKET_MAX] = {0x80, 201, 0, 7, 0, 0, 0, 1};
        size_t report_length = 32;
        assert_int_equal(protect_rtcp(rig.protector, report, &report_length), 0);
        for (size_t at = 0; at < report_length; at++) {
            memcpy(changed, report, report_length);
            changed[at] ^= (uint8_t)(1 << at % 8);
            changed_length = report_length;
            assert_int_not_equal(open_rtcp(rig.opener, &received, changed, &changed_length), 0);
            assert_false(received.is_started);
        }
        assert_int_equal(open_rtcp(rig.opener, &received, report, &report_length), 0);
        close_rig(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_libsrtp_over_lengths_and_headers),
        cmocka_unit_test(follows_the_rollover_and_late_packets),
        cmocka_unit_test(retransmissions_have_a_stream_of_their_own),
        cmocka_unit_test(rtcp_equals_libsrtp),
        cmocka_unit_test(no_nonce_is_used_twice),
        cmocka_unit_test(every_sequence_number_is_remembered),
        cmocka_unit_test(refuses_what_is_no_header_and_what_does_not_fit),
        cmocka_unit_test(one_changed_byte_is_noticed),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        engine = gcm_engine_find(engines[i]);
        if (engine != NULL)
            failed += cmocka_run_group_tests_name(engines[i], tests, NULL, NULL);
        else
            printf("%s: not on this machine, not tried\n", engines[i]);
    }
    return failed;
}
