/* RED packets (RFC 2198) and what a receiver without RED gets of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/wire/frame.h"
#include "transport/wire/media.h"

#define COUNT(array) (sizeof array / sizeof(array)[0])
#define MORE 0x80

/* A header of an older block: 20 ms (960 ticks) before, `length` bytes. */
#define OLDER(payload_type, length) MORE | (payload_type), 0x0f, (uint8_t)((length) >> 8), (uint8_t)(length)

struct red_case {
    const char *name;
    uint8_t payload[24];
    size_t length;
    int error;
    uint16_t header, newest;
    uint8_t payload_type;
};

static const struct red_case cases[] = {
    {"the newest block alone", {111, 1, 2, 3}, 4, 0, 1, 1, 111},
    {"one older block", {OLDER(111, 2), 111, 9, 9, 1, 2, 3}, 10, 0, 5, 7, 111},
    {"two older blocks", {OLDER(111, 2), OLDER(111, 1), 111, 9, 9, 8, 1}, 13, 0, 9, 12, 111},
    {"an older block without bytes", {OLDER(111, 0), 111, 1}, 6, 0, 5, 5, 111},
    {"a newest block without bytes", {OLDER(111, 1), 111, 9}, 6, 0, 5, 6, 111},
    {"blocks of two codecs", {OLDER(0, 1), 111, 9, 1}, 7, 0, 5, 6, 111},
    {"no last header", {OLDER(111, 0)}, 4, ERR_TRUNCATED, 0, 0, 0},
    {"a header cut short", {MORE | 111, 0x0f, 0}, 3, ERR_TRUNCATED, 0, 0, 0},
    {"one byte of a header", {MORE | 111}, 1, ERR_TRUNCATED, 0, 0, 0},
    {"an older block longer than the packet", {OLDER(111, 2), 111, 9}, 6, ERR_TRUNCATED, 0, 0, 0},
    {"the longest older block in a short packet", {OLDER(111, 1023), 111, 9}, 6, ERR_TRUNCATED, 0, 0, 0},
    {"two that are too long together", {OLDER(111, 2), OLDER(111, 2), 111, 9, 9, 9}, 12, ERR_TRUNCATED, 0, 0, 0},
};

/* Each in a block of its own, so that ASan sees a read past its end. */
static void the_newest_block_is_found_or_the_packet_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct frame_info info;
        uint8_t *payload = mem_alloc(cases[i].length);
        memcpy(payload, cases[i].payload, cases[i].length);
        print_message("%s\n", cases[i].name);
        assert_int_equal(frame_parse(&info, CODEC_RED, payload, cases[i].length), cases[i].error);
        assert_int_equal(info.wrapper_length, cases[i].header);
        assert_int_equal(info.descriptor_length, cases[i].newest);
        assert_int_equal(info.inside_payload_type, cases[i].payload_type);
        free(payload);
    }
}

static void headers_are_renamed_and_nothing_else_written(void **state)
{
    static const uint8_t payload[] = {OLDER(111, 2), OLDER(111, 1), 111, 9, 9, 8, 1};
    static const uint8_t renamed[] = {OLDER(96, 2), OLDER(96, 1), 96, 0xef, 0xef, 0xef, 0xef};
    (void)state;
    uint8_t written[sizeof payload];
    memset(written, 0xef, sizeof written);
    codec_format(CODEC_RED)->rewrap(written, payload, 9, 96);
    assert_memory_equal(written, renamed, sizeof renamed);
}

#define OPUS(number)                                                                                                   \
    {                                                                                                                  \
        .codec = CODEC_OPUS, .payload_type = number, .clock_rate = 48000, .channels = 2                                \
    }
#define RED(number, inside)                                                                                            \
    {                                                                                                                  \
        .codec = CODEC_RED, .payload_type = number, .clock_rate = 48000, .channels = 2, .primary_payload_type = inside \
    }

static void a_receiver_without_red_takes_what_is_inside(void **state)
{
    static const struct media publisher = {.codec_count = 2, .codecs = {OPUS(111), RED(63, 111)}};
    static const struct media both = {.codec_count = 2, .codecs = {OPUS(109), RED(120, 109)}};
    static const struct media opus = {.codec_count = 1, .codecs = {OPUS(97)}};
    static const struct media neither = {.codec_count = 1, .codecs = {{.codec = CODEC_VP8, .clock_rate = 90000}}};
    const struct media_codec *red = &publisher.codecs[1];
    (void)state;
    assert_ptr_equal(media_match(&both, &publisher, red), &both.codecs[1]);
    assert_ptr_equal(media_match(&opus, &publisher, red), &opus.codecs[0]);
    assert_null(media_match(&neither, &publisher, red));
    assert_ptr_equal(media_match(&both, &publisher, &publisher.codecs[0]), &both.codecs[0]); /* Opus is not wrapped */
}

static void the_codec_inside_must_be_the_agreed_one(void **state)
{
    static const struct media_codec red = RED(63, 111), opus = OPUS(111);
    (void)state;
    assert_true(media_is_as_agreed(&red, &(struct frame_info){.wrapper_length = 1, .inside_payload_type = 111}));
    assert_false(media_is_as_agreed(&red, &(struct frame_info){.wrapper_length = 1, .inside_payload_type = 96}));
    assert_true(media_is_as_agreed(&opus, &(struct frame_info){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_block_is_found_or_the_packet_refused),
        cmocka_unit_test(headers_are_renamed_and_nothing_else_written),
        cmocka_unit_test(a_receiver_without_red_takes_what_is_inside),
        cmocka_unit_test(the_codec_inside_must_be_the_agreed_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
