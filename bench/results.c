#include "bench/results.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "transport/base/check.h"

void results_init(struct results *results, const char *command, const char *title)
{
    *results = (struct results){
        .command = command,
        .title = title,
        .summary = json_object(),
        .options = json_object(),
        .rows = json_array(),
        .notes = json_array(),
    };
}

void results_fini(struct results *results)
{
    json_decref(results->summary);
    json_decref(results->options);
    json_decref(results->rows);
    json_decref(results->notes);
}

void results_add_column(struct results *results, const char *name, const char *title, int decimals)
{
    CHECK(results->column_count < RESULTS_COLUMNS_MAX);
    results->columns[results->column_count++] = (struct results_column){name, title, decimals};
}

void results_add_chart(struct results *results, const struct results_chart *chart)
{
    CHECK(results->chart_count < RESULTS_CHARTS_MAX);
    results->charts[results->chart_count++] = *chart;
}

void results_note(struct results *results, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(results->notes, json_string(text));
}

void results_set(struct results *results, const char *name, double value)
{
    json_object_set_new(results->summary, name, json_real(value));
}

static void cell_text(const struct results_column *column, const json_t *row, char *out, size_t size)
{
    const json_t *value = json_object_get(row, column->name);
    if (json_is_string(value))
        snprintf(out, size, "%s", json_string_value(value));
    else if (json_is_number(value))
        snprintf(out, size, "%.*f", column->decimals, json_number_value(value));
    else
        snprintf(out, size, "-");
}

static json_t *machine(void)
{
    char model[128] = "unknown", line[256];
    struct utsname name;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "model name : %127[^\n]", model) == 1)
            break;
    }
    if (file != NULL)
        fclose(file);
    uname(&name);
    return json_pack("{s:s, s:i, s:s, s:s, s:s}", "cpu", model, "cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "kernel",
                     name.release, "heddle", HEDDLE_VERSION, "openssl", OpenSSL_version(OPENSSL_VERSION));
}

/* One line that says on which machine, with which versions and which options it was measured. */
static void write_origin(const struct results *results, FILE *out)
{
    const char *key;
    json_t *value, *all = machine();
    fprintf(out, "%s, %d cores, Linux %s, Heddle %s, %s", json_string_value(json_object_get(all, "cpu")),
            (int)json_integer_value(json_object_get(all, "cores")), json_string_value(json_object_get(all, "kernel")),
            json_string_value(json_object_get(all, "heddle")), json_string_value(json_object_get(all, "openssl")));
    json_decref(all);
    json_object_foreach(results->options, key, value)
    {
        if (json_is_string(value))
            fprintf(out, "; %s %s", key, json_string_value(value));
        else if (json_is_number(value))
            fprintf(out, "; %s %g", key, json_number_value(value));
        else if (json_is_true(value))
            fprintf(out, "; %s", key);
    }
}

void results_write_table(const struct results *results, FILE *out)
{
    size_t width[RESULTS_COLUMNS_MAX], index;
    char text[128];
    const json_t *row, *note;
    for (size_t c = 0; c < results->column_count; c++) {
        width[c] = strlen(results->columns[c].title);
        json_array_foreach(results->rows, index, row)
        {
            cell_text(&results->columns[c], row, text, sizeof text);
            width[c] = strlen(text) > width[c] ? strlen(text) : width[c];
        }
    }
    fprintf(out, "%s\n", results->title);
    for (size_t c = 0; c < results->column_count; c++)
        fprintf(out, "%s%*s", c > 0 ? "  " : "", (int)width[c], results->columns[c].title);
    fputc('\n', out);
    json_array_foreach(results->rows, index, row)
    {
        for (size_t c = 0; c < results->column_count; c++) {
            cell_text(&results->columns[c], row, text, sizeof text);
            fprintf(out, "%s%*s", c > 0 ? "  " : "", (int)width[c], text);
        }
        fputc('\n', out);
    }
    json_array_foreach(results->notes, index, note) fprintf(out, "%s\n", json_string_value(note));
    write_origin(results, out);
    fputc('\n', out);
}

void results_write_markdown(const struct results *results, FILE *out)
{
    char text[128];
    size_t index;
    const json_t *row, *note;
    fprintf(out, "### %s\n\n|", results->title);
    for (size_t c = 0; c < results->column_count; c++)
        fprintf(out, " %s |", results->columns[c].title);
    fputs("\n|", out);
    for (size_t c = 0; c < results->column_count; c++)
        fputs("---|", out);
    fputc('\n', out);
    json_array_foreach(results->rows, index, row)
    {
        fputc('|', out);
        for (size_t c = 0; c < results->column_count; c++) {
            cell_text(&results->columns[c], row, text, sizeof text);
            fprintf(out, " %s |", text);
        }
        fputc('\n', out);
    }
    fputc('\n', out);
    json_array_foreach(results->notes, index, note) fprintf(out, "%s\n\n", json_string_value(note));
    fputs("*", out);
    write_origin(results, out);
    fputs("*\n\n", out);
}

static json_t *whole(const struct results *results)
{
    json_t *all = json_deep_copy(results->summary);
    json_object_set_new(all, "command", json_string(results->command));
    json_object_set_new(all, "machine", machine());
    json_object_set(all, "options", results->options);
    json_object_set(all, "rows", results->rows);
    json_object_set(all, "notes", results->notes);
    return all;
}

void results_write_json(const struct results *results, FILE *out)
{
    json_t *all = whole(results);
    json_dumpf(all, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    fputc('\n', out);
    json_decref(all);
}

void results_write_csv(const struct results *results, FILE *out)
{
    char text[128];
    size_t index;
    const json_t *row;
    for (size_t c = 0; c < results->column_count; c++)
        fprintf(out, "%s%s", c > 0 ? "," : "", results->columns[c].name);
    fputc('\n', out);
    json_array_foreach(results->rows, index, row)
    {
        for (size_t c = 0; c < results->column_count; c++) {
            cell_text(&results->columns[c], row, text, sizeof text);
            fprintf(out, "%s%s", c > 0 ? "," : "", text);
        }
        fputc('\n', out);
    }
}

static void write_escaped(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static double column_maximum(const struct results *results, const char *name)
{
    double maximum = 0;
    size_t index;
    const json_t *row;
    json_array_foreach(results->rows, index, row)
    {
        double value = json_number_value(json_object_get(row, name));
        maximum = value > maximum ? value : maximum;
    }
    return maximum > 0 ? maximum : 1;
}

static const char *column_title(const struct results *results, const char *name)
{
    for (size_t c = 0; c < results->column_count; c++) {
        if (strcmp(results->columns[c].name, name) == 0)
            return results->columns[c].title;
    }
    return name;
}

enum { CHART_WIDTH = 640, CHART_HEIGHT = 260, CHART_MARGIN = 48 };

static void write_line(const struct results *results, const struct results_chart *chart, unsigned series,
                       double x_maximum, double y_maximum, FILE *out)
{
    static const char *const colours[] = {"#2b6cb0", "#c05621", "#2f855a", "#805ad5"};
    size_t index;
    const json_t *row;
    fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colours[series]);
    json_array_foreach(results->rows, index, row)
    {
        if (!json_is_number(json_object_get(row, chart->x)) || !json_is_number(json_object_get(row, chart->y[series])))
            continue; /* this line has no such point */
        double x = json_number_value(json_object_get(row, chart->x)) / x_maximum;
        double y = json_number_value(json_object_get(row, chart->y[series])) / y_maximum;
        fprintf(out, "%.1f,%.1f ", CHART_MARGIN + x * (CHART_WIDTH - 2 * CHART_MARGIN),
                CHART_HEIGHT - CHART_MARGIN - y * (CHART_HEIGHT - 2 * CHART_MARGIN));
    }
    fprintf(out, "\"/><text x=\"%d\" y=\"%u\" fill=\"%s\">%s</text>", CHART_MARGIN + 8, 16 + 15 * series,
            colours[series], column_title(results, chart->y[series]));
}

static void write_chart(const struct results *results, const struct results_chart *chart, FILE *out)
{
    double x_maximum = column_maximum(results, chart->x), y_maximum = 0;
    unsigned series = 0;
    for (; series < 4 && chart->y[series] != NULL; series++) {
        double maximum = column_maximum(results, chart->y[series]);
        y_maximum = maximum > y_maximum ? maximum : y_maximum;
    }
    fprintf(out, "<h2>%s</h2><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", chart->title, CHART_WIDTH,
            CHART_HEIGHT, chart->title);
    fprintf(out, "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#888\"/>", CHART_MARGIN, CHART_MARGIN / 2,
            CHART_HEIGHT - CHART_MARGIN, CHART_WIDTH - CHART_MARGIN);
    for (unsigned s = 0; s < series; s++)
        write_line(results, chart, s, x_maximum, y_maximum, out);
    fprintf(out, "<text x=\"4\" y=\"%d\">%.4g</text><text x=\"%d\" y=\"%d\">%.4g %s</text></svg>", CHART_MARGIN,
            y_maximum, CHART_WIDTH - 2 * CHART_MARGIN, CHART_HEIGHT - CHART_MARGIN / 2, x_maximum,
            column_title(results, chart->x));
}

static void write_html_table(const struct results *results, FILE *out)
{
    char text[128];
    size_t index;
    const json_t *row;
    fputs("<table><tr>", out);
    for (size_t c = 0; c < results->column_count; c++)
        fprintf(out, "<th>%s</th>", results->columns[c].title);
    fputs("</tr>\n", out);
    json_array_foreach(results->rows, index, row)
    {
        fputs("<tr>", out);
        for (size_t c = 0; c < results->column_count; c++) {
            cell_text(&results->columns[c], row, text, sizeof text);
            fputs("<td>", out);
            write_escaped(text, out);
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
}

void results_write_html(const struct results *results, FILE *out)
{
    size_t index;
    const json_t *note;
    json_t *all = whole(results);
    char *text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    fprintf(
        out,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>%s</title><style>"
        "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
        "table{border-collapse:collapse}th,td{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}"
        "svg{width:100%%;font:12px sans-serif}pre{background:#f6f6f6;padding:1em;overflow:auto}</style>\n<h1>%s</h1>\n",
        results->title, results->title);
    write_html_table(results, out);
    json_array_foreach(results->notes, index, note)
    {
        fputs("<p>", out);
        write_escaped(json_string_value(note), out);
        fputs("</p>\n", out);
    }
    for (size_t i = 0; i < results->chart_count; i++)
        write_chart(results, &results->charts[i], out);
    fputs("<h2>All figures</h2><pre>", out);
    write_escaped(text, out);
    fputs("</pre></html>\n", out);
    free(text);
    json_decref(all);
}
