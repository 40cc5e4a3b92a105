/* How a refusal is written: what is not said has no member. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signaling/proto/refusal.h"

static void check_text(json_t *json, const char *expected)
{
    char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text, expected);
    free(text);
    json_decref(json);
}

static void what_is_not_said_has_no_member(void **state)
{
    const struct refusal refusal = {.code = "room-full", .text = "the room is full", .reason = ""};
    (void)state;
    check_text(refusal_json(&refusal), "{\"code\":\"room-full\",\"message\":\"the room is full\"}");
}

static void a_message_says_all(void **state)
{
    const struct refusal refusal = {.code = "removed",
                                    .text = "a host",
                                    .request = "join",
                                    .field = "name",
                                    .expected = "a name",
                                    .by = "Ann",
                                    .reason = "noise"};
    (void)state;
    check_text(
        refusal_message(&refusal),
        "{\"type\":\"error\",\"code\":\"removed\",\"message\":\"a host\",\"request\":\"join\",\"field\":\"name\","
        "\"expected\":\"a name\",\"by\":\"Ann\",\"reason\":\"noise\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_has_no_member),
        cmocka_unit_test(a_message_says_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
