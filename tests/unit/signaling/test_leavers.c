#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signaling/room/leavers.h"

static void one_comes_back_once_and_soon(void **state)
{
    struct leavers leavers = {0};
    struct leaver_role role;
    (void)state;
    leavers_add(&leavers, 7, (struct leaver_role){.was_host = true, .was_heir = true}, 0);
    leavers_add(&leavers, 8, (struct leaver_role){0}, 0);
    assert_false(leavers_take(&leavers, 9, 1, &role));
    assert_true(leavers_take(&leavers, 7, LEAVERS_TIME - 1, &role));
    assert_true(role.was_host && role.was_heir);
    assert_false(leavers_take(&leavers, 7, LEAVERS_TIME - 1, &role));
    assert_false(leavers_take(&leavers, 8, LEAVERS_TIME, &role));
}

static void the_oldest_is_forgotten_first(void **state)
{
    struct leavers leavers = {0};
    struct leaver_role role;
    (void)state;
    for (uint64_t key = 1; key <= LEAVERS_MAX + 1; key++)
        leavers_add(&leavers, key, (struct leaver_role){0}, 0);
    assert_false(leavers_take(&leavers, 1, 1, &role));
    assert_true(leavers_take(&leavers, 2, 1, &role));
    assert_true(leavers_take(&leavers, LEAVERS_MAX + 1, 1, &role));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_comes_back_once_and_soon),
        cmocka_unit_test(the_oldest_is_forgotten_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
