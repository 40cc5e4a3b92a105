#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/net/framing.h"

static void feed(struct framing *framing, const uint8_t *data, size_t length)
{
    size_t capacity;
    uint8_t *space = framing_space(framing, &capacity);
    assert_true(capacity >= length);
    memcpy(space, data, length);
    framing_added(framing, length);
}

static void frames_come_out_however_the_stream_is_cut(void **state)
{
    static const uint8_t stream[] = {0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0, 2, 'e', 'f'};
    static struct framing framing;
    (void)state;
    for (size_t step = 1; step <= sizeof stream; step++) {
        char out[16] = "";
        framing_init(&framing);
        for (size_t at = 0; at < sizeof stream; at += step) {
            uint8_t *data;
            size_t length;
            feed(&framing, stream + at, sizeof stream - at < step ? sizeof stream - at : step);
            while (framing_next(&framing, &data, &length) == 1) {
                strncat(out, (char *)data, length);
                strcat(out, "|");
            }
        }
        assert_string_equal(out, "abc||d|ef|");
    }
}

static void the_longest_frame_fits_behind_others(void **state)
{
    static struct framing framing;
    static uint8_t frame[FRAMING_HEADER + FRAMING_MAX] = {FRAMING_MAX >> 8, FRAMING_MAX & 255};
    (void)state;
    framing_init(&framing);
    for (int round = 0; round < 10; round++) {
        uint8_t *data;
        size_t length;
        feed(&framing, frame, sizeof frame);
        feed(&framing, frame, sizeof frame - 1);
        assert_int_equal(framing_next(&framing, &data, &length), 1);
        assert_int_equal(length, FRAMING_MAX);
        assert_int_equal(framing_next(&framing, &data, &length), 0);
        feed(&framing, frame + sizeof frame - 1, 1);
        assert_int_equal(framing_next(&framing, &data, &length), 1);
        assert_int_equal(framing_next(&framing, &data, &length), 0);
    }
}

static void a_longer_frame_is_an_error_at_once(void **state)
{
    static struct framing framing;
    static const uint8_t header[] = {(FRAMING_MAX + 1) >> 8, (FRAMING_MAX + 1) & 255};
    uint8_t *data;
    size_t length;
    (void)state;
    framing_init(&framing);
    feed(&framing, header, sizeof header);
    assert_int_equal(framing_next(&framing, &data, &length), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_however_the_stream_is_cut),
        cmocka_unit_test(the_longest_frame_fits_behind_others),
        cmocka_unit_test(a_longer_frame_is_an_error_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
