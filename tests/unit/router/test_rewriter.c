#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/out/rewriter.h"

#define RATE 90000
#define MS USEC_PER_MSEC

struct step {
    enum { SWITCH, SEND, DROP } what;
    int64_t in;
    uint32_t timestamp;
    int picture; /* -1: none */
    uint8_t bits;
    int tl0; /* -1: none */
    usec_t at;
    /* expected */
    int out; /* relative to the first number; -1: nothing is sent */
    int out_picture, out_tl0;
};

struct fixture {
    struct rewriter rewriter;
    struct packet *packet;
    struct packet_pool *pool;
};

static void set_up(struct fixture *fixture, uint16_t first)
{
    rewriter_init(&fixture->rewriter, 64, NULL, first, 1000);
    fixture->pool = packet_pool_new(4);
    fixture->packet = packet_new(fixture->pool);
}

static void tear_down(struct fixture *fixture)
{
    rewriter_fini(&fixture->rewriter);
    packet_release(fixture->packet);
    packet_pool_free(fixture->pool);
}

/* A VP8 descriptor with the step's picture id and TL0PICIDX, and one byte of payload. */
static void make_packet(struct packet *packet, const struct step *step)
{
    struct frame_info frame = {.has_layers = step->tl0 >= 0};
    uint8_t *at = packet->data + RTP_HEADER_SIZE;
    size_t length = 2;
    at[0] = 0x90;
    at[1] = (uint8_t)((step->picture >= 0 ? 0x80 : 0) | (step->tl0 >= 0 ? 0x40 : 0));
    if (step->picture >= 0) {
        frame.picture_id = (uint16_t)step->picture;
        frame.picture_id_bits = step->bits;
        frame.picture_id_offset = (uint8_t)length;
        if (step->bits == 15)
            at[length++] = (uint8_t)(0x80 | step->picture >> 8);
        at[length++] = (uint8_t)step->picture;
    }
    if (step->tl0 >= 0) {
        frame.has_tl0picidx = true;
        frame.tl0picidx = (uint8_t)step->tl0;
        frame.tl0picidx_offset = (uint8_t)length;
        at[length++] = (uint8_t)step->tl0;
    }
    frame.descriptor_length = (uint8_t)length;
    at[length++] = 0x55;
    packet->frame = frame;
    packet->length = (uint16_t)(RTP_HEADER_SIZE + length);
    packet->rtp = (struct rtp_header){
        .timestamp = step->timestamp, .payload_offset = RTP_HEADER_SIZE, .payload_length = (uint16_t)length};
}

static void check_patch(const struct rewrite *rewrite, const struct packet *packet, const struct step *step)
{
    if (step->picture < 0) {
        assert_int_equal(rewrite->patch_length, 0);
        return;
    }
    size_t at = packet->frame.picture_id_offset;
    assert_int_equal(rewrite->patch_length - rewrite->patch_covers, step->bits == 7 ? 1 : 0);
    assert_int_equal(rewrite->patch[at] & 0x80, 0x80);
    assert_int_equal((rewrite->patch[at] & 0x7f) << 8 | rewrite->patch[at + 1], step->out_picture);
    if (step->tl0 >= 0)
        assert_int_equal(rewrite->patch[at + 2], step->out_tl0);
}

static void run(const struct step *steps, size_t count, uint16_t first)
{
    struct fixture fixture;
    set_up(&fixture, first);
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        struct rewrite rewrite = {0};
        struct sequence_entry *entry = NULL;
        make_packet(fixture.packet, step);
        if (step->what == SWITCH)
            rewriter_switch(&fixture.rewriter, 1, step->in, step->timestamp, NULL, RATE, step->at);
        if (step->what == DROP)
            entry = rewriter_drop(&fixture.rewriter, step->in, &fixture.packet->frame, step->at);
        else
            entry = rewriter_packet(&fixture.rewriter, step->in, step->timestamp, &fixture.packet->frame, step->at);
        if (step->out < 0) {
            assert_null(entry);
            continue;
        }
        assert_non_null(entry);
        assert_int_equal((uint16_t)sequence_map_out(&fixture.rewriter.map, entry) - first, step->out);
        rewriter_apply(&fixture.rewriter, entry, fixture.packet, &rewrite);
        assert_int_equal(rewrite.sequence, (uint16_t)(first + step->out));
        if (step->what != DROP)
            check_patch(&rewrite, fixture.packet, step);
    }
    tear_down(&fixture);
}

#define RUN(...)                                                                                                       \
    do {                                                                                                               \
        static const struct step steps[] = {__VA_ARGS__};                                                              \
        run(steps, sizeof steps / sizeof steps[0], 100);                                                               \
        run(steps, sizeof steps / sizeof steps[0], 0);                                                                 \
        run(steps, sizeof steps / sizeof steps[0], 0x7fff);                                                            \
    } while (0)

static void test_numbers_follow_and_losses_stay_gaps(void **state)
{
    (void)state;
    RUN({SWITCH, 70000, 0, -1, 0, -1, 0, .out = 0}, {SEND, 70001, 0, -1, 0, -1, 0, .out = 1},
        {SEND, 70004, 0, -1, 0, -1, 0, .out = 4}, {SEND, 70002, 0, -1, 0, -1, 0, .out = 2},
        {SEND, 70002, 0, -1, 0, -1, 0, .out = -1}, {SEND, 70005, 0, -1, 0, -1, 0, .out = 5},
        {SEND, 69999, 0, -1, 0, -1, 0, .out = -1});
}

static void test_what_is_left_out_leaves_no_gap(void **state)
{
    (void)state;
    RUN({SWITCH, 10, 0, -1, 0, -1, 0, .out = 0}, {DROP, 11, 0, -1, 0, -1, 0, .out = -1},
        {DROP, 12, 0, -1, 0, -1, 0, .out = -1}, {SEND, 13, 0, -1, 0, -1, 0, .out = 1},
        {SEND, 15, 0, -1, 0, -1, 0, .out = 3}, {SEND, 14, 0, -1, 0, -1, 0, .out = 2},
        {SEND, 12, 0, -1, 0, -1, 0, .out = -1});
}

static void test_a_late_packet_nobody_wants_gives_back_its_number(void **state)
{
    (void)state;
    RUN({SWITCH, 10, 0, -1, 0, -1, 0, .out = 0}, {SEND, 12, 0, -1, 0, -1, 0, .out = 2},
        {DROP, 11, 0, -1, 0, -1, 0, .out = 1}, {DROP, 11, 0, -1, 0, -1, 0, .out = -1});
}

static void test_a_switch_goes_on_with_the_next_number(void **state)
{
    (void)state;
    RUN({SWITCH, 10, 0, -1, 0, -1, 0, .out = 0}, {SEND, 11, 0, -1, 0, -1, 0, .out = 1},
        {SWITCH, 500000, 0, -1, 0, -1, 0, .out = 2}, {SEND, 500002, 0, -1, 0, -1, 0, .out = 4},
        {SWITCH, 12, 0, -1, 0, -1, 0, .out = 5}, {SEND, 13, 0, -1, 0, -1, 0, .out = 6});
}

static void test_picture_ids_go_on_over_a_switch(void **state)
{
    (void)state;
    RUN({SWITCH, 10, 0, 0x7ffe, 15, 250, 0, 0, .out_picture = 0x7ffe, .out_tl0 = 250},
        {SEND, 11, 0, 0x7fff, 15, 251, 0, 1, .out_picture = 0x7fff, .out_tl0 = 251},
        {SEND, 12, 0, 0, 15, 252, 0, 2, .out_picture = 0, .out_tl0 = 252},
        {SWITCH, 900, 0, 4000, 15, 7, 0, 3, .out_picture = 1, .out_tl0 = 253},
        {SEND, 901, 0, 4000, 15, 7, 0, 4, .out_picture = 1, .out_tl0 = 253},
        {SEND, 902, 0, 4001, 15, 8, 0, 5, .out_picture = 2, .out_tl0 = 254});
}

static void test_a_dropped_temporal_frame_leaves_no_gap_in_picture_ids(void **state)
{
    (void)state;
    RUN({SWITCH, 10, 0, 100, 15, 5, 0, 0, .out_picture = 100, .out_tl0 = 5}, {DROP, 11, 0, 101, 15, 5, 0, .out = -1},
        {DROP, 12, 0, 101, 15, 5, 0, .out = -1}, {SEND, 13, 0, 102, 15, 6, 0, 1, .out_picture = 101, .out_tl0 = 6},
        /* 14 is lost and comes after the next dropped frame */
        {DROP, 15, 0, 104, 15, 6, 0, .out = -1}, {SEND, 16, 0, 105, 15, 7, 0, 3, .out_picture = 103, .out_tl0 = 7},
        {SEND, 14, 0, 103, 15, 6, 0, 2, .out_picture = 102, .out_tl0 = 6});
}

static void test_short_picture_ids_become_long_ones(void **state)
{
    (void)state;
    RUN({SWITCH, 10, 0, 126, 7, -1, 0, 0, .out_picture = 126}, {SEND, 11, 0, 127, 7, -1, 0, 1, .out_picture = 127},
        {SEND, 13, 0, 1, 7, -1, 0, 3, .out_picture = 129}, {SEND, 12, 0, 0, 7, -1, 0, 2, .out_picture = 128},
        {SWITCH, 50, 0, 3000, 15, 9, 0, 4, .out_picture = 130, .out_tl0 = 9},
        {SWITCH, 60, 0, 5, 7, 77, 0, 5, .out_picture = 131, .out_tl0 = 10}, {SWITCH, 70, 0, -1, 0, -1, 0, .out = 6},
        {SWITCH, 80, 0, 5, 7, 1, 0, 7, .out_picture = 132, .out_tl0 = 11});
}

/* AV1 and VP9: pictures refer to each other by the distance of their numbers. */
static void test_references_by_distance_keep_their_gaps(void **state)
{
    static const struct {
        bool is_switch, is_dropped;
        int64_t in;
        uint16_t number, out;
    } steps[] = {
        {true, false, 10, 0xfffe, 0xfffe}, {false, true, 11, 0xffff, 0}, {false, false, 12, 0, 0},
        {false, false, 14, 2, 2},          {true, false, 900, 7, 3},     {false, true, 901, 8, 0},
        {false, false, 902, 9, 5},
    };
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 0);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct packet *packet = fixture.packet;
        struct rewrite rewrite = {0};
        packet->rtp = (struct rtp_header){.payload_offset = RTP_HEADER_SIZE, .payload_length = 1};
        packet->frame = (struct frame_info){
            .has_descriptor = true, .picture_id_bits = 16, .picture_id = steps[i].number, .refers_by_distance = true};
        if (steps[i].is_switch)
            rewriter_switch(&fixture.rewriter, 1, steps[i].in, 0, NULL, RATE, 0);
        if (steps[i].is_dropped) {
            assert_null(rewriter_drop(&fixture.rewriter, steps[i].in, &packet->frame, 0));
            continue;
        }
        struct sequence_entry *entry = rewriter_packet(&fixture.rewriter, steps[i].in, 0, &packet->frame, 0);
        entry->ends_picture = i == 3;
        rewriter_apply(&fixture.rewriter, entry, packet, &rewrite);
        assert_true(rewrite.has_frame_number);
        assert_int_equal(rewrite.frame_number, steps[i].out);
        assert_int_equal(rewrite.patch_length, 0);
        assert_int_equal(rewrite.marker, i == 3);
    }
    tear_down(&fixture);
}

static void test_a_huge_gap_is_seen(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture, 0);
    rewriter_switch(&fixture.rewriter, 1, 10, 0, NULL, RATE, 0);
    rewriter_packet(&fixture.rewriter, 10, 0, &(struct frame_info){0}, 0);
    assert_false(rewriter_is_gap(&fixture.rewriter, 42));
    assert_true(rewriter_is_gap(&fixture.rewriter, 43));
    tear_down(&fixture);
}

static uint32_t send_one(struct fixture *fixture, int64_t in, uint32_t timestamp, usec_t now)
{
    struct sequence_entry *entry = rewriter_packet(&fixture->rewriter, in, timestamp, &(struct frame_info){0}, now);
    assert_non_null(entry);
    return timestamp + entry->timestamp_offset;
}

static void test_timestamps_over_a_switch(void **state)
{
    static const struct {
        uint32_t aligned; /* after the last one */
        bool is_known;
        usec_t elapsed;
        uint32_t expected; /* after the last one */
    } cases[] = {
        {0, false, 100 * MS, 9000},       /* time passed decides */
        {3000, true, 33 * MS, 3000},      /* the sender reports decide */
        {3000, true, 200 * MS, 3000},     /* also when it arrives late */
        {0, true, 33 * MS, 1800},         /* at least a frame */
        {(uint32_t)-9000, true, 0, 1800}, /* never backwards */
        {900000, true, 100 * MS, 9000},   /* a report that cannot be true */
        {(uint32_t)-900000, true, 100 * MS, 9000},
        {0, false, 600 * USEC_PER_SEC, 54000000}, /* a long mute */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture fixture;
        set_up(&fixture, 0);
        rewriter_switch(&fixture.rewriter, 1, 10, 0xfffffff0, NULL, RATE, 0);
        uint32_t last = send_one(&fixture, 10, 0xfffffff0, 0);
        assert_int_equal(last, 1000);
        last = send_one(&fixture, 11, 3000 - 16, 33 * MS);
        assert_int_equal(last, 4000);
        uint32_t aligned = last + cases[i].aligned;
        usec_t now = 33 * MS + cases[i].elapsed;
        rewriter_switch(&fixture.rewriter, 2, 10, 777, cases[i].is_known ? &aligned : NULL, RATE, now);
        assert_int_equal(send_one(&fixture, 10, 777, now) - last, cases[i].expected);
        tear_down(&fixture);
    }
}

/* Each jump is as far as a 16-bit number can tell: the extended one passes 2^31 after 65,536 of them. */
static void test_frame_numbers_may_rise_without_end(void **state)
{
    struct fixture fixture;
    struct rewrite rewrite = {0};
    uint16_t last = 0;
    (void)state;
    set_up(&fixture, 100);
    rewriter_switch(&fixture.rewriter, 1, 0, 0, NULL, RATE, 0);
    for (int64_t in = 0; in < 140000; in++) {
        struct frame_info frame = {
            .has_descriptor = true, .picture_id = (uint16_t)(in * 32767), .picture_id_bits = 16, .start = true};
        fixture.packet->frame = frame;
        struct sequence_entry *entry = rewriter_packet(&fixture.rewriter, in, (uint32_t)in, &frame, in);
        assert_non_null(entry);
        rewriter_apply(&fixture.rewriter, entry, fixture.packet, &rewrite);
        if (in > 0)
            assert_int_equal((uint16_t)(rewrite.frame_number - last), 32767);
        last = rewrite.frame_number;
    }
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_follow_and_losses_stay_gaps),
        cmocka_unit_test(test_what_is_left_out_leaves_no_gap),
        cmocka_unit_test(test_a_late_packet_nobody_wants_gives_back_its_number),
        cmocka_unit_test(test_a_switch_goes_on_with_the_next_number),
        cmocka_unit_test(test_picture_ids_go_on_over_a_switch),
        cmocka_unit_test(test_a_dropped_temporal_frame_leaves_no_gap_in_picture_ids),
        cmocka_unit_test(test_short_picture_ids_become_long_ones),
        cmocka_unit_test(test_references_by_distance_keep_their_gaps),
        cmocka_unit_test(test_a_huge_gap_is_seen),
        cmocka_unit_test(test_timestamps_over_a_switch),
        cmocka_unit_test(test_frame_numbers_may_rise_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
