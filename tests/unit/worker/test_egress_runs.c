#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/worker/egress_runs.h"
#include "transport/base/random.h"
#include "transport/wire/rtp.h"

#define IMAGES_MAX 80

static uint8_t payload[8192];
static struct packet_image images[IMAGES_MAX];

static void make(size_t index, size_t length)
{
    images[index] = (struct packet_image){.header = {0x80},
                                          .header_length = RTP_HEADER_SIZE,
                                          .parts = {{payload, length - RTP_HEADER_SIZE}},
                                          .part_count = 1,
                                          .length = length};
}

static void test_neighbours_are_padded_to_one_size(void **state)
{
    static const struct {
        const char *name;
        size_t lengths[6], padded[6];
    } cases[] = {
        {"one alone", {1000}, {1000}},
        {"all equal", {1000, 1000, 1000}, {1000, 1000, 1000}},
        {"the last may be smaller", {1000, 1000, 300}, {1000, 1000, 300}},
        {"one in the middle is smaller", {1000, 980, 1000}, {1000, 1000, 1000}},
        {"a larger one takes those before it along", {980, 990, 1000, 985}, {1000, 1000, 1000, 985}},
        {"a sixteenth more, and not a byte beyond", {1600, 1500, 1600}, {1600, 1600, 1600}},
        {"too small to be padded", {1600, 1499, 1600}, {1600, 1499, 1600}},
        {"too small ends its run, and the next one begins", {1000, 500, 980, 1000}, {1000, 500, 1000, 1000}},
        {"too large begins a run", {500, 1000, 990, 1000}, {500, 1000, 1000, 1000}},
        {"a slow climb stops where the first cannot follow", {1000, 1040, 1080, 1080}, {1040, 1040, 1080, 1080}},
        {"no more padding than one byte can count", {5000, 4740, 5000}, {5000, 4740, 5000}},
        {"as much padding as one byte can count", {5000, 4745, 5000}, {5000, 5000, 5000}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t count = 0;
        for (; count < 6 && cases[i].lengths[count] > 0; count++)
            make(count, cases[i].lengths[count]);
        egress_even_out(images, count);
        for (size_t k = 0; k < count; k++) {
            if (images[k].length != cases[i].padded[k])
                fail_msg("%s: packet %zu has %zu bytes", cases[i].name, k, images[k].length);
            bool is_padded = cases[i].padded[k] > cases[i].lengths[k];
            assert_int_equal((images[k].header[0] & RTP_PADDING_BIT) != 0, is_padded);
            assert_int_equal(images[k].padding, cases[i].padded[k] - cases[i].lengths[k]);
            assert_ptr_equal(images[k].parts[0].data, payload);
            assert_int_equal(images[k].parts[0].length, cases[i].lengths[k] - RTP_HEADER_SIZE);
        }
    }
}

static void test_what_has_padding_gets_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        make(i, 1000);
    make(1, 960);
    packet_image_pad(&images[1], 20);
    egress_even_out(images, 3);
    assert_int_equal(images[0].length, 1000);
    assert_int_equal(images[1].length, 980);
    assert_int_equal(images[1].padding, 20);
    assert_int_equal(images[2].length, 1000);
}

static void test_a_run_has_as_many_as_the_kernel_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < EGRESS_SEGMENTS_MAX + 2; i++)
        make(i, 1000);
    make(EGRESS_SEGMENTS_MAX - 2, 990);
    make(EGRESS_SEGMENTS_MAX - 1, 990); /* the last one of its run, which may be smaller */
    egress_even_out(images, EGRESS_SEGMENTS_MAX + 2);
    assert_int_equal(images[EGRESS_SEGMENTS_MAX - 2].length, 1000);
    assert_int_equal(images[EGRESS_SEGMENTS_MAX - 1].length, 990);
    assert_int_equal(images[EGRESS_SEGMENTS_MAX].length, 1000);
}

/* How many messages the images would leave in. */
static size_t count_messages(size_t count)
{
    static uint8_t arena[IMAGES_MAX * 1500];
    struct ice_message last = {0};
    size_t messages = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        if (messages == 0 || !egress_join(&last, arena + at, images[i].length)) {
            last = (struct ice_message){.data = arena + at, .length = images[i].length};
            messages++;
        }
        at += images[i].length;
    }
    return messages;
}

static void test_padding_never_costs_messages(void **state)
{
    struct rng rng;
    size_t before_all = 0, after_all = 0;
    (void)state;
    rng_init(&rng, 11);
    for (int round = 0; round < 2000; round++) {
        size_t count = 1 + (size_t)rng_below(&rng, IMAGES_MAX), lengths[IMAGES_MAX];
        uint64_t spread = 1 + rng_below(&rng, 75); /* what may be padded */
        for (size_t i = 0; i < count; i++) {
            lengths[i] = 1200 - (size_t)rng_below(&rng, spread);
            make(i, lengths[i]);
        }
        size_t before = count_messages(count);
        egress_even_out(images, count);
        size_t after = count_messages(count);
        assert_true(after <= before);
        before_all += before;
        after_all += after;
        for (size_t i = 0; i < count; i++)
            assert_true(images[i].length - lengths[i] <= images[i].length / 16);
    }
    assert_true(after_all * 4 < before_all);
}

static void test_segments_join_while_the_kernel_takes_them(void **state)
{
    static uint8_t arena[70000];
    static const struct {
        const char *name;
        size_t length, segment_size; /* of the message so far */
        size_t gap, next;
        bool joins;
    } cases[] = {
        {"a second one of the same size", 1000, 0, 0, 1000, true},
        {"a smaller one ends it", 1000, 0, 0, 1, true},
        {"a larger one", 1000, 0, 0, 1001, false},
        {"one that does not follow at once", 1000, 0, 1, 1000, false},
        {"a third one", 2000, 1000, 0, 1000, true},
        {"behind a smaller one", 1999, 1000, 0, 999, false},
        {"the 64th segment", 63 * 900, 900, 0, 900, true},
        {"the 65th segment", 64 * 900, 900, 0, 900, false},
        {"up to 64000 bytes", 62000, 1000, 0, 1000, true},
        {"more than 64000 bytes", 63000, 1500, 0, 1001, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ice_message message = {.data = arena, .length = cases[i].length, .segment_size = cases[i].segment_size};
        bool joins = egress_join(&message, arena + cases[i].length + cases[i].gap, cases[i].next);
        if (joins != cases[i].joins)
            fail_msg("%s", cases[i].name);
        assert_int_equal(message.length, cases[i].length + (joins ? cases[i].next : 0));
        if (joins)
            assert_int_equal(message.segment_size, cases[i].segment_size > 0 ? cases[i].segment_size : cases[i].length);
        else
            assert_int_equal(message.segment_size, cases[i].segment_size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours_are_padded_to_one_size),
        cmocka_unit_test(test_what_has_padding_gets_no_more),
        cmocka_unit_test(test_a_run_has_as_many_as_the_kernel_takes),
        cmocka_unit_test(test_padding_never_costs_messages),
        cmocka_unit_test(test_segments_join_while_the_kernel_takes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
