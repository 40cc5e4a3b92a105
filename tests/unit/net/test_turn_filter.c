#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stun/stunmessage.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/net/turn_filter.h"

#define COOKIE 0x2112A442U
#define NONE UINT32_MAX /* no LIFETIME */

/* A message with `before` other attributes, one of them of 5 bytes, and LIFETIME. Returns the length. */
static size_t write_message(uint8_t *out, unsigned type, uint32_t cookie, int before, uint32_t lifetime_s)
{
    size_t at = 20;
    memset(out, 0, 20);
    for (int i = 0; i < before; i++) {
        unsigned length = i == 0 ? 5 : 8;
        put_u16(out + at, i == 0 ? 0x8022 : 0x0016);
        put_u16(out + at + 2, (uint16_t)length);
        memset(out + at + 4, 0, 8);
        at += 12;
    }
    if (lifetime_s != NONE) {
        put_u16(out + at, 0x000D);
        put_u16(out + at + 2, 4);
        put_u32(out + at + 4, lifetime_s);
        at += 8;
    }
    put_u16(out, (uint16_t)type);
    put_u16(out + 2, (uint16_t)(at - 20));
    put_u32(out + 4, cookie);
    return at;
}

static const struct {
    unsigned type;
    uint32_t cookie;
    int before;
    uint32_t lifetime_s;
    bool is_accepted;
} messages[] = {
    {0x0103, COOKIE, 0, 600, true},         {0x0103, COOKIE, 3, 600, true},   {0x0103, COOKIE, 15, 600, true},
    {0x0103, COOKIE, 16, 600, false}, /* so many attributes has none */
    {0x0103, COOKIE, 2, 30, true},          {0x0103, COOKIE, 2, 86400, true}, {0x0103, COOKIE, 2, 0, false},
    {0x0103, COOKIE, 2, 1, false},          {0x0103, COOKIE, 2, 29, false},   {0x0103, COOKIE, 2, 86401, false},
    {0x0103, COOKIE, 2, 0x80000000, false}, {0x0103, COOKIE, 2, NONE, false}, {0x0103, COOKIE, 0, NONE, false},
    {0x0104, COOKIE, 1, 600, true},         {0x0104, COOKIE, 1, 1, false},    {0x0104, COOKIE, 1, NONE, false},
    {0x0104, COOKIE, 1, 0, true},                                         /* the end of an allocation */
    {0x0113, COOKIE, 1, 0, true},           {0x0101, COOKIE, 1, 1, true}, /* other messages */
    {0x0103, COOKIE + 1, 1, 0, true},                                     /* no STUN */
};
#define MESSAGES (sizeof messages / sizeof messages[0])

static size_t write_row(uint8_t *out, size_t row)
{
    return write_message(out, messages[row].type, messages[row].cookie, messages[row].before, messages[row].lifetime_s);
}

/* Answers to Allocate that two programs may read differently: `more` bytes follow what the header counts, and each
 * attribute has a value of `length` bytes that begins with a number. libnice is asked, too. */
static const struct {
    struct {
        uint16_t type, length;
        uint32_t value;
    } attributes[4];
    int more;
    bool is_accepted;
} readings[] = {
    {{{0x000D, 4, 600}, {0x0008, 20, 0}}, 0, true},
    {{{0x0008, 20, 0}, {0x000D, 4, 600}}, 0, false}, /* nothing counts behind MESSAGE-INTEGRITY */
    {{{0x8028, 4, 0}, {0x000D, 4, 600}}, 0, false},  /* nor behind FINGERPRINT */
    {{{0x0008, 20, 0}, {0x8028, 4, 0}, {0x000D, 4, 600}}, 0, false},
    {{{0x001C, 32, 0}, {0x000D, 4, 600}}, 0, true}, /* MESSAGE-INTEGRITY-SHA256 is unknown to libnice */
    {{{0x000D, 8, 600}}, 0, false},                 /* not of four bytes */
    {{{0x000D, 2, 600}}, 0, false},
    {{{0x000D, 3, 600}}, 0, false},
    {{{0x000D, 5, 600}}, 0, false},
    {{{0x000D, 0, 0}}, 0, false},
    {{{0x000D, 8, 600}, {0x000D, 4, 600}}, 0, false}, /* the first is taken */
    {{{0x000D, 4, 0}, {0x000D, 4, 600}}, 0, false},
    {{{0x000D, 4, 600}, {0x000D, 4, 0}}, 0, true},
    {{{0x8022, 5, 0}, {0x000D, 4, 600}}, 0, true}, /* padded */
    {{{0x8022, 0, 0}, {0x000D, 4, 600}}, 0, true},
    {{{0x8022, 4, 0}}, 8, false}, /* the header does not count to the end */
    {{{0x000D, 4, 600}}, 4, false},
    {{{0x000D, 4, 600}}, 1, false},
    {{{0x000D, 4, 600}}, -4, false}, /* or beyond it */
};
#define READINGS (sizeof readings / sizeof readings[0])

static size_t write_reading(uint8_t *out, size_t row)
{
    size_t at = write_message(out, 0x0103, COOKIE, 0, NONE);
    memset(out + at, 0, 200);
    for (int i = 0; i < 4 && readings[row].attributes[i].type != 0; i++) {
        uint16_t length = readings[row].attributes[i].length;
        put_u16(out + at, readings[row].attributes[i].type);
        put_u16(out + at + 2, length);
        if (length > 0)
            put_u32(out + at + 4, readings[row].attributes[i].value << (length < 4 ? 8 * (4 - length) : 0));
        at += 4 + ((length + 3U) & ~3U);
    }
    put_u16(out + 2, (uint16_t)(at - 20));
    if (readings[row].more >= 8) {
        put_u32(out + at, 0x000D0004); /* LIFETIME behind the end */
        put_u32(out + at + 4, 600);
    }
    return at + (size_t)readings[row].more;
}

static void a_lifetime_of_no_use_is_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        uint8_t message[512];
        size_t length = write_row(message, i);
        assert_int_equal(turn_filter_accepts(message, length), messages[i].is_accepted);
    }
}

/* libnice's part of the table: what is let pass, and is a message to it, has a lifetime that it finds. */
static void a_lifetime_is_what_libnice_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < READINGS; i++) {
        uint8_t message[512];
        uint32_t lifetime_s = 0;
        size_t length = write_reading(message, i);
        StunMessage stun = {.buffer = message, .buffer_len = length};
        assert_int_equal(turn_filter_accepts(message, length), readings[i].is_accepted);
        bool is_read = stun_message_validate_buffer_length(message, length, true) == (int)length &&
                       stun_message_find32(&stun, STUN_ATTRIBUTE_LIFETIME, &lifetime_s) == STUN_MESSAGE_RETURN_SUCCESS;
        assert_int_equal(is_read && lifetime_s == 600, readings[i].is_accepted);
    }
}

static void a_lifetime_that_is_cut_off_is_none(void **state)
{
    uint8_t message[512];
    size_t length = write_message(message, 0x0103, COOKIE, 2, 600);
    (void)state;
    for (size_t cut = 20; cut < length; cut++)
        assert_false(turn_filter_accepts(message, cut));
    for (size_t cut = 0; cut < 20; cut++)
        assert_true(turn_filter_accepts(message, cut)); /* no message */
}

/* A message of this type as what the server relays: in ChannelData, or in a Data indication behind an address. */
static size_t write_relayed(uint8_t *out, bool is_channel, unsigned type, uint32_t cookie)
{
    uint8_t *inner = out + (is_channel ? 4 : 36);
    size_t length = write_message(inner, type, cookie, 1, 1);
    if (is_channel) {
        put_u16(out, 0x4001);
        put_u16(out + 2, (uint16_t)length);
        return 4 + length;
    }
    memset(out, 0, 36);
    put_u16(out, 0x0017);
    put_u16(out + 2, (uint16_t)(16 + length));
    put_u32(out + 4, COOKIE);
    put_u32(out + 20, 0x00120008);
    put_u16(out + 32, 0x0013);
    put_u16(out + 34, (uint16_t)length);
    return 36 + length;
}

static const struct {
    unsigned type;
    uint32_t cookie;
    bool is_accepted;
} relayed[] = {
    {0x0103, COOKIE, false}, {0x0104, COOKIE, false},    {0x0101, COOKIE, true},
    {0x0001, COOKIE, true},  {0x0104, COOKIE + 1, true}, {0x8060, COOKIE, true},
};
#define RELAYED (2 * sizeof relayed / sizeof relayed[0])

static size_t write_relayed_row(uint8_t *out, size_t row)
{
    return write_relayed(out, row % 2 == 0, relayed[row / 2].type, relayed[row / 2].cookie);
}

static void an_answer_is_not_relayed(void **state)
{
    (void)state;
    for (size_t i = 0; i < RELAYED; i++) {
        uint8_t message[512], passed[512 + TURN_ANSWER_MAX];
        struct turn_stream stream = {0};
        size_t length = write_relayed_row(message, i), passed_length = 0;
        assert_int_equal(turn_filter_accepts(message, length), relayed[i / 2].is_accepted);
        for (size_t at = 0; at < length; at++) {
            ssize_t more = turn_stream_take(&stream, message + at, 1, passed + passed_length);
            assert_true(more >= 0);
            passed_length += (size_t)more;
        }
        assert_int_equal(passed_length, relayed[i / 2].is_accepted ? length : 0);
    }
}

/* Over a socket of loopback: a datagram is there at once, or never will be. */
static void assert_passes(int from, int to, const uint8_t *message, size_t length, bool is_accepted)
{
    uint8_t received[512];
    assert_int_equal(send(from, message, length, 0), length);
    assert_int_equal(recv(to, received, sizeof received, MSG_DONTWAIT), is_accepted ? (ssize_t)length : -1);
}

static void the_kernel_decides_likewise(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int to = socket(AF_INET, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0);
    uint8_t message[512];
    (void)state;
    assert_int_equal(bind(to, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(to, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(from, (struct sockaddr *)&address, size), 0);
    assert_int_equal(turn_filter_attach(to), 0);
    for (size_t i = 0; i < MESSAGES; i++)
        assert_passes(from, to, message, write_row(message, i), messages[i].is_accepted);
    for (size_t i = 0; i < READINGS; i++)
        assert_passes(from, to, message, write_reading(message, i), readings[i].is_accepted);
    for (size_t i = 0; i < RELAYED; i++)
        assert_passes(from, to, message, write_relayed_row(message, i), relayed[i / 2].is_accepted);
    memset(message, 0, sizeof message);
    message[0] = 0x80;
    for (size_t length = 0; length < 28; length++) /* of a length that no message has, or no message */
        assert_passes(from, to, message, length, true);
    close(to);
    close(from);
}

/* ChannelData of `length` bytes, padded. */
static size_t write_channel_data(uint8_t *out, uint16_t length)
{
    memset(out, 0x55, 4 + length + 3U);
    put_u16(out, 0x4001);
    put_u16(out + 2, length);
    return (4 + length + 3U) & ~(size_t)3;
}

static void a_stream_loses_those_messages_however_it_is_cut(void **state)
{
    static uint8_t whole[16384], expected[16384], passed[16384 + TURN_ANSWER_MAX];
    size_t length = 0, expected_length = 0;
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        size_t of_message = messages[i].cookie == COOKIE ? write_row(whole + length, i) : 0;
        size_t of_data = write_channel_data(whole + length + of_message, (uint16_t)i);
        size_t dropped = messages[i].is_accepted && messages[i].type != 0x0101 ? 0 : of_message;
        memcpy(expected + expected_length, whole + length + dropped, of_message + of_data - dropped);
        expected_length += of_message + of_data - dropped;
        length += of_message + of_data;
    }
    for (size_t step = 1; step <= length; step += 1 + step / 3) {
        struct turn_stream stream = {0};
        size_t passed_length = 0;
        for (size_t at = 0; at < length; at += step) {
            ssize_t more =
                turn_stream_take(&stream, whole + at, length - at < step ? length - at : step, passed + passed_length);
            assert_true(more >= 0);
            passed_length += (size_t)more;
        }
        assert_int_equal(passed_length, expected_length);
        assert_memory_equal(passed, expected, expected_length);
    }
}

static void what_is_no_turn_ends_the_stream(void **state)
{
    static const uint8_t heads[][5] = {
        "\x80TTP",          "\x01\x03\xff\xfc",
        "\x01\x13\x00\x05", /* libnice would skip three bytes behind it, and find another message there */
        "\x01\x13\xff\xfc", /* and these two it would write behind the end of its buffer */
        "\x40\x01\xff\xff",
    };
    uint8_t passed[4 + TURN_ANSWER_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct turn_stream stream = {0};
        assert_int_equal(turn_stream_take(&stream, heads[i], 4, passed), ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lifetime_of_no_use_is_dropped),
        cmocka_unit_test(a_lifetime_is_what_libnice_reads),
        cmocka_unit_test(an_answer_is_not_relayed),
        cmocka_unit_test(a_lifetime_that_is_cut_off_is_none),
        cmocka_unit_test(the_kernel_decides_likewise),
        cmocka_unit_test(a_stream_loses_those_messages_however_it_is_cut),
        cmocka_unit_test(what_is_no_turn_ends_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
