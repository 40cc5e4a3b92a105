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
    leavers_add(&leavers, 7, 1, (struct leaver_role){.was_host = true, .was_heir = true}, 0);
    leavers_add(&leavers, 8, 1, (struct leaver_role){0}, 0);
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
        leavers_add(&leavers, key, 1, (struct leaver_role){0}, 0);
    assert_false(leavers_take(&leavers, 1, 1, &role));
    assert_true(leavers_take(&leavers, 2, 1, &role));
    assert_true(leavers_take(&leavers, LEAVERS_MAX + 1, 1, &role));
}

#define HOST ((struct leaver_role){.was_host = true})
#define HEIR ((struct leaver_role){.was_host = true, .was_heir = true})
#define GUEST ((struct leaver_role){0})

static void who_had_a_role_is_not_forgotten_for_others(void **state)
{
    struct leavers leavers = {0};
    struct leaver_role role;
    (void)state;
    leavers_add(&leavers, 1, 1, HOST, 0);
    leavers_add(&leavers, 2, 2, HEIR, 0);
    for (uint64_t key = 10; key < 1000; key++)
        leavers_add(&leavers, key, key % 5, GUEST, 0);
    assert_true(leavers_take(&leavers, 2, 1, &role));
    for (uint64_t key = 1000; key < 2000; key++)
        leavers_add(&leavers, key, key % 5, HEIR, 0);
    assert_true(leavers_take(&leavers, 1, 1, &role));
    assert_true(role.was_host && !role.was_heir);
    assert_true(leavers_take(&leavers, 1999, 1, &role));
    for (uint64_t key = 1; key <= LEAVERS_WITH_ROLE_MAX; key++)
        leavers_add(&leavers, key, 1, HOST, 2);
    leavers_add(&leavers, 100, 1, HEIR, 2); /* for an heir no host */
    assert_false(leavers_take(&leavers, 100, 3, &role));
    leavers_add(&leavers, 101, 2, HOST, 2);
    assert_true(leavers_take(&leavers, 101, 3, &role));
}

static void an_address_forgets_its_own_first(void **state)
{
    struct leavers leavers = {0};
    struct leaver_role role;
    (void)state;
    leavers_add(&leavers, 1, 1, GUEST, 0);
    for (uint64_t key = 10; key < 1000; key++)
        leavers_add(&leavers, key, 2, GUEST, 1);
    assert_true(leavers_take(&leavers, 1, 2, &role));
    assert_true(leavers_take(&leavers, 999, 2, &role));
    leavers_add(&leavers, 3, 3, GUEST, LEAVERS_TIME + 1); /* all are too old by now */
    assert_true(leavers_take(&leavers, 3, LEAVERS_TIME + 2, &role));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_comes_back_once_and_soon),
        cmocka_unit_test(the_oldest_is_forgotten_first),
        cmocka_unit_test(who_had_a_role_is_not_forgotten_for_others),
        cmocka_unit_test(an_address_forgets_its_own_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
