/* What a connection says before the server has let us in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/rtp/first_offer.h"

static void hold(struct first_offer *first, const char *text)
{
    json_t *message = json_loads(text, 0, NULL);
    assert_non_null(message);
    first_offer_hold(first, message);
}

static void hold_candidate(struct first_offer *first, int generation)
{
    char text[128];
    snprintf(text, sizeof text, "{\"type\":\"ice-candidate\",\"generation\":%d,\"candidate\":\"\"}", generation);
    hold(first, text);
}

static void test_join_carries_what_the_router_needs(void **state)
{
    struct first_offer first;
    (void)state;
    first_offer_init(&first);
    assert_null(first_offer_for_join(&first));
    hold(&first, "{\"type\":\"offer\",\"target\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"receives\":[],"
                 "\"sends\":[{\"mid\":\"0\",\"source\":\"camera\",\"muted\":true}]}");
    json_t *carried = first_offer_for_join(&first);
    assert_int_equal(json_object_size(carried), 3);
    assert_int_equal(json_integer_value(json_object_get(carried, "generation")), 1);
    assert_string_equal(json_string_value(json_object_get(carried, "sdp")), "v=0");
    assert_int_equal(json_array_size(json_object_get(carried, "sends")), 1);
    json_decref(carried);
    assert_true(first_offer_is_muted(&first, "camera", false));
    assert_false(first_offer_is_muted(&first, "screen", false)); /* published since */
    first_offer_fini(&first);
}

static void test_candidates_wait_and_go_with_their_offer(void **state)
{
    struct first_offer first;
    (void)state;
    first_offer_init(&first);
    hold_candidate(&first, 1);
    hold(&first, "{\"type\":\"offer\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[]}");
    hold_candidate(&first, 1);
    assert_int_equal(json_array_size(first.held), 2);
    hold_candidate(&first, 2);
    hold(&first, "{\"type\":\"offer\",\"generation\":2,\"sdp\":\"v=1\",\"sends\":[]}"); /* it was restarted */
    assert_int_equal(json_array_size(first.held), 1);
    for (int i = 0; i < 2 * FIRST_OFFER_HELD_MAX; i++)
        hold_candidate(&first, 2);
    assert_int_equal(json_array_size(first.held), FIRST_OFFER_HELD_MAX);
    first_offer_fini(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join_carries_what_the_router_needs),
        cmocka_unit_test(test_candidates_wait_and_go_with_their_offer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
