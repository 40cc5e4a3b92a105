/* Every case of tests/vectors/e2ee/ through the C client's encryption; tests/vectors/e2ee.test.mjs is the same test for
 * the page's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client/e2ee/frame_decryptor.h"
#include "client/e2ee/frame_encryptor.h"
#include "transport/base/error.h"

#define FOLDER TEST_ROOT "/vectors/e2ee/"
#define BYTES_MAX 512

struct bytes {
    uint8_t data[BYTES_MAX];
    size_t length;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static uint64_t number_of(const json_t *object, const char *key)
{
    return strtoull(text_of(object, key), NULL, 16);
}

static struct bytes bytes_of(const json_t *object, const char *key)
{
    const char *text = text_of(object, key);
    struct bytes bytes = {.length = strlen(text) / 2};
    assert_true(bytes.length <= BYTES_MAX);
    for (size_t i = 0; i < bytes.length; i++) {
        const char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
        bytes.data[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return bytes;
}

static struct span span_of(const struct bytes *bytes)
{
    return (struct span){bytes->data, bytes->length};
}

static void assert_bytes(const struct bytes *expected, const uint8_t *data, size_t length)
{
    assert_int_equal(length, expected->length);
    assert_memory_equal(data, expected->data, length);
}

static json_t *load(const char *name)
{
    json_t *root = json_load_file(name, 0, NULL);
    assert_non_null(root);
    return root;
}

static void sframe_headers(void **state)
{
    (void)state;
    json_t *root = load(FOLDER "headers.json"), *one;
    size_t index;
    json_array_foreach(json_object_get(root, "headers"), index, one)
    {
        struct bytes expected = bytes_of(one, "header");
        uint8_t out[SFRAME_HEADER_MAX];
        struct sframe_header header;
        assert_bytes(&expected, out, sframe_write_header(out, number_of(one, "key_id"), number_of(one, "counter")));
        assert_int_equal(sframe_parse_header(&header, out, sizeof out), 0);
        assert_true(header.key_id == number_of(one, "key_id") && header.counter == number_of(one, "counter"));
        assert_int_equal(header.length, expected.length);
        for (size_t length = 0; length < expected.length; length++)
            assert_int_equal(sframe_parse_header(&header, out, length), ERR_TRUNCATED);
    }
    assert_true(index > 50);
    json_decref(root);
}

static void vectors_of_rfc9605(void **state)
{
    (void)state;
    json_t *root = load(FOLDER "sframe.json"), *one;
    size_t index;
    json_array_foreach(json_object_get(root, "rfc9605"), index, one)
    {
        struct bytes base = bytes_of(one, "base_key"), plain = bytes_of(one, "plain"),
                     encrypted = bytes_of(one, "encrypted");
        struct bytes metadata = bytes_of(one, "metadata"), key_bytes = bytes_of(one, "key"),
                     salt = bytes_of(one, "salt");
        enum sframe_suite suite = (enum sframe_suite)json_integer_value(json_object_get(one, "suite"));
        struct sframe_key key;
        struct sframe_header header;
        uint8_t out[BYTES_MAX];
        sframe_key_derive(&key, suite, number_of(one, "key_id"), span_of(&base));
        assert_bytes(&key_bytes, key.key, key_bytes.length);
        assert_bytes(&salt, key.salt, sizeof key.salt);
        assert_bytes(&encrypted, out,
                     sframe_encrypt(&key, number_of(one, "counter"), span_of(&metadata), span_of(&plain), out));
        assert_int_equal(sframe_parse_header(&header, encrypted.data, encrypted.length), 0);
        int length = sframe_decrypt(&key, &header, span_of(&metadata), span_of(&encrypted), out);
        assert_true(length >= 0);
        assert_bytes(&plain, out, (size_t)length);
        metadata.data[0] ^= 1;
        assert_int_equal(sframe_decrypt(&key, &header, span_of(&metadata), span_of(&encrypted), out), ERR_AUTH);
    }
    assert_int_equal(index, 2);
    json_decref(root);
}

static void keys_of_senders(void **state)
{
    (void)state;
    json_t *root = load(FOLDER "keys.json"), *room, *sender;
    size_t i, k;
    json_array_foreach(json_object_get(root, "rooms"), i, room)
    {
        struct bytes expected = bytes_of(room, "room_key");
        uint8_t room_key[ROOM_KEY_SIZE];
        room_key_derive(room_key, text_of(room, "passphrase"), text_of(room, "room"));
        assert_bytes(&expected, room_key, sizeof room_key);
        json_array_foreach(json_object_get(room, "senders"), k, sender)
        {
            const char *participant = text_of(sender, "participant");
            struct bytes last = bytes_of(sender, "base_key");
            uint8_t base_key[ROOM_KEY_SIZE];
            struct sender_key_id id = sender_key_id_split(number_of(sender, "key_id"));
            assert_true(id.generation == number_of(sender, "generation"));
            assert_int_equal(id.step, json_integer_value(json_object_get(sender, "step")));
            assert_int_equal(id.tag, json_integer_value(json_object_get(sender, "tag")));
            assert_int_equal(room_key_sender_tag(room_key, participant), id.tag);
            assert_true(sender_key_id_join(&id) == number_of(sender, "key_id"));
            room_key_sender_base(room_key, participant, id.generation, base_key);
            for (unsigned step = 0; step < id.step; step++)
                sframe_ratchet(ROOM_KEY_SUITE, base_key, sizeof base_key);
            assert_bytes(&last, base_key, sizeof base_key);
        }
    }
    json_decref(root);
}

static void frames_of_each_codec(void **state)
{
    (void)state;
    json_t *root = load(FOLDER "frames.json"), *one;
    struct bytes room_key = bytes_of(root, "room_key");
    const char *participant = text_of(root, "participant");
    struct frame_encryptor *encryptor = frame_encryptor_new(room_key.data, number_of(root, "random"));
    struct frame_decryptor decryptor = {.failures = 0};
    size_t index, seen = 0;
    frame_encryptor_set_self(encryptor, participant);
    json_array_foreach(json_object_get(root, "frames"), index, one)
    {
        if (!json_is_true(json_object_get(one, "in_c")))
            continue;
        enum codec codec = codec_from_name(text_of(one, "codec"));
        struct bytes plain = bytes_of(one, "plain"), encrypted = bytes_of(one, "encrypted");
        struct span out;
        uint8_t decrypted[BYTES_MAX];
        assert_int_equal(frame_encryptor_encrypt(encryptor, codec, span_of(&plain), &out), 0);
        assert_bytes(&encrypted, out.data, out.length);
        int length =
            frame_decryptor_decrypt(&decryptor, room_key.data, participant, codec, span_of(&encrypted), decrypted, 0);
        assert_true(length >= 0);
        assert_bytes(&plain, decrypted, (size_t)length);
        seen++;
    }
    assert_int_equal(seen, 5);
    frame_encryptor_free(encryptor);
    json_decref(root);
}

static void derivations_for_made_up_keys(void **state)
{
    (void)state;
    json_t *root = load(FOLDER "derivations.json"), *one;
    struct bytes room_key = bytes_of(root, "room_key");
    const char *participant = text_of(root, "participant");
    struct frame_decryptor decryptor = {.failures = 0};
    size_t index;
    json_array_foreach(json_object_get(root, "frames"), index, one)
    {
        const struct sender_key_id id = {.generation = number_of(one, "generation"),
                                         .tag = room_key_sender_tag(room_key.data, participant),
                                         .step = (uint8_t)json_integer_value(json_object_get(one, "step"))};
        uint8_t frame[1 + SFRAME_HEADER_MAX + 20] = {0x78}, out[sizeof frame];
        size_t length = 1 + sframe_write_header(frame + 1, sender_key_id_join(&id), 5) + 20;
        int expected = json_is_true(json_object_get(one, "is_tried")) ? ERR_AUTH : ERR_LIMIT;
        int result =
            frame_decryptor_decrypt(&decryptor, room_key.data, participant, CODEC_OPUS, (struct span){frame, length},
                                    out, json_integer_value(json_object_get(one, "at_ms")) * USEC_PER_MSEC);
        if (result != expected)
            fail_msg("%s: %s", text_of(one, "name"), error_text(result));
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sframe_headers),
        cmocka_unit_test(vectors_of_rfc9605),
        cmocka_unit_test(keys_of_senders),
        cmocka_unit_test(frames_of_each_codec),
        cmocka_unit_test(derivations_for_made_up_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
