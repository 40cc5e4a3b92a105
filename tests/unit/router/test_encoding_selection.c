#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/choose/encoding_selection.h"

#define SEC USEC_PER_SEC

static void test_selection(void **state)
{
    static const struct {
        const char *name;
        struct encoding_state encodings[3];
        size_t count;
        struct encoding_limits limits;
        int expected;
    } cases[] = {
        {"nothing runs", {{false, 0}}, 1, {ENCODING_NONE, 7}, ENCODING_NONE},
        {"the only one", {{true, 10 * SEC}}, 1, {ENCODING_NONE, 7}, 0},
        {"the highest at the start, however new",
         {{true, 0}, {true, 9 * SEC}, {true, 10 * SEC}},
         3,
         {ENCODING_NONE, 7},
         2},
        {"no upgrade to an encoding that has just started", {{true, 0}, {true, 0}, {true, 9 * SEC}}, 3, {1, 7}, 1},
        {"an upgrade to a proven one", {{true, 0}, {true, 0}, {true, 8 * SEC}}, 3, {1, 7}, 2},
        {"a proven one between", {{true, 0}, {true, 5 * SEC}, {true, 9 * SEC}}, 3, {0, 7}, 1},
        {"down when the top stops", {{true, 0}, {true, 9 * SEC}, {false, 0}}, 3, {2, 7}, 1},
        {"down over a hole", {{true, 0}, {false, 0}, {false, 0}}, 3, {2, 7}, 0},
        {"not above what may be", {{true, 0}, {true, 0}, {true, 0}}, 3, {ENCODING_NONE, 1}, 1},
        {"down to what may be", {{true, 0}, {true, 0}, {true, 0}}, 3, {2, 0}, 0},
        {"better the lowest than nothing", {{false, 0}, {true, 0}, {true, 0}}, 3, {ENCODING_NONE, 0}, 1},
        {"a current encoding that is gone", {{true, 0}, {true, 0}}, 2, {2, 7}, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int chosen = encoding_select(cases[i].encodings, cases[i].count, &cases[i].limits, 10 * SEC);
        if (chosen != cases[i].expected)
            fail_msg("%s: %d, expected %d", cases[i].name, chosen, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_selection)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
