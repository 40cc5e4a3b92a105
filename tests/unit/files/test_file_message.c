/* Every case of tests/vectors/files/ through the C client's format and names of files; tests/vectors/files.test.mjs is
 * the same test for the page's. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/files/file_message.h"
#include "client/files/file_name.h"
#include "transport/base/error.h"

static const char *const kinds[] = {"offer", "accept", "chunk", "received", "end", "done", "cancel", "refuse"};
static const char *const reasons[] = {"cancelled", "declined",  "unreadable", "unsaved",
                                      "different", "too-large", "too-many",   "lost"};

static json_t *vectors(const char *key)
{
    static json_t *file;
    if (file == NULL)
        file = json_load_file(TEST_ROOT "/vectors/files/files.json", JSON_ALLOW_NUL, NULL);
    json_t *list = json_object_get(file, key);
    assert_true(json_array_size(list) > 0);
    return list;
}

static struct span bytes_of(const char *hex, uint8_t *out)
{
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return (struct span){out, length};
}

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static uint64_t number_at(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void assert_is(const struct file_message *message, const json_t *expected, const char *what)
{
    static uint8_t buffer[2 * FILE_MESSAGE_MAX];
    const char *hex = text_at(expected, message->kind == FILE_END ? "hash" : "bytes");
    if (strcmp(kinds[message->kind], text_at(expected, "kind")) != 0)
        fail_msg("%s: %s", what, kinds[message->kind]);
    assert_int_equal(message->number, number_at(expected, "number"));
    assert_int_equal(message->size, number_at(expected, "size"));
    assert_int_equal(message->offset, number_at(expected, "offset"));
    assert_string_equal(message->name, message->kind == FILE_OFFER ? text_at(expected, "name") : "");
    if (hex != NULL) {
        struct span bytes = bytes_of(hex, buffer);
        assert_int_equal(message->bytes.length, bytes.length);
        assert_memory_equal(message->bytes.data, bytes.data, bytes.length);
    }
    if (text_at(expected, "reason") != NULL)
        assert_string_equal(reasons[message->reason], text_at(expected, "reason"));
}

static void messages_are_read_and_written(void **state)
{
    static uint8_t buffer[2 * FILE_MESSAGE_MAX];
    uint8_t written[FILE_MESSAGE_MAX];
    struct file_message message;
    size_t index;
    json_t *one;
    (void)state;
    json_array_foreach(vectors("messages"), index, one)
    {
        struct span payload = bytes_of(text_at(one, "hex"), buffer);
        assert_int_equal(file_message_read(payload, &message), 0);
        assert_is(&message, json_object_get(one, "message"), text_at(one, "what"));
        assert_int_equal(file_message_write(&message, written), payload.length);
        assert_memory_equal(written, payload.data, payload.length);
    }
    json_array_foreach(vectors("read_only"), index, one)
    {
        assert_int_equal(file_message_read(bytes_of(text_at(one, "hex"), buffer), &message), 0);
        assert_is(&message, json_object_get(one, "message"), text_at(one, "what"));
    }
}

static void malformed_ones_are_none(void **state)
{
    static uint8_t buffer[2 * FILE_MESSAGE_MAX];
    struct file_message message;
    size_t index;
    json_t *one;
    (void)state;
    json_array_foreach(vectors("malformed"), index, one)
    {
        if (file_message_read(bytes_of(text_at(one, "hex"), buffer), &message) != ERR_INVALID)
            fail_msg("%s was read", text_at(one, "what"));
    }
}

static void names_are_safe(void **state)
{
    char safe[FILE_SAFE_NAME_MAX + 1];
    size_t index;
    json_t *one;
    (void)state;
    json_array_foreach(vectors("names"), index, one)
    {
        file_name_clean(text_at(one, "offered"), safe);
        assert_string_equal(safe, text_at(one, "safe"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_read_and_written),
        cmocka_unit_test(malformed_ones_are_none),
        cmocka_unit_test(names_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
