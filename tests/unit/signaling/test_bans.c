#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "signaling/room/bans.h"

static void a_ban_ends(void **state)
{
    struct bans bans = {0};
    uint64_t key = bans_key("a token");
    (void)state;
    assert_false(bans_has(&bans, key, 0));
    bans_add(&bans, key, 5);
    assert_true(bans_has(&bans, key, 5));
    assert_true(bans_has(&bans, key, 4 + BANS_TIME));
    assert_false(bans_has(&bans, key, 5 + BANS_TIME));
    assert_false(bans_has(&bans, bans_key("another"), 5));
    assert_false(bans_has(&bans, 0, 5)); /* no token at all is banned by nobody */
    bans_fini(&bans);
}

static void the_oldest_is_forgotten_first(void **state)
{
    struct bans bans = {0};
    char token[16];
    (void)state;
    for (int i = 0; i <= BANS_MAX; i++) {
        snprintf(token, sizeof token, "token %d", i);
        bans_add(&bans, bans_key(token), 0);
    }
    assert_false(bans_has(&bans, bans_key("token 0"), 1));
    assert_true(bans_has(&bans, bans_key("token 1"), 1));
    assert_true(bans_has(&bans, bans_key(token), 1));
    bans_fini(&bans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ban_ends),
        cmocka_unit_test(the_oldest_is_forgotten_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
