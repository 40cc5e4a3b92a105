#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signaling/room/paths.h"

#define S USEC_PER_SEC
#define MIN (60 * S)

static void expect(struct paths *paths, usec_t now, size_t proven, size_t failed, usec_t next)
{
    paths_timeout(paths, now);
    if (paths_proven(paths) != proven || paths_failed(paths) != failed || paths_next(paths) != next)
        fail_msg("at %lld s: %zu proven, %zu failed, next at %lld s", (long long)(now / S), paths_proven(paths),
                 paths_failed(paths), (long long)(paths_next(paths) / S));
}

static void a_pair_is_proven_when_both_ends_say_so(void **state)
{
    struct paths paths = {0};
    (void)state;
    paths_tell(&paths, 1, 2, PATH_PROVEN, 0);
    expect(&paths, 0, 0, 0, USEC_NEVER);
    paths_tell(&paths, 1, 2, PATH_PROVEN, 0); /* once more by the same end */
    paths_tell(&paths, 3, 1, PATH_PROVEN, 0);
    expect(&paths, 0, 0, 0, USEC_NEVER);
    paths_tell(&paths, 2, 1, PATH_PROVEN, 1 * S);
    expect(&paths, 1 * S, 1, 0, USEC_NEVER);
    paths_tell(&paths, 1, 3, PATH_PROVEN, 1 * S);
    expect(&paths, 1 * S, 2, 0, USEC_NEVER);
    paths_left(&paths, 2);
    expect(&paths, 1 * S, 1, 0, USEC_NEVER);
    paths_unprove(&paths);
    expect(&paths, 1 * S, 0, 0, USEC_NEVER);
    paths_fini(&paths);
}

static void a_lost_path_has_a_moment_to_heal(void **state)
{
    struct paths paths = {0};
    (void)state;
    paths_tell(&paths, 1, 2, PATH_LOST, 0); /* of a path that never was */
    expect(&paths, 0, 0, 0, USEC_NEVER);
    paths_tell(&paths, 1, 2, PATH_PROVEN, 0);
    paths_tell(&paths, 2, 1, PATH_PROVEN, 0);
    paths_tell(&paths, 2, 1, PATH_LOST, 100 * S);
    expect(&paths, 100 * S, 1, 0, 100 * S + PATH_HEAL_TIME);
    paths_tell(&paths, 1, 2, PATH_PROVEN, 101 * S); /* the remote peer does not know better */
    expect(&paths, 101 * S, 1, 0, 100 * S + PATH_HEAL_TIME);
    paths_tell(&paths, 2, 1, PATH_PROVEN, 102 * S);
    expect(&paths, 200 * S, 1, 0, USEC_NEVER);
    paths_tell(&paths, 1, 2, PATH_LOST, 300 * S);
    paths_tell(&paths, 2, 1, PATH_LOST, 301 * S); /* the first one counts */
    expect(&paths, 300 * S + PATH_HEAL_TIME - 1, 1, 0, 300 * S + PATH_HEAL_TIME);
    expect(&paths, 300 * S + PATH_HEAL_TIME, 0, 1, 300 * S + PATH_HEAL_TIME + PATH_RETRY_FIRST);
    paths_fini(&paths);
}

static void fail_again(struct paths *paths, usec_t now)
{
    paths_timeout(paths, now);
    assert_int_equal(paths_failed(paths), 0);
    paths_tell(paths, 1, 2, PATH_FAILED, now);
    paths_tell(paths, 2, 1, PATH_FAILED, now + 1); /* both ends notice one failure */
    assert_int_equal(paths_failed(paths), 1);
}

static void a_pair_that_failed_is_left_alone_longer_each_time(void **state)
{
    static const int waits[] = {5, 10, 20, 40, 60, 60}; /* minutes */
    struct paths paths = {0};
    usec_t now = 7 * S;
    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        fail_again(&paths, now);
        paths_tell(&paths, 1, 2, PATH_PROVEN, now + S); /* of the attempt that is over */
        paths_tell(&paths, 2, 1, PATH_PROVEN, now + S);
        expect(&paths, now + waits[i] * MIN - 1, 0, 1, now + waits[i] * MIN);
        now += waits[i] * MIN;
        expect(&paths, now, 0, 0, USEC_NEVER);
    }
    paths_fini(&paths);
}

static void what_was_good_for_long_begins_anew(void **state)
{
    struct paths paths = {0};
    (void)state;
    fail_again(&paths, 0);
    paths_timeout(&paths, PATH_RETRY_FIRST);
    paths_tell(&paths, 1, 2, PATH_PROVEN, PATH_RETRY_FIRST);
    paths_tell(&paths, 2, 1, PATH_PROVEN, PATH_RETRY_FIRST);
    usec_t later = PATH_RETRY_FIRST + PATH_STABLE_TIME;
    fail_again(&paths, later);
    assert_int_equal(paths_next(&paths), later + PATH_RETRY_FIRST);
    paths_fini(&paths);
}

static void another_network_is_another_chance_but_not_at_once(void **state)
{
    struct paths paths = {0};
    (void)state;
    fail_again(&paths, 0);
    paths_network_changed(&paths, 3, 1 * S); /* somebody else's */
    assert_int_equal(paths_next(&paths), PATH_RETRY_FIRST);
    paths_network_changed(&paths, 2, 1 * S);
    expect(&paths, 1 * S, 0, 1, PATH_CHANGE_RETRY);
    expect(&paths, PATH_CHANGE_RETRY, 0, 0, USEC_NEVER);
    fail_again(&paths, 20 * S); /* counts as the first */
    assert_int_equal(paths_next(&paths), 20 * S + PATH_RETRY_FIRST);
    paths_network_changed(&paths, 1, 100 * S);
    expect(&paths, 100 * S, 0, 0, USEC_NEVER);
    paths_fini(&paths);
}

static void relay_both(struct paths *paths, enum path_state a, enum path_state b, usec_t now)
{
    paths_tell(paths, 1, 2, a, now);
    paths_tell(paths, 2, 1, b, now);
}

static void a_path_through_a_turn_server_counts_only_where_it_is_accepted(void **state)
{
    static const struct {
        enum path_state a, b;
        bool are_accepted;
        size_t proven, failed;
    } cases[] = {
        {PATH_PROVEN, PATH_PROVEN, false, 1, 0},  {PATH_PROVEN, PATH_RELAYED, false, 0, 1},
        {PATH_RELAYED, PATH_PROVEN, false, 0, 1}, {PATH_RELAYED, PATH_RELAYED, false, 0, 1},
        {PATH_RELAYED, PATH_RELAYED, true, 1, 0}, {PATH_PROVEN, PATH_RELAYED, true, 1, 0},
        {PATH_FAILED, PATH_RELAYED, true, 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct paths paths = {0};
        relay_both(&paths, cases[i].a, cases[i].b, S);
        paths_accept_relayed(&paths, cases[i].are_accepted, S);
        expect(&paths, S, cases[i].proven, cases[i].failed, cases[i].failed ? S + PATH_RETRY_FIRST : USEC_NEVER);
        paths_fini(&paths);
    }
}

static void what_is_accepted_may_change(void **state)
{
    struct paths paths = {0};
    (void)state;
    relay_both(&paths, PATH_PROVEN, PATH_PROVEN, 0);
    paths_tell(&paths, 2, 1, PATH_RELAYED, 1 * S); /* in mid-call */
    paths_accept_relayed(&paths, false, 1 * S);
    expect(&paths, 1 * S, 0, 1, 1 * S + PATH_RETRY_FIRST);
    paths_accept_relayed(&paths, true, 2 * S); /* it may be tried again */
    expect(&paths, 2 * S, 0, 0, USEC_NEVER);
    relay_both(&paths, PATH_RELAYED, PATH_PROVEN, 3 * S);
    paths_accept_relayed(&paths, true, 3 * S);
    expect(&paths, 3 * S, 1, 0, USEC_NEVER);
    paths_tell(&paths, 1, 2, PATH_PROVEN, 4 * S); /* ICE found a better one */
    paths_accept_relayed(&paths, false, 4 * S);
    expect(&paths, 4 * S, 1, 0, USEC_NEVER);
    paths_tell(&paths, 1, 2, PATH_FAILED, 5 * S); /* which is another reason than that it is relayed */
    paths_accept_relayed(&paths, true, 6 * S);
    assert_int_equal(paths_failed(&paths), 1);
    paths_fini(&paths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_proven_when_both_ends_say_so),
        cmocka_unit_test(a_lost_path_has_a_moment_to_heal),
        cmocka_unit_test(a_pair_that_failed_is_left_alone_longer_each_time),
        cmocka_unit_test(what_was_good_for_long_begins_anew),
        cmocka_unit_test(another_network_is_another_chance_but_not_at_once),
        cmocka_unit_test(a_path_through_a_turn_server_counts_only_where_it_is_accepted),
        cmocka_unit_test(what_is_accepted_may_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
