/* Packets with older audio in them, written and split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/redundancy.h"
#include "transport/wire/frame.h"

/* A header of an older block: 20 ms (960 ticks) before, `length` bytes. */
#define OLDER(payload_type, length) 0x80 | (payload_type), 0x0f, (uint8_t)((length) >> 8), (uint8_t)(length)

static void older_blocks_come_oldest_first_and_the_newest_of_many(void **state)
{
    static const uint8_t payload[] = {OLDER(111, 2), OLDER(111, 1), 112, 9, 9, 8, 1};
    struct redundant_block blocks[2];
    struct frame_info frame;
    (void)state;
    assert_int_equal(frame_parse(&frame, CODEC_RED, payload, sizeof payload), 0);
    assert_int_equal(redundancy_split(payload, &frame, blocks, 2), 2);
    assert_int_equal(blocks[0].length, 2);
    assert_ptr_equal(blocks[0].data, payload + 9);
    assert_int_equal(blocks[1].length, 1);
    assert_int_equal(blocks[1].timestamp_offset, 960);
    assert_int_equal(redundancy_split(payload, &frame, blocks, 1), 1);
    assert_ptr_equal(blocks[0].data, payload + 11);
}

static void what_is_malformed_has_no_blocks(void **state)
{
    static const uint8_t payload[] = {OLDER(111, 2), OLDER(111, 1), 112};
    struct redundant_block blocks[2];
    struct frame_info frame;
    (void)state;
    assert_int_not_equal(frame_parse(&frame, CODEC_RED, payload, sizeof payload), 0);
    assert_int_equal(redundancy_split(payload, &frame, blocks, 2), 0);
}

static void a_written_head_is_read_again(void **state)
{
    uint8_t head[REDUNDANCY_HEAD_SIZE], packet[REDUNDANCY_HEAD_SIZE + 3] = {0};
    struct redundant_block blocks[2];
    struct frame_info frame;
    (void)state;
    redundancy_write_head(head, 111, REDUNDANCY_OLDER_OFFSET_MAX, 2);
    memcpy(packet, head, sizeof head);
    assert_int_equal(frame_parse(&frame, CODEC_RED, packet, sizeof packet), 0);
    assert_int_equal(redundancy_split(packet, &frame, blocks, 2), 1);
    assert_int_equal(blocks[0].timestamp_offset, REDUNDANCY_OLDER_OFFSET_MAX);
    assert_int_equal(blocks[0].length, 2);
    assert_int_equal(blocks[0].payload_type, 111);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(older_blocks_come_oldest_first_and_the_newest_of_many),
        cmocka_unit_test(what_is_malformed_has_no_blocks),
        cmocka_unit_test(a_written_head_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
