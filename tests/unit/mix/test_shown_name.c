/* Every case of tests/vectors/names/ through the mixer's rule; tests/vectors/names.test.mjs is the same test for the
 * page's. */
#include "client/mix/shown_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static void expect(const char *why, const char *name, const char *wanted)
{
    char *shown = shown_name(name);
    if (strcmp(shown, wanted) != 0)
        fail_msg("%s: \"%s\" is shown as \"%s\"", why, name, shown);
    free(shown);
}

static void names_are_shown_without_what_deceives(void **state)
{
    json_t *file = json_load_file(TEST_ROOT "/vectors/names/names.json", 0, NULL), *one;
    size_t index;
    (void)state;
    assert_true(json_array_size(json_object_get(file, "cases")) > 0);
    json_array_foreach(json_object_get(file, "cases"), index, one)
    {
        const char *why = json_string_value(json_object_get(one, "why"));
        const char *shown = json_string_value(json_object_get(one, "shown"));
        expect(why, json_string_value(json_object_get(one, "name")), shown);
        expect(why, shown, shown);
    }
    json_decref(file);
}

static void what_is_no_text_shows_nothing(void **state)
{
    (void)state;
    expect("no UTF-8", "\xff\xfe", "");
    expect("half a letter", "Ann\xc3", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_shown_without_what_deceives),
        cmocka_unit_test(what_is_no_text_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
