#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/rtp/frame_buffer.h"

#define MS USEC_PER_MSEC
#define GAP_WAIT (100 * MS)

static struct packet_pool *pool;

/* One VP8-like packet: a payload of one byte, its number. */
static void put(struct frame_buffer *buffer, int64_t sequence, const char *form, usec_t now)
{
    struct packet *packet = packet_new(pool);
    packet->data[0] = (uint8_t)sequence;
    packet->length = 1;
    packet->arrival = now;
    packet->rtp.payload_length = strchr(form, 'p') == NULL; /* p: padding */
    packet->rtp.timestamp = (uint32_t)(form[0] - '0');      /* a digit: the frame */
    packet->rtp.payload_offset = 0;
    packet->frame = (struct frame_info){0};
    packet->frame.start = strchr(form, 's') != NULL;
    packet->frame.keyframe = strchr(form, 'k') != NULL;
    packet->frame.has_only_parameters = strchr(form, 'q') != NULL; /* q: parameter sets */
    packet->rtp.marker = strchr(form, 'm') != NULL;
    frame_buffer_put(buffer, sequence, packet, now);
    packet_release(packet);
}

static struct frame_buffer *buffer_of(enum media_kind kind)
{
    struct frame_buffer_config config = {.kind = kind, .gap_wait = GAP_WAIT};
    return frame_buffer_new(&config);
}

static void expect(struct frame_buffer *buffer, usec_t now, const char *numbers)
{
    struct received_frame frame;
    assert_true(frame_buffer_poll(buffer, &frame, now));
    assert_int_equal(frame.length, strlen(numbers));
    for (size_t i = 0; i < frame.length; i++)
        assert_int_equal(frame.data[i], numbers[i] - '0');
}

static void expect_none(struct frame_buffer *buffer, usec_t now)
{
    struct received_frame frame;
    assert_false(frame_buffer_poll(buffer, &frame, now));
}

static void frames_come_out_whole_and_in_order(void **state)
{
    (void)state;
    struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
    put(buffer, 0, "1ks", 0);
    put(buffer, 2, "2s", 0);
    expect_none(buffer, 0);
    put(buffer, 1, "1m", 0);
    expect(buffer, 0, "01");
    expect_none(buffer, 0);
    put(buffer, 4, "3sm", 0);
    expect_none(buffer, 0);
    put(buffer, 3, "2m", 0);
    put(buffer, 3, "2m", 0); /* again */
    expect(buffer, 0, "23");
    expect(buffer, 0, "4");
    expect_none(buffer, 0);
    frame_buffer_free(buffer);
}

static void nothing_comes_out_before_a_keyframe(void **state)
{
    (void)state;
    struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
    put(buffer, 0, "1sm", 0);
    put(buffer, 1, "2sm", 0);
    expect_none(buffer, 0);
    assert_true(frame_buffer_needs_keyframe(buffer));
    put(buffer, 2, "3ksm", 0);
    expect(buffer, 0, "2");
    assert_false(frame_buffer_needs_keyframe(buffer));
    frame_buffer_free(buffer);
}

static void padding_is_passed_over(void **state)
{
    (void)state;
    struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
    put(buffer, 0, "1ksm", 0);
    put(buffer, 1, "1p", 0);
    put(buffer, 2, "1p", 0);
    put(buffer, 3, "2sm", 0);
    expect(buffer, 0, "0");
    expect(buffer, 0, "3");
    frame_buffer_free(buffer);
}

static void a_gap_waits_for_its_packet(void **state)
{
    (void)state;
    struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
    put(buffer, 0, "1ksm", 0);
    expect(buffer, 0, "0");
    put(buffer, 2, "3sm", 10 * MS);
    expect_none(buffer, 10 * MS);
    assert_int_equal(frame_buffer_next(buffer), 10 * MS + GAP_WAIT);
    expect_none(buffer, 90 * MS);
    assert_false(frame_buffer_needs_keyframe(buffer));
    put(buffer, 1, "2sm", 95 * MS);
    expect(buffer, 95 * MS, "1");
    expect(buffer, 95 * MS, "2");
    assert_int_equal(frame_buffer_next(buffer), USEC_NEVER);
    frame_buffer_free(buffer);
}

static void a_lost_packet_is_given_up_for_a_keyframe(void **state)
{
    (void)state;
    struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
    put(buffer, 0, "1ksm", 0);
    expect(buffer, 0, "0");
    put(buffer, 2, "3sm", 0);
    expect_none(buffer, 0);
    expect_none(buffer, GAP_WAIT);
    assert_true(frame_buffer_needs_keyframe(buffer));
    put(buffer, 3, "4ks", GAP_WAIT);
    expect_none(buffer, GAP_WAIT);
    put(buffer, 4, "4m", GAP_WAIT);
    struct received_frame frame;
    assert_true(frame_buffer_poll(buffer, &frame, GAP_WAIT));
    assert_int_equal(frame.length, 2);
    assert_true(frame.keyframe);
    assert_int_equal(frame.skipped, 1);
    frame_buffer_free(buffer);
}

static void a_whole_keyframe_need_not_wait_for_a_gap(void **state)
{
    (void)state;
    struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
    put(buffer, 0, "1ksm", 0);
    expect(buffer, 0, "0");
    put(buffer, 2, "3ksm", 0);
    expect(buffer, 0, "2");
    put(buffer, 1, "2sm", 0); /* too late */
    expect_none(buffer, 0);
    frame_buffer_free(buffer);
}

static void audio_passes_over_a_gap(void **state)
{
    (void)state;
    struct frame_buffer *buffer = buffer_of(MEDIA_AUDIO);
    put(buffer, 0, "1", 0);
    put(buffer, 1, "2", 0);
    expect(buffer, 0, "0");
    expect(buffer, 0, "1");
    put(buffer, 4, "5", 0);
    expect_none(buffer, 0);
    expect_none(buffer, GAP_WAIT - 1);
    struct received_frame frame;
    assert_true(frame_buffer_poll(buffer, &frame, GAP_WAIT));
    assert_int_equal(frame.data[0], 4);
    assert_int_equal(frame.skipped, 2);
    frame_buffer_free(buffer);
}

static void jumps_of_any_size_are_survived(void **state)
{
    (void)state;
    static const int64_t jumps[] = {100, 2047, 2048, 2049, 4095, 4096, 5000, 60000, 10000000};
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
        put(buffer, 0, "1ksm", 0);
        put(buffer, 1, "2s", 0);
        put(buffer, jumps[i], "5sm", 0);
        struct received_frame frame;
        while (frame_buffer_poll(buffer, &frame, GAP_WAIT))
            ;
        expect_none(buffer, 3 * GAP_WAIT);
        assert_true(frame_buffer_needs_keyframe(buffer));
        put(buffer, jumps[i] + 1, "6ksm", 3 * GAP_WAIT);
        assert_true(frame_buffer_poll(buffer, &frame, 3 * GAP_WAIT));
        assert_true(frame.keyframe);
        frame_buffer_free(buffer);
    }
}

/* As in H.264: only a packet with parameter sets (s) tells that a picture starts, and these come before the picture,
 * late, inside of it, or with a timestamp of their own (q: nothing else in it). */
static void a_picture_is_what_shares_a_timestamp(void **state)
{
    static const struct {
        const char *name;
        struct {
            int64_t sequence;
            const char *form;
        } packets[8];
        const char *frames; /* expected, one behind the other */
    } rows[] = {
        {"sets in front", {{1, "1m"}, {2, "2sq"}, {3, "2q"}, {4, "2k"}, {5, "2m"}, {6, "3m"}}, "2345 6"},
        {"sets late", {{1, "1m"}, {4, "2k"}, {5, "2m"}, {6, "3m"}, {3, "2q"}, {2, "2sq"}}, "2345 6"},
        {"sets lost", {{1, "1m"}, {4, "2k"}, {5, "2m"}, {6, "3m"}, {3, "2q"}}, ""},
        {"sets in a picture of their own", {{1, "1m"}, {2, "2sqm"}, {3, "3k"}, {4, "3m"}, {5, "4m"}}, "234 5"},
        {"sets behind the first slice", {{1, "1m"}, {2, "2k"}, {3, "2sq"}, {4, "2m"}, {5, "3m"}}, "234 5"},
        {"no marker bit anywhere", {{1, "1"}, {2, "2k"}, {3, "2"}, {4, "3"}, {5, "3"}, {6, "4"}}, "23 45"},
        {"a later picture is not whole yet", {{1, "1m"}, {2, "2km"}, {3, "3"}, {5, "4m"}, {4, "3m"}}, "2 34 5"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
        struct received_frame frame;
        char seen[64] = "";
        size_t length = 0;
        for (size_t k = 0; k < 8 && rows[i].packets[k].form != NULL; k++) {
            put(buffer, rows[i].packets[k].sequence, rows[i].packets[k].form, 0);
            while (frame_buffer_poll(buffer, &frame, 0)) {
                if (length > 0)
                    seen[length++] = ' ';
                for (size_t n = 0; n < frame.length; n++)
                    seen[length++] = (char)('0' + frame.data[n]);
                assert_int_equal(frame.keyframe, seen[0] == '2' && length == frame.length);
            }
        }
        if (strcmp(seen, rows[i].frames) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].name, seen, rows[i].frames);
        frame_buffer_free(buffer);
    }
}

static int setup(void **state)
{
    (void)state;
    pool = packet_pool_new(5000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    packet_pool_free(pool); /* checks that every packet came back */
    return 0;
}

/* Every packet says that a keyframe starts with it, and no keyframe is complete. If the work grew with the square of
 * their number, this test would take minutes and run into its time limit. */
static void starts_without_an_end_cost_no_more_than_their_number(void **state)
{
    (void)state;
    struct frame_buffer *buffer = buffer_of(MEDIA_VIDEO);
    for (int64_t sequence = 0; sequence < 2000; sequence++) {
        put(buffer, sequence, "1ks", 0);
        for (unsigned i = 0; i < 100; i++)
            expect_none(buffer, 0);
    }
    put(buffer, 2001, "2ks", 0); /* behind a gap */
    put(buffer, 2002, "2m", 0);
    struct received_frame frame;
    assert_true(frame_buffer_poll(buffer, &frame, 0));
    assert_int_equal(frame.timestamp, 2);
    assert_int_equal(frame.length, 2);
    frame_buffer_free(buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_whole_and_in_order),
        cmocka_unit_test(nothing_comes_out_before_a_keyframe),
        cmocka_unit_test(padding_is_passed_over),
        cmocka_unit_test(a_gap_waits_for_its_packet),
        cmocka_unit_test(a_lost_packet_is_given_up_for_a_keyframe),
        cmocka_unit_test(a_whole_keyframe_need_not_wait_for_a_gap),
        cmocka_unit_test(audio_passes_over_a_gap),
        cmocka_unit_test(a_picture_is_what_shares_a_timestamp),
        cmocka_unit_test(jumps_of_any_size_are_survived),
        cmocka_unit_test(starts_without_an_end_cost_no_more_than_their_number),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
