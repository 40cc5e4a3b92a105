/* Envelopes of data channels: what is written is read, and nothing that is cut short or impossible. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/wire/envelope.h"

#define TEXT(text) ((struct span){(const uint8_t *)(text), strlen(text)})

static void expect_same(const struct span *a, const struct span *b)
{
    assert_int_equal(a->length, b->length);
    if (a->length > 0)
        assert_memory_equal(a->data, b->data, a->length);
}

static void what_is_written_is_read(void **state)
{
    static uint8_t payload[ENVELOPE_PAYLOAD_MAX], data[2 * ENVELOPE_MAX];
    const struct envelope envelopes[] = {
        {.kind = ENVELOPE_MESSAGE, .sequence = 0x89abcdef, .topic = TEXT("t"), .payload = TEXT("hello")},
        {.kind = ENVELOPE_MESSAGE, .policy = ENVELOPE_LOSSY, .is_private = true, .name = TEXT("p17")},
        {.kind = ENVELOPE_MESSAGE,
         .policy = ENVELOPE_UNORDERED,
         .name = TEXT("01234567890123456789012345678901"),
         .topic = TEXT("0123456789012345678901234567890123456789012345678901234567890123"),
         .payload = {payload, sizeof payload}},
        {.kind = ENVELOPE_SYNC},
    };
    const size_t count = sizeof envelopes / sizeof envelopes[0];
    size_t length = 0;
    (void)state;
    for (size_t i = 0; i < count; i++) {
        size_t size = envelope_write(&envelopes[i], data + length);
        assert_int_equal(size, envelope_size(&envelopes[i]));
        assert_true(size <= ENVELOPE_MAX);
        length += size;
    }
    struct span frame = {data, length};
    for (size_t i = 0; i < count; i++) {
        struct envelope read;
        assert_int_equal(envelope_read(&frame, &read), 0);
        assert_int_equal(read.kind, envelopes[i].kind);
        assert_int_equal(read.policy, envelopes[i].policy);
        assert_int_equal(read.is_private, envelopes[i].is_private);
        assert_int_equal(read.sequence, envelopes[i].sequence);
        expect_same(&read.name, &envelopes[i].name);
        expect_same(&read.topic, &envelopes[i].topic);
        expect_same(&read.payload, &envelopes[i].payload);
    }
    assert_int_equal(frame.length, 0);
}

static void what_is_cut_short_is_refused(void **state)
{
    const struct envelope envelope = {.name = TEXT("p1"), .topic = TEXT("t"), .payload = TEXT("x")};
    uint8_t data[32];
    size_t length = envelope_write(&envelope, data);
    (void)state;
    for (size_t cut = 1; cut < length; cut++) {
        uint8_t *piece = malloc(cut); /* so that a read beyond its end is seen */
        struct span frame = {piece, cut};
        struct envelope read;
        memcpy(piece, data, cut);
        assert_int_equal(envelope_read(&frame, &read), ERR_TRUNCATED);
        free(piece);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {
        {1, 6},    /* too short for its fields */
        {2, 6},    /* a kind that is not known */
        {2, 0x18}, /* a policy that is not known */
        {2, 0x20}, /* flags without a meaning */
        {7, 33},   /* a name that is too long */
        {7, 4},    /* a name that ends behind the envelope */
        {10, 65},  {10, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t data[64] = {0};
        const struct envelope envelope = {.name = TEXT("p1"), .topic = TEXT("t"), .payload = TEXT("x")};
        struct span frame = {data, envelope_write(&envelope, data)};
        struct envelope read;
        data[rows[i].at] = rows[i].value;
        if (envelope_read(&frame, &read) != ERR_INVALID)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_cut_short_is_refused),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
