#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/worker/statistic_tables.h"

static const struct {
    const char *name;
    const struct statistic_table *table;
} tables[] = {
    {"worker", &worker_statistics},       {"connection", &connection_statistics},
    {"direction", &direction_statistics}, {"publication", &publication_statistics},
    {"encoding", &encoding_statistics},   {"slot", &slot_statistics},
};

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

/* A number is shown once, and two rows never mean the same field. */
static void every_row_is_of_its_own(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        const struct statistic_table *table = tables[t].table;
        assert_true(table->count > 0);
        for (size_t i = 0; i < table->count; i++)
            for (size_t k = 0; k < i; k++)
                if (strcmp(table->rows[i].name, table->rows[k].name) == 0 ||
                    table->rows[i].offset == table->rows[k].offset)
                    fail_msg("%s: %s and %s", tables[t].name, table->rows[k].name, table->rows[i].name);
    }
}

static void names_say_their_unit(void **state)
{
    static const struct {
        const char *end, *unit;
    } units[] = {{"_ms", "ms"}, {"_s", "s"}, {"bps", "bit/s"}, {"bytes", "bytes"}};
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (size_t i = 0; i < tables[t].table->count; i++) {
            const struct statistic *row = &tables[t].table->rows[i];
            if (row->help[0] == '\0' || strchr(row->help, '\n') != NULL)
                fail_msg("%s: %s has no line of help", tables[t].name, row->name);
            for (size_t u = 0; u < sizeof units / sizeof units[0]; u++)
                if (ends_with(row->name, units[u].end) && strcmp(row->unit, units[u].unit) != 0)
                    fail_msg("%s: %s is in %s", tables[t].name, row->name, row->unit);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_of_its_own),
        cmocka_unit_test(names_say_their_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
