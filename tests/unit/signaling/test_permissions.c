#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signaling/room/permissions.h"

#define ALL 127u

static bool reads(const char *claims, struct permissions *out)
{
    json_t *json = json_loads(claims, 0, NULL);
    assert_non_null(json);
    bool is_read = permissions_read(out, json) == NULL;
    json_decref(json);
    return is_read;
}

static void what_a_token_does_not_say_stays_as_it_always_was(void **state)
{
    struct permissions may;
    (void)state;
    assert_true(reads("{}", &may));
    assert_true(may.chat && !may.host && !may.pin);
    assert_int_equal(may.publish, ALL);
    assert_true(reads("{\"host\":null,\"publish\":null,\"chat\":null}", &may));
    assert_int_equal(may.publish, ALL);
}

static void a_token_gives_and_takes(void **state)
{
    struct permissions may;
    (void)state;
    assert_true(reads("{\"host\":true,\"pin\":true,\"chat\":false,\"publish\":[\"microphone\",\"screen\"]}", &may));
    assert_true(may.host && may.pin && !may.chat);
    assert_int_equal(may.publish, 1u << 1 | 1u << 2 | 1u << 5); /* a second screen is a screen */
    assert_true(reads("{\"publish\":[]}", &may));               /* only watches */
    assert_int_equal(may.publish, 0);
    json_t *told = permissions_json(&may);
    assert_true(json_is_false(json_object_get(told, "camera")));
    assert_true(json_is_true(json_object_get(told, "chat")));
    json_decref(told);
    assert_true(reads("{\"publish\":[\"camera\"]}", &may));
    told = permissions_json(&may);
    assert_true(json_is_true(json_object_get(told, "camera-2")));
    assert_true(json_is_false(json_object_get(told, "screen-2")));
    json_decref(told);
}

static void a_mixer_is_nothing_else(void **state)
{
    struct permissions may;
    (void)state;
    assert_true(reads("{\"service\":\"mixer\",\"host\":true,\"pin\":true,\"publish\":[\"camera\"]}", &may));
    assert_true(may.service == SERVICE_MIXER && !may.host && !may.pin && !may.chat);
    assert_int_equal(may.publish & ALL, 0);
    assert_false(reads("{\"service\":\"cook\"}", &may));
    assert_false(reads("{\"service\":true}", &may));
    assert_false(reads("{\"publish\":[\"mix\"]}", &may)); /* that is for mixers */
}

static void a_claim_of_another_form_is_refused(void **state)
{
    static const char *const wrong[] = {
        "{\"host\":1}",      "{\"chat\":\"no\"}", "{\"publish\":\"camera\"}",    "{\"publish\":[\"kamera\"]}",
        "{\"publish\":[1]}", "{\"publish\":{}}",  "{\"publish\":[\"camera-2\"]}"};
    struct permissions may;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(reads(wrong[i], &may));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_token_does_not_say_stays_as_it_always_was),
        cmocka_unit_test(a_token_gives_and_takes),
        cmocka_unit_test(a_mixer_is_nothing_else),
        cmocka_unit_test(a_claim_of_another_form_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
