/* Bodies of requests: bounded in bytes, and in memory of all together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/http/http_input.h"

static struct unfinished_input all;

static int set_up(void **state)
{
    (void)state;
    unfinished_input_init(&all, &(struct unfinished_limits){.all = 20, .address = 12});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(all.bytes, 0);
    unfinished_input_fini(&all);
    return 0;
}

static void a_body_comes_in_pieces(void **state)
{
    struct http_input input = {.data = NULL};
    (void)state;
    assert_true(http_input_begin(&input, &all, 5));
    http_input_add(&input, "he", 2);
    http_input_add(&input, NULL, 0);
    http_input_add(&input, "llo", 3);
    assert_int_equal(all.bytes, 5);
    http_input_complete(&input, &all);
    assert_int_equal(all.bytes, 0);
    assert_string_equal(input.data, "hello");
    http_input_fini(&input, &all);
    assert_null(input.data);
}

static void an_address_and_all_together_have_a_share(void **state)
{
    struct http_input inputs[3] = {{.unfinished.address = 1}, {.unfinished.address = 1}, {.unfinished.address = 2}};
    (void)state;
    assert_true(http_input_begin(&inputs[0], &all, 10));
    assert_false(http_input_begin(&inputs[1], &all, 3)); /* of the address */
    assert_null(inputs[1].data);
    assert_false(http_input_begin(&inputs[2], &all, 11)); /* of all */
    assert_true(http_input_begin(&inputs[2], &all, 10));
    http_input_fini(&inputs[0], &all);
    assert_true(http_input_begin(&inputs[1], &all, 3));
    http_input_fini(&inputs[1], &all);
    http_input_fini(&inputs[2], &all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_body_comes_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_and_all_together_have_a_share, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
