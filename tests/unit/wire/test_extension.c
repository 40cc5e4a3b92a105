#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/extension.h"

static const struct extension_map map = {
    .id = {[EXTENSION_MID] = 1,
           [EXTENSION_RID] = 2,
           [EXTENSION_AUDIO_LEVEL] = 14,
           [EXTENSION_TRANSPORT_SEQUENCE] = 3,
           [EXTENSION_DEPENDENCY_DESCRIPTOR] = 200},
};

/* The block alone is the packet: only offset, length and profile of the header are looked at. */
static int parse(struct extension_values *values, uint16_t profile, const uint8_t *block, size_t length)
{
    const struct rtp_header header = {.extension_profile = profile, .extension_length = (uint16_t)length};
    return extension_parse(values, &map, block, &header);
}

static void test_elements_of_both_forms_are_found(void **state)
{
    static const struct {
        const char *name;
        uint16_t profile;
        uint8_t block[24];
        size_t length;
        enum extension extension;
        unsigned offset, value_length; /* 0: absent */
    } cases[] = {
        {"one byte", 0xbede, {0x11, 'v', '0', 0}, 4, EXTENSION_MID, 1, 2},
        {"one byte, last of the block", 0xbede, {0x10, '0', 0xe0, 0x85}, 4, EXTENSION_AUDIO_LEVEL, 3, 1},
        {"one byte after padding", 0xbede, {0, 0, 0x10, '0'}, 4, EXTENSION_MID, 3, 1},
        {"padding byte with a length", 0xbede, {0x03, 0x10, '0', 0}, 4, EXTENSION_MID, 2, 1},
        {"unknown id before", 0xbede, {0xd1, 9, 9, 0x31, 1, 2, 0, 0}, 8, EXTENSION_TRANSPORT_SEQUENCE, 4, 2},
        {"behind the reserved id 15", 0xbede, {0xf0, 1, 0x10, '0'}, 4, EXTENSION_MID, 0, 0},
        {"two byte", 0x1000, {1, 2, 'v', '0'}, 4, EXTENSION_MID, 2, 2},
        {"two byte with application bits", 0x100f, {1, 2, 'v', '0'}, 4, EXTENSION_MID, 2, 2},
        {"two byte, high id", 0x1000, {200, 1, 7, 0}, 4, EXTENSION_DEPENDENCY_DESCRIPTOR, 2, 1},
        {"two byte, length 0 counts as absent", 0x1000, {1, 0, 0, 0}, 4, EXTENSION_MID, 2, 0},
        {"two byte after padding", 0x1000, {0, 0, 3, 2, 1, 2, 0, 0}, 8, EXTENSION_TRANSPORT_SEQUENCE, 4, 2},
        {"another profile", 0x1234, {0x11, 'v', '0', 0}, 4, EXTENSION_MID, 0, 0},
        {"empty block", 0xbede, {0}, 0, EXTENSION_MID, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct extension_values values;
        print_message("%s\n", cases[i].name);
        assert_int_equal(parse(&values, cases[i].profile, cases[i].block, cases[i].length), 0);
        assert_int_equal(values.at[cases[i].extension].offset, cases[i].offset);
        assert_int_equal(values.at[cases[i].extension].length, cases[i].value_length);
        assert_int_equal(values.at[EXTENSION_TOFFSET].length, 0); /* not negotiated */
    }
}

/* Forwarded as they are, they ended the connection of a viewer that trusts the length (aiortc). */
static void test_values_of_a_wrong_length_are_absent(void **state)
{
    static const struct {
        enum extension extension;
        size_t right[2]; /* 0: any length but 0 */
    } cases[] = {
        {EXTENSION_MID, {0}},
        {EXTENSION_RID, {0}},
        {EXTENSION_REPAIRED_RID, {0}},
        {EXTENSION_AUDIO_LEVEL, {1}},
        {EXTENSION_ABS_SEND_TIME, {3}},
        {EXTENSION_TRANSPORT_SEQUENCE, {2}},
        {EXTENSION_TOFFSET, {3}},
        {EXTENSION_VIDEO_ORIENTATION, {1}},
        {EXTENSION_PLAYOUT_DELAY, {3}},
        {EXTENSION_DEPENDENCY_DESCRIPTOR, {0}},
        {EXTENSION_VIDEO_LAYERS_ALLOCATION, {0}},
        {EXTENSION_ABS_CAPTURE_TIME, {8, 16}},
    };
    (void)state;
    assert_int_equal(sizeof cases / sizeof cases[0], EXTENSION_COUNT);
    for (size_t i = 0; i < EXTENSION_COUNT; i++) {
        struct extension_map one = {0};
        one.id[cases[i].extension] = 9;
        for (size_t length = 0; length <= 255; length++) {
            const struct rtp_header header = {.extension_profile = 0x1000, .extension_length = (uint16_t)(2 + length)};
            uint8_t block[257] = {9, (uint8_t)length};
            struct extension_values values;
            bool is_right = cases[i].right[0] == 0 || length == cases[i].right[0] || length == cases[i].right[1];
            assert_int_equal(extension_parse(&values, &one, block, &header), 0);
            assert_int_equal(values.at[cases[i].extension].length, is_right ? length : 0);
        }
    }
}

/* While aiortc makes another offer, it sends the send time and the level by the same id. */
static void test_a_value_of_a_wrong_length_hides_no_right_one(void **state)
{
    static const uint8_t blocks[][8] = {
        {0xe2, 1, 2, 3, 0xe0, 0x85, 0, 0}, /* before it */
        {0xe0, 0x85, 0xe2, 1, 2, 3, 0, 0}, /* behind it */
    };
    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        struct extension_values values;
        assert_int_equal(parse(&values, 0xbede, blocks[i], sizeof blocks[i]), 0);
        assert_int_equal(values.at[EXTENSION_AUDIO_LEVEL].length, 1);
        assert_int_equal(blocks[i][values.at[EXTENSION_AUDIO_LEVEL].offset], 0x85);
    }
}

static void test_elements_over_the_end_are_refused(void **state)
{
    static const struct {
        uint16_t profile;
        uint8_t block[4];
    } cases[] = {
        {0xbede, {0x13, 1, 2, 3}}, {0xbede, {0, 0, 0, 0x10}}, {0x1000, {1, 3, 1, 2}},
        {0x1000, {0, 0, 0, 1}},    {0x1000, {0, 0, 1, 255}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct extension_values values;
        assert_int_equal(parse(&values, cases[i].profile, cases[i].block, 4), ERR_INVALID);
    }
}

static void test_written_elements_are_read_back(void **state)
{
    static const uint8_t descriptor[40] = {1, 2, 3};
    (void)state;
    for (int two_byte = 0; two_byte < 2; two_byte++) {
        uint8_t out[128];
        struct extension_writer writer;
        struct extension_values values;
        extension_writer_init(&writer, out, sizeof out, two_byte != 0);
        assert_int_equal(extension_write(&writer, 0, "not negotiated", 3), 0);
        assert_int_equal(extension_write(&writer, 1, "mid", 3), two_byte ? 6 : 5);
        assert_true(extension_write(&writer, 14, "\x85", 1) > 0);
        int offset = extension_write(&writer, 200, descriptor, sizeof descriptor);
        assert_true(two_byte ? offset > 0 : offset == ERR_NO_SPACE);
        size_t length = extension_writer_finish(&writer);
        assert_int_equal(length % 4, 0);
        assert_int_equal(get_u16(out + 2) * 4u + 4, length);
        assert_int_equal(parse(&values, get_u16(out), out + 4, length - 4), 0);
        assert_int_equal(values.at[EXTENSION_MID].length, 3);
        assert_memory_equal(out + 4 + values.at[EXTENSION_MID].offset, "mid", 3);
        assert_int_equal(values.at[EXTENSION_AUDIO_LEVEL].length, 1);
        assert_int_equal(out[4 + values.at[EXTENSION_AUDIO_LEVEL].offset], 0x85);
        assert_int_equal(values.at[EXTENSION_DEPENDENCY_DESCRIPTOR].length, two_byte ? sizeof descriptor : 0);
    }
}

static void test_one_byte_form_has_its_limits(void **state)
{
    static const struct {
        uint8_t id;
        size_t length;
        bool fits;
    } cases[] = {{14, 16, true}, {15, 1, false}, {1, 17, false}, {1, 1, true}, {255, 1, false}};
    static const uint8_t value[20] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[64];
        struct extension_writer writer;
        extension_writer_init(&writer, out, sizeof out, false);
        int offset = extension_write(&writer, cases[i].id, value, cases[i].length);
        assert_int_equal(offset, cases[i].fits ? 5 : ERR_NO_SPACE);
        assert_int_equal(extension_writer_finish(&writer) != 0, cases[i].fits);
    }
}

static void test_nothing_is_written_past_the_capacity(void **state)
{
    (void)state;
    for (size_t capacity = 0; capacity < 32; capacity++) {
        uint8_t out[64];
        struct extension_writer writer;
        memset(out, 0xee, sizeof out);
        extension_writer_init(&writer, out, capacity, true);
        for (uint8_t id = 1; id < 10; id++)
            (void)extension_write(&writer, id, "abc", 3);
        assert_true(extension_writer_finish(&writer) <= capacity);
        for (size_t i = capacity; i < sizeof out; i++)
            assert_int_equal(out[i], 0xee);
    }
}

static void test_uris_are_found_again(void **state)
{
    (void)state;
    for (int i = 0; i < EXTENSION_COUNT; i++)
        assert_int_equal(extension_from_uri(extension_uri((enum extension)i)), i);
    assert_int_equal(extension_from_uri("urn:ietf:params:rtp-hdrext:sdes:mi"), EXTENSION_COUNT);
    assert_int_equal(extension_from_uri(""), EXTENSION_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_of_both_forms_are_found),
        cmocka_unit_test(test_values_of_a_wrong_length_are_absent),
        cmocka_unit_test(test_a_value_of_a_wrong_length_hides_no_right_one),
        cmocka_unit_test(test_elements_over_the_end_are_refused),
        cmocka_unit_test(test_written_elements_are_read_back),
        cmocka_unit_test(test_one_byte_form_has_its_limits),
        cmocka_unit_test(test_nothing_is_written_past_the_capacity),
        cmocka_unit_test(test_uris_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
