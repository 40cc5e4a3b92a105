#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/mix/lanes.h"

#define MS USEC_PER_MSEC
#define S USEC_PER_SEC

static struct lanes lanes;

/* `loud`: a letter for each participant from 1 on, in capitals when it is loud; '-': it is not there. */
static bool follow(const char *loud, usec_t now)
{
    struct lanes_voice voices[16];
    size_t count = 0;
    for (unsigned i = 0; loud[i] != '\0'; i++)
        if (loud[i] != '-')
            voices[count++] = (struct lanes_voice){.participant = i + 1, .is_loud = loud[i] >= 'A' && loud[i] <= 'Z'};
    return lanes_follow(&lanes, voices, count, now);
}

static void in_a_small_room_everybody_has_a_lane(void **state)
{
    (void)state;
    lanes = (struct lanes){0};
    assert_true(follow("abc", 10 * S));
    for (unsigned i = 1; i <= 3; i++)
        assert_int_equal(lanes_heard(&lanes, i, 20 * S), -1); /* the server has not said yet that they get them */
    assert_false(lanes_are_settled(&lanes, 20 * S));
    lanes_answered(&lanes, 20 * S);
    assert_int_equal(lanes_heard(&lanes, 1, 20 * S + LANES_SETTLE - 1), -1);
    for (unsigned i = 1; i <= 3; i++)
        assert_int_equal(lanes_heard(&lanes, i, 20 * S + LANES_SETTLE), i - 1);
    assert_true(lanes_are_settled(&lanes, 20 * S + LANES_SETTLE));
    assert_false(follow("ABC", 21 * S));
    assert_true(follow("A-C", 22 * S));
    assert_int_equal(lanes_heard(&lanes, 2, 22 * S), -1);
    assert_int_equal(lanes_heard(&lanes, 3, 22 * S), 2); /* the others keep theirs */
}

static void in_a_large_room_a_lane_is_for_who_speaks(void **state)
{
    (void)state;
    lanes = (struct lanes){0};
    follow("abcdef", 10 * S);
    lanes_answered(&lanes, 10 * S);
    assert_true(follow("aBCDEf", 11 * S)); /* the silent one loses its lane, at once from the mix */
    assert_int_equal(lanes_heard(&lanes, 1, 11 * S), -1);
    assert_int_equal(lanes.at[0].owner, 5);
    assert_int_equal(lanes_heard(&lanes, 5, 20 * S), -1);
    lanes_answered(&lanes, 11 * S);
    assert_int_equal(lanes_heard(&lanes, 5, 11 * S + LANES_SETTLE), 0);
    assert_false(follow("abcdeF", 11 * S + LANES_HOLD / 2)); /* a pause between words takes no lane away */
    assert_true(follow("abcdeF", 11 * S + LANES_HOLD));
    assert_int_equal(lanes.at[0].owner, 6);
}

/* The answer to an older request does not speak for a newer owner. */
static void only_the_last_answer_counts(void **state)
{
    (void)state;
    lanes = (struct lanes){0};
    follow("a", 1 * S);
    follow("ab", 1 * S + 1);
    lanes_answered(&lanes, 2 * S);
    assert_int_equal(lanes_heard(&lanes, 2, 9 * S), -1);
    lanes_answered(&lanes, 3 * S);
    assert_int_equal(lanes_heard(&lanes, 2, 9 * S), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_small_room_everybody_has_a_lane),
        cmocka_unit_test(in_a_large_room_a_lane_is_for_who_speaks),
        cmocka_unit_test(only_the_last_answer_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
