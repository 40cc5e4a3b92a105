#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/rtp/vp8_packetizer.h"

#define PAYLOAD_MAX 100

static struct coded_frame frame_of(const uint8_t *data, size_t length, uint8_t temporal_layers, uint8_t temporal_id)
{
    return (struct coded_frame){
        .data = data, .length = length, .temporal_layers = temporal_layers, .temporal_id = temporal_id};
}

static void parts_join_to_the_frame_and_differ_by_a_byte(void **state)
{
    (void)state;
    uint8_t data[5000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    static const size_t lengths[] = {1, 95, 96, 97, 500, 961, 5000};
    struct vp8_packetizer packetizer;
    vp8_packetizer_init(&packetizer, 0x7ffe, 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct coded_frame frame = frame_of(data, lengths[i], 1, 0);
        vp8_packetizer_frame(&packetizer, &frame, PAYLOAD_MAX);
        uint16_t picture_id = (uint16_t)((0x7ffe + i) & 0x7fff); /* wraps within 15 bits */
        uint8_t out[PAYLOAD_MAX], joined[5000];
        size_t length, total = 0, smallest = PAYLOAD_MAX, largest = 0, parts = 0;
        bool is_last = false;
        while ((length = vp8_packetizer_next(&packetizer, out, &is_last)) > 0) {
            assert_int_equal(out[0], parts == 0 ? 0x90 : 0x80);
            assert_int_equal(out[1], 0x80);
            assert_int_equal(out[2], 0x80 | picture_id >> 8);
            assert_int_equal(out[3], picture_id & 0xff);
            memcpy(joined + total, out + 4, length - 4);
            total += length - 4;
            smallest = length < smallest ? length : smallest;
            largest = length > largest ? length : largest;
            parts++;
            assert_int_equal(is_last, total == lengths[i]);
        }
        assert_int_equal(total, lengths[i]);
        assert_memory_equal(joined, data, total);
        assert_true(largest <= PAYLOAD_MAX && largest - smallest <= 1);
    }
}

static void temporal_layers_are_described(void **state)
{
    (void)state;
    static const struct {
        uint8_t temporal_id;
        bool layer_sync, discardable;
        uint8_t first, tl0picidx, last;
    } steps[] = {
        {0, false, false, 0x90, 255, 0x00}, {2, true, true, 0xb0, 255, 0xa0}, {1, true, false, 0x90, 255, 0x60},
        {2, false, true, 0xb0, 255, 0x80},  {0, false, false, 0x90, 0, 0x00}, {2, true, true, 0xb0, 0, 0xa0},
    };
    struct vp8_packetizer packetizer;
    vp8_packetizer_init(&packetizer, 10, 255);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct coded_frame frame = frame_of((const uint8_t *)"abc", 3, 3, steps[i].temporal_id);
        frame.layer_sync = steps[i].layer_sync;
        frame.discardable = steps[i].discardable;
        uint8_t out[PAYLOAD_MAX];
        bool is_last = false;
        vp8_packetizer_frame(&packetizer, &frame, PAYLOAD_MAX);
        assert_int_equal(vp8_packetizer_next(&packetizer, out, &is_last), 9);
        assert_true(is_last);
        const uint8_t expected[] = {
            steps[i].first, 0xe0, 0x80, (uint8_t)(10 + i), steps[i].tl0picidx, steps[i].last, 'a', 'b', 'c'};
        assert_memory_equal(out, expected, sizeof expected);
        assert_int_equal(vp8_packetizer_next(&packetizer, out, &is_last), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_join_to_the_frame_and_differ_by_a_byte),
        cmocka_unit_test(temporal_layers_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
