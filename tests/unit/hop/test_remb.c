#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/hop/remb.h"
#include "transport/wire/rtcp.h"

#define LIFETIME (5 * USEC_PER_SEC) /* of a REMB */
#define SSRCS_MAX 4

/* What comes one after the other, a tenth of a second apart, and what they say together then. */
struct put {
    uint64_t bps;
    uint32_t ssrcs[SSRCS_MAX];
    size_t count;
    uint64_t sum;
};

static void lists_are_added_up(void **state)
{
    static const struct {
        const char *name;
        struct put puts[4];
    } rows[] = {
        {"the same list again", {{100, {1, 2}, 2, 100}, {300, {1, 2}, 2, 300}, {200, {2, 1}, 2, 200}}},
        {"disjoint lists", {{100, {1}, 1, 100}, {200, {2, 3}, 2, 300}, {50, {1}, 1, 250}}},
        {"a list that covers two", {{100, {1}, 1, 100}, {200, {2}, 1, 300}, {70, {1, 2}, 2, 70}}},
        {"a list that shares one stream", {{100, {1, 2}, 2, 100}, {200, {2, 3}, 2, 200}, {30, {1}, 1, 230}}},
        {"no list: about all", {{100, {1}, 1, 100}, {200, {2}, 1, 300}, {90, {0}, 0, 90}, {40, {1}, 1, 40}}},
        {"nothing may be sent", {{100, {1}, 1, 100}, {0, {1}, 1, 1}}},
        {"the largest there is", {{UINT64_MAX, {1}, 1, UINT64_MAX}, {9, {2}, 1, UINT64_MAX}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct remb *remb = remb_new();
        assert_int_equal(remb_bps(remb, 0), 0);
        for (size_t k = 0; k < 4 && rows[i].puts[k].sum > 0; k++) {
            const struct put *put = &rows[i].puts[k];
            usec_t now = (usec_t)k * 100 * USEC_PER_MSEC;
            remb_put(remb, put->bps, put->ssrcs, put->count, now);
            if (remb_bps(remb, now) != put->sum)
                fail_msg("%s: %llu after step %zu", rows[i].name, (unsigned long long)remb_bps(remb, now), k);
        }
        remb_free(remb);
    }
}

static void each_list_ends_by_itself(void **state)
{
    struct remb *remb = remb_new();
    uint32_t ssrcs[] = {1, 2};
    (void)state;
    assert_true(remb_next(remb) == USEC_NEVER);
    remb_put(remb, 100, &ssrcs[0], 1, 0);
    remb_put(remb, 200, &ssrcs[1], 1, USEC_PER_SEC);
    assert_true(remb_next(remb) == LIFETIME);
    assert_int_equal(remb_bps(remb, LIFETIME - 1), 300);
    assert_int_equal(remb_bps(remb, LIFETIME), 200);
    assert_true(remb_next(remb) == LIFETIME + USEC_PER_SEC);
    assert_int_equal(remb_bps(remb, LIFETIME + USEC_PER_SEC), 0);
    assert_true(remb_next(remb) == USEC_NEVER);
    remb_free(remb);
}

/* Whatever the lists are, memory is bounded, and the last REMB of a stream counts. */
static void more_lists_than_there_is_room_for(void **state)
{
    struct remb *remb = remb_new();
    uint32_t ssrcs[REMB_SSRCS_MAX];
    (void)state;
    for (uint32_t i = 0; i < 1000; i++)
        remb_put(remb, 10, &i, 1, i);
    assert_in_range(remb_bps(remb, 1000), 10, 10 * 64);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < REMB_SSRCS_MAX; i++)
            ssrcs[i] = 5000 + round * 100 + i;
        remb_put(remb, 70, ssrcs, REMB_SSRCS_MAX, 2000);
    }
    remb_put(remb, 30, NULL, 0, 3000);
    assert_int_equal(remb_bps(remb, 3000), 30);
    remb_free(remb);
}

/* What each of the REMBs says that are written for these lines. */
static void each_line_is_told_its_share_and_then_all_the_total(void **state)
{
    static const struct remb_line lines[] = {{{1, 2, 3}, 3}, {{4}, 1}, {{5, 6}, 2}};
    static const struct {
        size_t lines, rembs;
        uint64_t share;
    } rows[] = {{1, 1, 600000}, {2, 3, 300000}, {3, 4, 200000}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t data[200];
        struct rtcp_writer writer;
        struct rtcp_reader reader;
        struct rtcp_packet packet;
        uint64_t bps = 0;
        size_t rembs = 0;
        rtcp_writer_init(&writer, data, sizeof data);
        assert_int_equal(remb_write(&writer, 9, 600000, lines, rows[i].lines), 0);
        rtcp_reader_init(&reader, data, writer.length);
        for (; rtcp_next(&reader, &packet) == 1; rembs++) {
            uint32_t ssrcs[REMB_SSRCS_MAX];
            bool is_total = rembs == rows[i].lines;
            int count = rtcp_read_remb(&packet, &bps, ssrcs, REMB_SSRCS_MAX);
            assert_int_equal(count, is_total ? 0 : lines[rembs].count);
            assert_int_equal(bps, is_total ? 600000 : rows[i].share);
            if (!is_total)
                assert_memory_equal(ssrcs, lines[rembs].ssrcs, (size_t)count * sizeof ssrcs[0]);
        }
        assert_int_equal(rembs, rows[i].rembs);
        rtcp_writer_init(&writer, data, writer.length - 1); /* half of it would be another message */
        assert_int_equal(remb_write(&writer, 9, 600000, lines, rows[i].lines), ERR_NO_SPACE);
        assert_int_equal(writer.length, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_added_up),
        cmocka_unit_test(each_list_ends_by_itself),
        cmocka_unit_test(more_lists_than_there_is_room_for),
        cmocka_unit_test(each_line_is_told_its_share_and_then_all_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
