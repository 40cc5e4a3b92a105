/* What a bench run found: a summary (names scripts rely on), rows of one table, and charts over its columns. Written as
 * a terminal table, JSON, CSV, or one self-contained HTML page with SVG charts. */
#ifndef HEDDLE_BENCH_RESULTS_H
#define HEDDLE_BENCH_RESULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define RESULTS_COLUMNS_MAX 24
#define RESULTS_CHARTS_MAX 8

struct results_column {
    const char *name;  /* key in rows, JSON and CSV */
    const char *title; /* for people */
    int decimals;      /* of numbers */
};

struct results_chart {
    const char *title;
    const char *x;    /* column names */
    const char *y[4]; /* NULL-terminated when fewer */
};

struct results {
    const char *command;
    const char *title;
    json_t *summary; /* object; owned */
    json_t *options; /* object; owned */
    json_t *rows;    /* array of objects by column name; owned */
    json_t *notes;   /* array of strings; owned */
    size_t column_count;
    struct results_column columns[RESULTS_COLUMNS_MAX];
    size_t chart_count;
    struct results_chart charts[RESULTS_CHARTS_MAX];
};

/* `title` and the names in columns and charts are borrowed: string constants. */
void results_init(struct results *results, const char *command, const char *title);
void results_fini(struct results *results);
void results_add_column(struct results *results, const char *name, const char *title, int decimals);
void results_add_chart(struct results *results, const struct results_chart *chart);
void results_note(struct results *results, const char *format, ...) __attribute__((format(printf, 2, 3)));
void results_set(struct results *results, const char *name, double value);

void results_write_table(const struct results *results, FILE *out);
void results_write_json(const struct results *results, FILE *out);
void results_write_csv(const struct results *results, FILE *out);
void results_write_html(const struct results *results, FILE *out);
void results_write_markdown(const struct results *results, FILE *out);

#endif
