#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/results.h"

static void make_results(struct results *results)
{
    results_init(results, "test", "A test");
    results_add_column(results, "who", "who", 0);
    results_add_column(results, "count", "count", 0);
    results_add_column(results, "share", "share", 2);
    results_add_chart(results, &(struct results_chart){"Share by count", "count", {"share", "other"}});
    json_array_append_new(results->rows, json_pack("{s:s, s:i, s:f}", "who", "<a&b>", "count", 1, "share", 0.25));
    json_array_append_new(results->rows, json_pack("{s:s, s:i, s:f}", "who", "c", "count", 2, "other", 0.5));
    json_object_set_new(results->options, "size", json_string("large"));
    results_note(results, "A note of %d.", 7);
    results_set(results, "total", 3);
}

static char *written(void (*write)(const struct results *results, FILE *out))
{
    struct results results;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    make_results(&results);
    write(&results, out);
    fclose(out);
    results_fini(&results);
    return text;
}

static void json_has_summary_rows_and_origin(void **state)
{
    (void)state;
    char *text = written(results_write_json);
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    assert_true(json_number_value(json_object_get(json, "total")) == 3);
    assert_int_equal(json_array_size(json_object_get(json, "rows")), 2);
    assert_string_equal(json_string_value(json_object_get(json, "command")), "test");
    assert_true(json_integer_value(json_object_get(json_object_get(json, "machine"), "cores")) > 0);
    assert_non_null(json_object_get(json_object_get(json, "options"), "size"));
    json_decref(json);
    free(text);
}

static void csv_has_names_and_a_dash_for_what_is_missing(void **state)
{
    (void)state;
    char *text = written(results_write_csv);
    assert_string_equal(text, "who,count,share\n<a&b>,1,0.25\nc,2,-\n");
    free(text);
}

static void a_page_escapes_and_draws_only_points_that_exist(void **state)
{
    (void)state;
    char *text = written(results_write_html);
    assert_null(strstr(text, "<a&b>"));
    assert_non_null(strstr(text, "&lt;a&amp;b&gt;"));
    assert_non_null(strstr(text, "A note of 7."));
    unsigned lines = 0;
    for (const char *at = text; (at = strstr(at, "<polyline")) != NULL; at++) {
        const char *points = strstr(at, "points=\"") + 8;
        unsigned commas = 0;
        for (; *points != '"'; points++)
            commas += *points == ',';
        assert_int_equal(commas, 1);
        lines++;
    }
    assert_int_equal(lines, 2);
    free(text);
}

static void tables_name_machine_and_options(void **state)
{
    (void)state;
    void (*const writers[])(const struct results *results, FILE *out) = {results_write_table, results_write_markdown};
    for (size_t i = 0; i < 2; i++) {
        char *text = written(writers[i]);
        assert_non_null(strstr(text, "cores, Linux "));
        assert_non_null(strstr(text, "; size large"));
        assert_non_null(strstr(text, "A note of 7."));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_summary_rows_and_origin),
        cmocka_unit_test(csv_has_names_and_a_dash_for_what_is_missing),
        cmocka_unit_test(a_page_escapes_and_draws_only_points_that_exist),
        cmocka_unit_test(tables_name_machine_and_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
