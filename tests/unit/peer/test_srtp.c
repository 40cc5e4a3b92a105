#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/support/publisher.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/random.h"
#include "transport/peer/srtp.h"
#include "transport/wire/rtcp.h"

#define PAYLOAD 200

static const enum srtp_profile profiles[] = {SRTP_PROFILE_AES128_CM_SHA1_80, SRTP_PROFILE_AEAD_AES_128_GCM,
                                             SRTP_PROFILE_AEAD_AES_256_GCM};
#define PROFILES (sizeof profiles / sizeof profiles[0])

static void make_keys(struct srtp_keys *keys, enum srtp_profile profile, uint64_t seed)
{
    uint8_t bytes[SRTP_KEY_MAX + SRTP_SALT_MAX];
    struct rng rng;
    rng_init(&rng, seed);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)rng_u32(&rng);
    srtp_keys_set(keys, profile, bytes, bytes + SRTP_KEY_MAX);
}

struct pair {
    struct srtp_session *a, *b;
};

static void open_pair(struct pair *pair, enum srtp_profile profile)
{
    struct srtp_keys first, second;
    make_keys(&first, profile, 1);
    make_keys(&second, profile, 2);
    pair->a = srtp_session_new(&first, &second);
    pair->b = srtp_session_new(&second, &first);
    assert_non_null(pair->a);
    assert_non_null(pair->b);
}

static void close_pair(struct pair *pair)
{
    srtp_session_free(pair->a);
    srtp_session_free(pair->b);
}

static size_t make_rtp(uint8_t *out, uint32_t ssrc, uint16_t seq)
{
    return published_packet_write(
        out, &(struct published_packet){
                 .payload_type = 96, .sequence = seq, .ssrc = ssrc, .payload = {.size = PAYLOAD, .fill = 0x5a}});
}

static size_t make_rr(uint8_t *out, uint32_t ssrc)
{
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, PAYLOAD);
    assert_int_equal(rtcp_write_rr(&writer, ssrc, NULL, 0), 0);
    return writer.length;
}

static int protect(struct srtp_session *session, uint8_t *data, size_t *length, uint32_t ssrc, uint16_t seq)
{
    *length = make_rtp(data, ssrc, seq);
    return srtp_session_protect_rtp(session, data, length);
}

static void carries_rtp_and_rtcp_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct pair pair;
        open_pair(&pair, profiles[i]);
        for (int turn = 0; turn < 2; turn++) {
            struct srtp_session *from = turn == 0 ? pair.a : pair.b, *to = turn == 0 ? pair.b : pair.a;
            uint8_t data[300], plain[300];
            size_t length, plain_length = make_rtp(plain, 5, 65535);
            assert_int_equal(protect(from, data, &length, 5, 65535), 0);
            assert_int_equal(length, plain_length + (profiles[i] == SRTP_PROFILE_AES128_CM_SHA1_80 ? 10 : 16));
            assert_memory_not_equal(data + 12, plain + 12, PAYLOAD);
            assert_int_equal(srtp_session_unprotect_rtp(to, data, &length), 0);
            assert_int_equal(length, plain_length);
            assert_memory_equal(data, plain, length);
            plain_length = make_rr(plain, 5);
            length = make_rr(data, 5);
            assert_int_equal(srtp_session_protect_rtcp(from, data, &length), 0);
            assert_true(length > plain_length && length <= plain_length + SRTP_OVERHEAD_MAX);
            assert_int_equal(srtp_session_unprotect_rtcp(to, data, &length), 0);
            assert_int_equal(length, plain_length);
            assert_memory_equal(data, plain, length);
        }
        close_pair(&pair);
    }
}

static void a_replayed_packet_is_a_duplicate(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct pair pair;
        open_pair(&pair, profiles[i]);
        uint8_t first[300], data[300];
        size_t first_length, length;
        assert_int_equal(protect(pair.a, first, &first_length, 5, 100), 0);
        memcpy(data, first, length = first_length);
        assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), 0);
        memcpy(data, first, length = first_length);
        assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), ERR_DUPLICATE);
        /* and when it is far behind the window */
        assert_int_equal(protect(pair.a, data, &length, 5, 100 + 2 * SRTP_REPLAY_WINDOW), 0);
        assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), 0);
        memcpy(data, first, length = first_length);
        assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), ERR_DUPLICATE);
        first_length = make_rr(first, 5);
        assert_int_equal(srtp_session_protect_rtcp(pair.a, first, &first_length), 0);
        memcpy(data, first, length = first_length);
        assert_int_equal(srtp_session_unprotect_rtcp(pair.b, data, &length), 0);
        memcpy(data, first, length = first_length);
        assert_int_equal(srtp_session_unprotect_rtcp(pair.b, data, &length), ERR_DUPLICATE);
        close_pair(&pair);
    }
}

static void late_packets_within_the_window_are_taken(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, SRTP_PROFILE_AEAD_AES_128_GCM);
    uint8_t late[300], data[300];
    size_t late_length, length;
    assert_int_equal(protect(pair.a, late, &late_length, 5, 10), 0);
    assert_int_equal(protect(pair.a, data, &length, 5, 1000), 0);
    assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), 0);
    assert_int_equal(srtp_session_unprotect_rtp(pair.b, late, &late_length), 0);
    close_pair(&pair);
}

static void a_wrong_key_or_a_changed_bit_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct pair pair, other;
        struct srtp_keys first, second;
        open_pair(&pair, profiles[i]);
        make_keys(&first, profiles[i], 3);
        make_keys(&second, profiles[i], 4);
        other.a = srtp_session_new(&first, &second);
        uint8_t data[300], copy[300];
        size_t length, changed;
        assert_int_equal(protect(pair.a, data, &length, 5, 1), 0);
        for (size_t at = 1; at < length; at += 7) {
            memcpy(copy, data, changed = length);
            copy[at] ^= 1;
            assert_int_equal(srtp_session_unprotect_rtp(pair.b, copy, &changed), ERR_AUTH);
        }
        memcpy(copy, data, changed = length);
        assert_int_equal(srtp_session_unprotect_rtp(other.a, copy, &changed), ERR_AUTH);
        assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), 0);
        length = make_rr(data, 5);
        assert_int_equal(srtp_session_protect_rtcp(pair.a, data, &length), 0);
        memcpy(copy, data, changed = length);
        assert_int_equal(srtp_session_unprotect_rtcp(other.a, copy, &changed), ERR_AUTH);
        srtp_session_free(other.a);
        close_pair(&pair);
    }
}

static void malformed_packets_are_refused(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1);
    for (size_t i = 0; i < PROFILES; i++) {
        struct pair pair;
        open_pair(&pair, profiles[i]);
        for (int n = 0; n < 3000; n++) {
            uint8_t data[100];
            size_t length = (size_t)rng_below(&rng, sizeof data);
            for (size_t k = 0; k < length; k++)
                data[k] = (uint8_t)rng_u32(&rng);
            if (n % 2 == 0 && length > 0)
                data[0] = (uint8_t)(0x80 | (data[0] & 0x3f));
            assert_true((n % 3 == 0 ? srtp_session_unprotect_rtcp : srtp_session_unprotect_rtp)(pair.b, data, &length) <
                        0);
        }
        close_pair(&pair);
    }
}

static void only_cm_protects_a_sequence_number_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct pair pair;
        open_pair(&pair, profiles[i]);
        uint8_t data[300];
        size_t length;
        assert_int_equal(protect(pair.a, data, &length, 5, 1), 0);
        int expected = srtp_profile_is_aead(profiles[i]) ? ERR_DUPLICATE : 0;
        assert_int_equal(protect(pair.a, data, &length, 5, 1), expected);
        close_pair(&pair);
    }
}

static void state_is_bounded_and_forgeries_push_nothing_out(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, SRTP_PROFILE_AEAD_AES_128_GCM);
    uint8_t first[300], data[300];
    size_t first_length, length;
    assert_int_equal(protect(pair.a, first, &first_length, 1, 1), 0);
    memcpy(data, first, length = first_length);
    assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), 0);
    for (uint32_t ssrc = 100000; ssrc < 100000 + 2 * SRTP_STREAMS_IN_MAX; ssrc++) {
        memcpy(data, first, length = first_length);
        put_u32(data + 8, ssrc);
        assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), ERR_AUTH);
    }
    memcpy(data, first, length = first_length);
    assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), ERR_DUPLICATE);
    /* Genuine ones do: the first has been silent for longest. */
    for (uint32_t ssrc = 2; ssrc <= SRTP_STREAMS_OUT_MAX; ssrc++) {
        assert_int_equal(protect(pair.a, data, &length, ssrc, 1), 0);
        assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), 0);
    }
    assert_int_equal(protect(pair.a, data, &length, SRTP_STREAMS_OUT_MAX + 1, 1), ERR_LIMIT);
    assert_int_equal(protect(pair.a, data, &length, 7, 2), 0);
    memcpy(data, first, length = first_length);
    assert_int_equal(srtp_session_unprotect_rtp(pair.b, data, &length), 0);
    close_pair(&pair);
}

static void profiles_have_names_and_lengths(void **state)
{
    (void)state;
    size_t key, salt;
    assert_string_equal(srtp_profile_name(SRTP_PROFILE_AEAD_AES_256_GCM), "AEAD_AES_256_GCM");
    assert_string_equal(srtp_profile_name(SRTP_PROFILE_NONE), "none");
    assert_int_equal(srtp_profile_lengths(SRTP_PROFILE_AES128_CM_SHA1_80, &key, &salt), 0);
    assert_true(key == 16 && salt == 14);
    assert_int_equal(srtp_profile_lengths(SRTP_PROFILE_AEAD_AES_256_GCM, &key, &salt), 0);
    assert_true(key == 32 && salt == 12);
    assert_int_equal(srtp_profile_lengths(SRTP_PROFILE_NONE, &key, &salt), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_rtp_and_rtcp_both_ways),
        cmocka_unit_test(a_replayed_packet_is_a_duplicate),
        cmocka_unit_test(late_packets_within_the_window_are_taken),
        cmocka_unit_test(a_wrong_key_or_a_changed_bit_is_refused),
        cmocka_unit_test(malformed_packets_are_refused),
        cmocka_unit_test(only_cm_protects_a_sequence_number_twice),
        cmocka_unit_test(state_is_bounded_and_forgeries_push_nothing_out),
        cmocka_unit_test(profiles_have_names_and_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
