#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "router/choose/allocation.h"

static struct allocation_slot camera(unsigned priority, unsigned pixels, int current)
{
    return (struct allocation_slot){
        .priority = priority,
        .pixels = pixels,
        .level_count = 3,
        .levels = {{{0, 7, 7}, 150000}, {{1, 7, 7}, 500000}, {{2, 7, 7}, 1500000}},
        .current = current,
    };
}

struct row {
    const char *name;
    struct allocation_budget budget;
    size_t count;
    struct allocation_slot slots[3];
    int levels[3];
};

static void divides(void **state)
{
    const struct allocation_slot a = camera(1, 100, -1), big = camera(1, 900, -1), first = camera(9, 100, -1);
    const struct row rows[] = {
        {"plenty", {.estimate_bps = 9000000, .may_pause = true}, 3, {a, a, a}, {2, 2, 2}},
        {"all get the least before one grows",
         {.estimate_bps = 520000, .may_pause = true},
         3,
         {first, a, a},
         {0, 0, 0}},
        {"then by priority", {.estimate_bps = 1000000, .may_pause = true}, 3, {a, first, a}, {0, 1, 0}},
        {"then by size", {.estimate_bps = 1000000, .may_pause = true}, 3, {a, a, big}, {0, 0, 1}},
        {"audio is kept", {.estimate_bps = 300000, .reserved_bps = 200000, .may_pause = true}, 1, {a}, {-1}},
        {"the last ones are paused", {.estimate_bps = 340000, .may_pause = true}, 3, {a, first, a}, {0, 0, -1}},
        {"never paused", {.estimate_bps = 10000}, 2, {a, a}, {0, 0}},
        {"a careful estimate", {.estimate_bps = 600000, .is_cautious = true, .may_pause = true}, 1, {a}, {0}},
        {"what it has stays", {.estimate_bps = 1510000, .may_pause = true}, 1, {camera(1, 1, 2)}, {2}},
        {"what it has not needs room", {.estimate_bps = 1510000, .may_pause = true}, 1, {camera(1, 1, 1)}, {1}},
        {"a little too much stays", {.estimate_bps = 1470000, .may_pause = true}, 1, {camera(1, 1, 2)}, {2}},
        {"unless it queues", {.estimate_bps = 1470000, .may_pause = true, .is_full = true}, 1, {camera(1, 1, 2)}, {1}},
        {"nothing to show", {.estimate_bps = 1000000, .may_pause = true}, 1, {{.level_count = 0, .current = -1}}, {-1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct allocation_slot slots[3] = {rows[i].slots[0], rows[i].slots[1], rows[i].slots[2]};
        (void)allocate(slots, rows[i].count, &rows[i].budget);
        for (size_t k = 0; k < rows[i].count; k++)
            if (slots[k].level != rows[i].levels[k])
                fail_msg("%s: slot %zu has level %d", rows[i].name, k, slots[k].level);
    }
}

static void tells_what_could_be_used(void **state)
{
    struct allocation_slot slots[] = {camera(1, 1, 0), camera(1, 1, 0)};
    const struct allocation_budget budget = {.estimate_bps = 1000, .reserved_bps = 40000};
    (void)state;
    assert_int_equal(allocate(slots, 2, &budget).target_bps, 3040000);
}

/* With so much somebody gets more; with a bit less nobody does. */
static void tells_what_the_next_step_takes(void **state)
{
    static const struct {
        uint64_t estimate, next;
        int currents[2];
        bool is_cautious;
    } rows[] = {
        {1000, 40000 + 165000, {-1, -1}, false},                    /* both are paused: the least of one */
        {40000 + 165000, 40000 + 150000 + 165000, {-1, -1}, false}, /* and the other */
        {400000, 40000 + 300000 + 385000, {0, 0}, false},           /* a step of one */
        {400000, 40000 + 300000 + 525000, {0, 0}, true},
        {9000000, 0, {2, 2}, false}, /* nothing */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct allocation_budget budget = {.estimate_bps = rows[i].estimate, .reserved_bps = 40000, .may_pause = true};
        budget.is_cautious = rows[i].is_cautious;
        struct allocation_slot slots[] = {camera(1, 1, rows[i].currents[0]), camera(1, 1, rows[i].currents[1])};
        uint64_t next = allocate(slots, 2, &budget).next_bps;
        assert_int_equal(next, rows[i].next);
        int before = slots[0].level + slots[1].level;
        if (next == 0)
            continue;
        budget.estimate_bps = next - 1;
        (void)allocate(slots, 2, &budget);
        assert_int_equal(slots[0].level + slots[1].level, before);
        budget.estimate_bps = next;
        (void)allocate(slots, 2, &budget);
        assert_int_equal(slots[0].level + slots[1].level, before + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divides),
        cmocka_unit_test(tells_what_could_be_used),
        cmocka_unit_test(tells_what_the_next_step_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
