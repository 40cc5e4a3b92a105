/* An encryptor and a decryptor of one room: keys that change as people come and go, frames that cannot be decrypted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/e2ee/frame_decryptor.h"
#include "client/e2ee/frame_encryptor.h"
#include "transport/base/error.h"

#define FRAME 100
#define ENCRYPTED_MAX (FRAME + SFRAME_OVERHEAD_MAX)
/* Where a frame has what its key id says: behind TOC and config byte, since small numbers are short. */
#define GENERATION 2
#define STEP 5

static const uint8_t room_key[ROOM_KEY_SIZE] = {1, 2, 3}, other_key[ROOM_KEY_SIZE] = {4};

struct ends {
    struct frame_encryptor *encryptor;
    struct frame_decryptor decryptor;
    usec_t now;
    bool is_news;
};

struct encrypted {
    uint8_t data[ENCRYPTED_MAX];
    size_t length;
};

static void begin(struct ends *ends)
{
    *ends = (struct ends){.encryptor = frame_encryptor_new(room_key, 7)};
    frame_encryptor_set_self(ends->encryptor, "p1");
}

static struct encrypted encrypt(struct frame_encryptor *encryptor, uint8_t filling)
{
    uint8_t frame[FRAME];
    struct encrypted encrypted;
    struct span out;
    memset(frame, filling, sizeof frame);
    assert_int_equal(frame_encryptor_encrypt(encryptor, CODEC_OPUS, (struct span){frame, sizeof frame}, &out), 0);
    memcpy(encrypted.data, out.data, out.length);
    encrypted.length = out.length;
    return encrypted;
}

static int decrypt_as(struct ends *ends, const uint8_t *key, const char *participant, const struct encrypted *encrypted)
{
    uint8_t out[ENCRYPTED_MAX];
    int length = frame_decryptor_decrypt(&ends->decryptor, key, participant, CODEC_OPUS,
                                         (struct span){encrypted->data, encrypted->length}, out, ends->now);
    ends->is_news = frame_decryptor_note(&ends->decryptor, length >= 0);
    return length;
}

static struct sframe_header header_of(const struct encrypted *encrypted)
{
    struct sframe_header header;
    assert_int_equal(sframe_parse_header(&header, encrypted->data + 1, encrypted->length - 1), 0);
    return header;
}

static void every_frame_has_a_counter_of_its_own(void **state)
{
    (void)state;
    struct ends ends;
    begin(&ends);
    for (uint64_t i = 0; i < 300; i++) {
        struct encrypted encrypted = encrypt(ends.encryptor, 1);
        assert_true(header_of(&encrypted).counter == i);
        assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
    }
    frame_encryptor_free(ends.encryptor);
}

static void the_key_is_another_one_when_somebody_comes_or_goes(void **state)
{
    (void)state;
    struct ends ends;
    begin(&ends);
    struct encrypted first = encrypt(ends.encryptor, 1);
    frame_encryptor_ratchet(ends.encryptor);
    struct encrypted ratcheted = encrypt(ends.encryptor, 1);
    frame_encryptor_renew(ends.encryptor);
    struct encrypted renewed = encrypt(ends.encryptor, 1);
    struct sender_key_id ids[] = {sender_key_id_split(header_of(&first).key_id),
                                  sender_key_id_split(header_of(&ratcheted).key_id),
                                  sender_key_id_split(header_of(&renewed).key_id)};
    assert_true(ids[0].generation == 8 && ids[0].step == 0);
    assert_true(ids[1].generation == 8 && ids[1].step == 1);
    assert_true(ids[2].generation == 9 && ids[2].step == 0);
    assert_true(header_of(&renewed).counter == 0);
    /* In any order: packets of one key are still on their way when those of the next come. */
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &renewed), FRAME);
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &ratcheted), FRAME);
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &first), FRAME);
    frame_encryptor_free(ends.encryptor);
}

static void a_chain_that_is_used_up_is_followed_by_another(void **state)
{
    (void)state;
    struct ends ends;
    begin(&ends);
    for (unsigned i = 0; i <= STEP_MAX; i++)
        frame_encryptor_ratchet(ends.encryptor);
    struct encrypted encrypted = encrypt(ends.encryptor, 1);
    struct sender_key_id id = sender_key_id_split(header_of(&encrypted).key_id);
    assert_true(id.generation == 9 && id.step == 0);
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
    frame_encryptor_free(ends.encryptor);
}

static void another_passphrase_is_noticed_once(void **state)
{
    (void)state;
    struct ends ends;
    unsigned told = 0;
    begin(&ends);
    for (unsigned i = 0; i < 30; i++) {
        struct encrypted encrypted = encrypt(ends.encryptor, 1);
        assert_int_equal(decrypt_as(&ends, other_key, "p1", &encrypted), ERR_AUTH);
        told += ends.is_news;
    }
    assert_int_equal(told, 1);
    assert_int_equal(ends.decryptor.state, DECRYPTOR_WRONG_KEY);
    struct encrypted encrypted = encrypt(ends.encryptor, 1);
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted),
                     ERR_AUTH); /* the tag of the other key is remembered */
    ends.decryptor = (struct frame_decryptor){.failures = 0};
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
    assert_true(ends.is_news && ends.decryptor.state == DECRYPTOR_WORKS);
    frame_encryptor_free(ends.encryptor);
}

static void a_frame_is_not_taken_for_somebody_elses(void **state)
{
    (void)state;
    struct ends ends;
    begin(&ends);
    struct encrypted encrypted = encrypt(ends.encryptor, 1);
    assert_int_equal(decrypt_as(&ends, room_key, "p2", &encrypted), ERR_AUTH);
    assert_int_equal(frame_decryptor_read_tag(CODEC_OPUS, (struct span){encrypted.data, encrypted.length}),
                     room_key_sender_tag(room_key, "p1"));
    frame_encryptor_free(ends.encryptor);
}

static void what_was_changed_on_the_way_is_refused(void **state)
{
    (void)state;
    struct ends ends;
    begin(&ends);
    struct encrypted encrypted = encrypt(ends.encryptor, 1);
    for (size_t i = 0; i < encrypted.length; i++) {
        struct encrypted changed = encrypted;
        changed.data[i] ^= 0x40;
        assert_true(decrypt_as(&ends, room_key, "p1", &changed) < 0);
    }
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
    frame_encryptor_free(ends.encryptor);
}

static void made_up_keys_push_out_none_that_is_used(void **state)
{
    (void)state;
    struct ends ends;
    begin(&ends);
    struct encrypted encrypted = encrypt(ends.encryptor, 1);
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
    for (uint8_t i = 10; i < 50; i++) {
        struct encrypted made_up = encrypted;
        made_up.data[GENERATION] = i;
        assert_true(decrypt_as(&ends, room_key, "p1", &made_up) < 0);
    }
    assert_int_equal(ends.decryptor.key_count, 1);
    frame_encryptor_free(ends.encryptor);
}

/* Hundreds come at once: the key of each step is derived from the one before. */
static void who_follows_needs_little_though_keys_are_made_up_meanwhile(void **state)
{
    (void)state;
    struct ends ends;
    begin(&ends);
    for (unsigned i = 0; i < STEP_MAX; i++) {
        struct encrypted encrypted = encrypt(ends.encryptor, 1), made_up = encrypted;
        made_up.data[GENERATION] ^= 0x20;
        assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
        if (i < 2)
            assert_int_equal(decrypt_as(&ends, room_key, "p1", &made_up), ERR_AUTH);
        frame_encryptor_ratchet(ends.encryptor);
    }
    frame_encryptor_free(ends.encryptor);
}

static void what_has_a_key_is_decrypted_though_the_budget_is_spent(void **state)
{
    (void)state;
    struct ends ends;
    begin(&ends);
    struct encrypted encrypted = encrypt(ends.encryptor, 1), made_up = encrypted;
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
    made_up.data[STEP] = STEP_MAX;
    unsigned tried = 0;
    for (; tried < 100 && decrypt_as(&ends, room_key, "p1", &made_up) == ERR_AUTH; tried++)
        made_up.data[GENERATION]++;
    assert_int_equal(tried, 4);
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &made_up), ERR_LIMIT);
    encrypted = encrypt(ends.encryptor, 1);
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
    frame_encryptor_renew(ends.encryptor);
    encrypted = encrypt(ends.encryptor, 1);
    ends.now += 20 * USEC_PER_MSEC;
    assert_int_equal(decrypt_as(&ends, room_key, "p1", &encrypted), FRAME);
    frame_encryptor_free(ends.encryptor);
}

static void nothing_is_sent_without_an_id_or_of_an_unknown_codec(void **state)
{
    (void)state;
    struct frame_encryptor *encryptor = frame_encryptor_new(room_key, 7);
    static const uint8_t frame[20];
    struct span out;
    assert_int_equal(frame_encryptor_encrypt(encryptor, CODEC_VP8, (struct span){frame, 20}, &out), ERR_WRONG_STATE);
    frame_encryptor_set_self(encryptor, "p1");
    assert_int_equal(frame_encryptor_encrypt(encryptor, CODEC_VP8, (struct span){frame, 9}, &out), ERR_TRUNCATED);
    assert_int_equal(frame_encryptor_encrypt(encryptor, CODEC_AV1, (struct span){frame, 20}, &out), ERR_UNSUPPORTED);
    assert_int_equal(frame_encryptor_encrypt(encryptor, CODEC_OPUS, (struct span){frame, 0}, &out), ERR_TRUNCATED);
    frame_encryptor_free(encryptor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_has_a_counter_of_its_own),
        cmocka_unit_test(the_key_is_another_one_when_somebody_comes_or_goes),
        cmocka_unit_test(a_chain_that_is_used_up_is_followed_by_another),
        cmocka_unit_test(another_passphrase_is_noticed_once),
        cmocka_unit_test(a_frame_is_not_taken_for_somebody_elses),
        cmocka_unit_test(what_was_changed_on_the_way_is_refused),
        cmocka_unit_test(made_up_keys_push_out_none_that_is_used),
        cmocka_unit_test(who_follows_needs_little_though_keys_are_made_up_meanwhile),
        cmocka_unit_test(what_has_a_key_is_decrypted_though_the_budget_is_spent),
        cmocka_unit_test(nothing_is_sent_without_an_id_or_of_an_unknown_codec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
