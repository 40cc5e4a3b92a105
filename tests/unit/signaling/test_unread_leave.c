#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/session/unread_leave.h"
#include "transport/base/bytes.h"

#define TEXT 0x81
#define LEAVE "{\"type\":\"leave\"}"

static uint8_t data[UNREAD_LEAVE_MAX];
static size_t length;

static void add(uint8_t first, const char *payload, size_t size)
{
    static const uint8_t mask[] = {0xde, 0xad, 0xbe, 0xef};
    data[length++] = first;
    if (size < 126) {
        data[length++] = (uint8_t)(0x80 | size);
    } else {
        data[length++] = 0x80 | 126;
        put_u16(data + length, (uint16_t)size);
        length += 2;
    }
    memcpy(data + length, mask, 4);
    length += 4;
    for (size_t i = 0; i < size; i++)
        data[length++] = (uint8_t)(payload[i] ^ mask[i % 4]);
}

static void add_text(const char *text)
{
    add(TEXT, text, strlen(text));
}

static int start(void **state)
{
    (void)state;
    length = 0;
    return 0;
}

static void a_whole_leave_counts_wherever_it_stands(void **state)
{
    static const char *const before[] = {"", "{\"type\":\"chat\",\"text\":\"bye\"}", "nonsense",
                                         "{\"type\":\"ping\",\"id\":1}"};
    static char large[3000];
    (void)state;
    memset(large, 'x', sizeof large);
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        length = 0;
        if (before[i][0] != '\0')
            add_text(before[i]);
        add(0x89, "1", 1); /* a ping of the WebSocket */
        add(TEXT, large, sizeof large);
        assert_false(unread_leave_find(data, length, 0));
        add_text(LEAVE);
        assert_true(unread_leave_find(data, length, 0));
        add(0x88, "\x03\xe8", 2); /* its close */
        assert_true(unread_leave_find(data, length, 0));
    }
}

static void a_part_of_a_leave_or_what_only_looks_like_it_does_not(void **state)
{
    (void)state;
    add_text(LEAVE);
    for (size_t part = 0; part < length; part++)
        assert_false(unread_leave_find(data, part, 0));
    data[1] &= 0x7f; /* no client sends it unmasked */
    assert_false(unread_leave_find(data, length, 0));
    length = 0;
    add_text("{\"type\":\"chat\",\"text\":\"{\\\"type\\\":\\\"leave\\\"}\"}");
    add(0x82, LEAVE, strlen(LEAVE)); /* binary */
    add(0x01, LEAVE, strlen(LEAVE)); /* the beginning of something longer */
    add_text("{\"type\":\"leave\"");
    assert_false(unread_leave_find(data, length, 0));
}

static void the_rest_of_a_frame_is_skipped(void **state)
{
    (void)state;
    memset(data, 0x81, 700);
    length = 700;
    add_text(LEAVE);
    assert_true(unread_leave_find(data, length, 700));
    assert_false(unread_leave_find(data, length, 699));
    assert_false(unread_leave_find(data, length, length + 1));
    assert_false(unread_leave_find(data, length, SIZE_MAX));
}

static void lengths_that_no_socket_holds_end_the_search(void **state)
{
    static const uint64_t lengths[] = {UINT64_MAX, UINT64_MAX - 13, INT64_MAX, 1u << 31, 65536};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        data[0] = TEXT;
        data[1] = 0xff;
        put_u64(data + 2, lengths[i]);
        memset(data + 10, 0, 4);
        length = 14;
        add_text(LEAVE);
        assert_false(unread_leave_find(data, length, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_whole_leave_counts_wherever_it_stands, start),
        cmocka_unit_test_setup(a_part_of_a_leave_or_what_only_looks_like_it_does_not, start),
        cmocka_unit_test_setup(the_rest_of_a_frame_is_skipped, start),
        cmocka_unit_test_setup(lengths_that_no_socket_holds_end_the_search, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
