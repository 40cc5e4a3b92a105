/* What a bench run found: a summary (names scripts rely on), rows of one table, and charts over its columns. Written as
 * a terminal table, JSON, CSV, or one self-contained HTML page with SVG charts. */
#ifndef HEDDLE_BENCH_REPORT_H
#define HEDDLE_BENCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define REPORT_COLUMNS_MAX 24
#define REPORT_CHARTS_MAX 8

struct report_column {
    const char *name;  /* key in rows, JSON and CSV */
    const char *title; /* for people */
    int decimals;      /* of numbers */
};

struct report_chart {
    const char *title;
    const char *x;    /* column names */
    const char *y[4]; /* NULL-terminated when fewer */
};

struct report {
    const char *command;
    const char *title;
    json_t *summary; /* object; owned */
    json_t *options; /* object; owned */
    json_t *rows;    /* array of objects by column name; owned */
    json_t *notes;   /* array of strings; owned */
    size_t column_count;
    struct report_column columns[REPORT_COLUMNS_MAX];
    size_t chart_count;
    struct report_chart charts[REPORT_CHARTS_MAX];
};

/* `title` and the names in columns and charts are borrowed: string constants. */
void report_init(struct report *report, const char *command, const char *title);
void report_fini(struct report *report);
void report_add_column(struct report *report, const char *name, const char *title, int decimals);
void report_add_chart(struct report *report, const struct report_chart *chart);
void report_note(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
void report_set(struct report *report, const char *name, double value);

void report_write_table(const struct report *report, FILE *out);
void report_write_json(const struct report *report, FILE *out);
void report_write_csv(const struct report *report, FILE *out);
void report_write_html(const struct report *report, FILE *out);
void report_write_markdown(const struct report *report, FILE *out);

#endif
