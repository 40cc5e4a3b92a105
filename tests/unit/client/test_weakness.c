/* When everybody's pictures are too much for the link or the machine; tests/unit/web/weakness.test.mjs is the page's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/call/weakness.h"

#define S USEC_PER_SEC

static void trouble_has_to_last(void **state)
{
    struct weakness weakness = {0};
    (void)state;
    for (usec_t now = 100 * S; now < 105 * S; now += S)
        assert_int_equal(weakness_look(&weakness, true, false, now), WEAKNESS_NONE);
    assert_int_equal(weakness_look(&weakness, true, false, 105 * S), WEAKNESS_LINK);
    for (usec_t now = 106 * S; now < 111 * S; now += S) /* and is not told each second */
        assert_int_equal(weakness_look(&weakness, true, false, now), WEAKNESS_NONE);
    assert_int_equal(weakness_look(&weakness, true, true, 111 * S), WEAKNESS_LINK);
}

static void a_moment_without_it_begins_anew(void **state)
{
    struct weakness weakness = {0};
    (void)state;
    for (usec_t now = 100 * S; now < 200 * S; now += S)
        assert_int_equal(weakness_look(&weakness, now % (5 * S) != 0, now % (4 * S) != 0, now), WEAKNESS_NONE);
}

static void what_is_not_decoded_is_the_machines(void **state)
{
    struct weakness weakness = {0};
    (void)state;
    for (usec_t now = 100 * S; now < 105 * S; now += S)
        assert_int_equal(weakness_look(&weakness, false, true, now), WEAKNESS_NONE);
    assert_int_equal(weakness_look(&weakness, false, true, 105 * S), WEAKNESS_DEVICE);
}

static void it_is_looked_at_once_a_second(void **state)
{
    struct weakness weakness = {0};
    (void)state;
    assert_true(weakness_is_due(&weakness, 100 * S));
    (void)weakness_look(&weakness, false, false, 100 * S);
    assert_false(weakness_is_due(&weakness, 101 * S - 1));
    assert_true(weakness_is_due(&weakness, 101 * S));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trouble_has_to_last),
        cmocka_unit_test(a_moment_without_it_begins_anew),
        cmocka_unit_test(what_is_not_decoded_is_the_machines),
        cmocka_unit_test(it_is_looked_at_once_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
