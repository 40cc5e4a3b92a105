/* Frames that wait for a data channel: in order, and not without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/rtp/frame_queue.h"

static void they_come_out_in_order(void **state)
{
    struct frame_queue queue = {0};
    (void)state;
    assert_null(frame_queue_first(&queue));
    for (unsigned round = 0; round < 2; round++) {
        for (uint8_t i = 0; i < 3; i++)
            frame_queue_push(&queue, (enum envelope_policy)i, &i, 1);
        for (uint8_t i = 0; i < 3; i++) {
            assert_int_equal(frame_queue_first(&queue)->data[0], i);
            assert_int_equal(frame_queue_first(&queue)->policy, i);
            frame_queue_pop(&queue);
        }
        assert_null(frame_queue_first(&queue));
        assert_int_equal(queue.bytes, 0);
    }
}

static void what_does_not_fit_is_dropped(void **state)
{
    static uint8_t frame[ENVELOPE_FRAME_MAX];
    struct frame_queue queue = {0};
    unsigned count = 0;
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        frame_queue_push(&queue, ENVELOPE_LOSSY, frame, sizeof frame);
    assert_int_equal(queue.bytes, FRAME_QUEUE_LOSSY_MAX);
    for (unsigned i = 0; i < 200; i++)
        frame_queue_push(&queue, ENVELOPE_ORDERED, frame, sizeof frame);
    assert_int_equal(queue.bytes, FRAME_QUEUE_MAX);
    for (; frame_queue_first(&queue) != NULL; count++)
        frame_queue_pop(&queue);
    assert_int_equal(count, FRAME_QUEUE_MAX / sizeof frame);
    frame_queue_push(&queue, ENVELOPE_ORDERED, frame, 1);
    frame_queue_clear(&queue);
    assert_null(frame_queue_first(&queue));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_out_in_order),
        cmocka_unit_test(what_does_not_fit_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
