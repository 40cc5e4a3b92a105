#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/services/respawn.h"

#define S USEC_PER_SEC

static void what_keeps_ending_is_started_later_and_later(void **state)
{
    static const struct {
        usec_t ran, wait;
    } rows[] = {{0, 1 * S},  {1 * S, 2 * S}, {1 * S, 4 * S}, {59 * S, 8 * S}, {0, 16 * S},
                {0, 32 * S}, {0, 60 * S},    {0, 60 * S},    {60 * S, 0},     {1 * S, 2 * S}};
    struct respawn respawn = {0};
    usec_t now = 100 * S;
    (void)state;
    assert_true(respawn_due(&respawn) <= now);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        respawn_started(&respawn, now);
        now += rows[i].ran;
        respawn_ended(&respawn, now);
        if (respawn_due(&respawn) - now != rows[i].wait)
            fail_msg("row %zu: %lld s", i, (long long)((respawn_due(&respawn) - now) / S));
        now = respawn_due(&respawn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_keeps_ending_is_started_later_and_later)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
