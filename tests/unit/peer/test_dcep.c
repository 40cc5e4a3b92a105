/* The messages that open data channels: what browsers send, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/peer/dcep.h"

static void a_browsers_open_is_read(void **state)
{
    (void)state;
    static const uint8_t data[] = "\x03\x82\x00\x00\x00\x00\x01\x2c\x00\x03\x00\x02xbcde";
    struct dcep_message message;
    assert_int_equal(dcep_read(&message, data, sizeof data - 1), 0);
    assert_int_equal(message.kind, DCEP_OPEN);
    assert_false(message.is_ordered);
    assert_false(message.is_reliable);
    assert_string_equal(message.label, "xbc");
    assert_string_equal(message.protocol, "de");
    for (size_t length = 0; length < sizeof data - 1; length++)
        assert_int_equal(dcep_read(&message, data, length), ERR_TRUNCATED);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct dcep_message open = {.kind = DCEP_OPEN, .is_ordered = true, .is_reliable = true}, read;
    uint8_t data[DCEP_OPEN_MAX];
    memset(open.label, 'l', DCEP_TEXT_MAX);
    memset(open.protocol, 'p', DCEP_TEXT_MAX);
    assert_int_equal(dcep_read(&read, data, dcep_write(&open, data)), 0);
    assert_memory_equal(&read, &open, sizeof open);
    struct dcep_message ack = {.kind = DCEP_ACK};
    assert_int_equal(dcep_read(&read, data, dcep_write(&ack, data)), 0);
    assert_int_equal(read.kind, DCEP_ACK);
}

static void others_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t length;
        int error;
    } cases[] = {
        {"\x01", 1, ERR_UNSUPPORTED},
        {"\x02\x00", 2, ERR_INVALID},
        {"\x03\x03\0\0\0\0\0\0\0\0\0\0", 12, ERR_UNSUPPORTED},
        {"\x03\x00\0\0\0\0\0\0\0\0\0\0x", 13, ERR_INVALID},
        {"\x03\x00\0\0\0\0\0\0\0\x02\0\0a\0", 14, ERR_INVALID},
        {"\x03\x00\0\0\0\0\0\0\0\x41\0\0"
         "0123456789012345678901234567890123456789012345678901234567890123X",
         12 + 65, ERR_INVALID},
    };
    struct dcep_message message;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(dcep_read(&message, (const uint8_t *)cases[i].data, cases[i].length), cases[i].error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browsers_open_is_read),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
