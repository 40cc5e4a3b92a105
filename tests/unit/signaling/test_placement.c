#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signaling/router/placement.h"

#define WORKERS 4

static struct placement placement_of(size_t worker_count, size_t room_share, const size_t *all, const size_t *here)
{
    return (struct placement){
        .worker_count = worker_count, .room_share = room_share, .connections = all, .room_connections = here};
}

static void a_room_is_kept_together_and_then_spreads(void **state)
{
    static const struct {
        size_t worker_count, room_share;
        size_t all[WORKERS], here[WORKERS];
        unsigned worker;
    } rows[] = {
        /* Nobody of the room yet: the worker with the fewest, of equal ones the lowest. */
        {4, 10, {0, 0, 0, 0}, {0, 0, 0, 0}, 0},
        {4, 10, {3, 2, 1, 1}, {0, 0, 0, 0}, 2},
        {4, 10, {1, 1, 1, 0}, {0, 0, 0, 0}, 3},
        /* With its own, however full that worker is of others. */
        {4, 10, {90, 0, 0, 0}, {1, 0, 0, 0}, 0},
        {4, 10, {0, 90, 0, 0}, {0, 9, 0, 0}, 1},
        /* A worker is full at its share: on to the one with the fewest. */
        {4, 10, {10, 0, 0, 0}, {10, 0, 0, 0}, 1},
        {4, 10, {10, 7, 5, 6}, {10, 0, 0, 0}, 2},
        {4, 10, {10, 11, 12, 13}, {11, 0, 0, 0}, 0},
        /* Where it has spread to, until that is full, too; the fullest first, of equal ones the lowest. */
        {4, 10, {10, 0, 1, 0}, {10, 0, 1, 0}, 2},
        {4, 10, {10, 4, 5, 0}, {10, 4, 5, 0}, 2},
        {4, 10, {10, 5, 5, 0}, {10, 5, 5, 0}, 1},
        {4, 10, {10, 4, 10, 0}, {10, 4, 10, 0}, 1},
        /* Full everywhere: only load counts. */
        {4, 10, {12, 11, 10, 11}, {10, 11, 10, 10}, 2},
        /* A share of one spreads every connection. */
        {4, 1, {1, 1, 0, 0}, {1, 1, 0, 0}, 2},
        /* One worker takes everything; those beyond worker_count are not looked at. */
        {1, 10, {99, 0, 0, 0}, {99, 0, 0, 0}, 0},
        {2, 10, {10, 9, 0, 0}, {10, 0, 3, 0}, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct placement placement = placement_of(rows[i].worker_count, rows[i].room_share, rows[i].all, rows[i].here);
        unsigned worker = placement_choose(&placement);
        if (worker != rows[i].worker)
            fail_msg("row %zu: worker %u, not %u", i, worker, rows[i].worker);
    }
}

/* As bits; the lowest comes first, and none twice. */
static uint64_t relays_of(const struct placement *placement, unsigned origin, bool publishes)
{
    struct relay_endpoints relays;
    uint64_t bits = 0;
    placement_relays(placement, origin, publishes, &relays);
    for (size_t i = 0; i < relays.count; i++) {
        assert_true(i == 0 || relays.numbers[i] > relays.numbers[i - 1]);
        bits |= UINT64_C(1) << relays.numbers[i];
    }
    return bits;
}

static void who_publishes_is_relayed_to_where_the_room_is(void **state)
{
    static const struct {
        size_t worker_count;
        size_t here[WORKERS];
        unsigned origin;
        bool publishes;
        uint64_t relays; /* workers as bits */
        unsigned first;
    } rows[] = {
        {4, {1, 0, 0, 0}, 0, true, 0x0, 0}, /* the room is on one worker */
        {4, {1, 1, 0, 7}, 0, true, 0xa, 0},  {4, {1, 1, 0, 7}, 3, true, 0x3, 0},
        {4, {1, 1, 0, 7}, 0, false, 0x0, 0}, /* who only watches is needed nowhere else */
        {4, {0, 0, 2, 1}, 2, true, 0x8, 2},  {2, {0, 1, 1, 1}, 1, true, 0x0, 1}, /* beyond worker_count is nobody */
        {4, {0, 0, 0, 0}, 1, true, 0x0, 4},                                      /* the room has no connection at all */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct placement placement = placement_of(rows[i].worker_count, 10, rows[i].here, rows[i].here);
        uint64_t relays = relays_of(&placement, rows[i].origin, rows[i].publishes);
        unsigned first = placement_first(&placement);
        if (relays != rows[i].relays || first != rows[i].first)
            fail_msg("row %zu: relayed to %llx, first worker %u", i, (unsigned long long)relays, first);
    }
}

static void a_set_holds_every_worker(void **state)
{
    size_t here[PLACEMENT_WORKERS_MAX];
    (void)state;
    for (size_t i = 0; i < PLACEMENT_WORKERS_MAX; i++)
        here[i] = 1;
    struct placement placement = placement_of(PLACEMENT_WORKERS_MAX, 1, here, here);
    assert_true(relays_of(&placement, 0, true) == UINT64_MAX - 1);
    assert_true(relays_of(&placement, PLACEMENT_WORKERS_MAX - 1, true) == UINT64_MAX >> 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_is_kept_together_and_then_spreads),
        cmocka_unit_test(who_publishes_is_relayed_to_where_the_room_is),
        cmocka_unit_test(a_set_holds_every_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
