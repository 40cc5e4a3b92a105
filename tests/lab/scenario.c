#include "tests/lab/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

#define LINE_MAX_LENGTH 512
#define VALUE_MAX 1e12

struct unit {
    const char *name;
    double factor;
};

static const struct unit time_units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {NULL, 0}};
static const struct unit rate_units[] = {{"bit", 1}, {"kbit", 1e3}, {"mbit", 1e6}, {NULL, 0}};
static const struct unit size_units[] = {{"b", 1}, {"kb", 1e3}, {NULL, 0}};
static const struct unit share_units[] = {{"%", 0.01}, {NULL, 0}};

/* "50ms" by a table of units; "0" needs none. */
static bool parse_number(const char *text, const struct unit *units, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || !(value >= 0) || value > VALUE_MAX)
        return false;
    if (*end == '\0' && value == 0) {
        *out = 0;
        return true;
    }
    for (; units->name != NULL; units++) {
        if (strcmp(end, units->name) == 0) {
            *out = value * units->factor;
            return *out <= VALUE_MAX;
        }
    }
    return false;
}

static bool parse_time(const char *text, usec_t *out)
{
    double value;
    if (!parse_number(text, time_units, &value))
        return false;
    *out = (usec_t)value;
    return true;
}

static bool parse_share(const char *text, double *out)
{
    return parse_number(text, share_units, out) && *out <= 1;
}

/* "A/B": cuts at the slash. NULL: there is none. */
static char *split(char *text)
{
    char *slash = strchr(text, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    return slash + 1;
}

static bool parse_queue(const char *text, struct link_config *config)
{
    double bytes;
    usec_t time = 0;
    if (parse_number(text, size_units, &bytes)) {
        config->queue_bytes = (size_t)bytes;
        config->queue_time = 0;
        return true;
    }
    if (!parse_time(text, &time))
        return false;
    config->queue_time = time;
    config->queue_bytes = 0;
    return true;
}

static bool parse_burst(char *text, struct link_config *config)
{
    char *exit = split(text);
    if (!parse_share(text, &config->burst_enter))
        return false;
    if (exit == NULL) {
        config->burst_exit = 0;
        return config->burst_enter == 0;
    }
    return parse_share(exit, &config->burst_exit) && config->burst_exit > 0;
}

static bool parse_reorder(char *text, struct link_config *config)
{
    char *held = split(text);
    if (!parse_share(text, &config->reorder))
        return false;
    config->reorder_delay = 0;
    return held == NULL || parse_time(held, &config->reorder_delay);
}

/* A burst of less than a packet would let nothing in. */
static bool parse_police(char *text, struct link_config *config)
{
    char *burst = split(text);
    double bytes = 0;
    if (!parse_number(text, rate_units, &config->police_bps))
        return false;
    config->police_bytes = 0;
    if (burst == NULL)
        return config->police_bps <= 0;
    if (!parse_number(burst, size_units, &bytes) || bytes < LINK_TRACE_BYTES)
        return false;
    config->police_bytes = (size_t)bytes;
    return true;
}

static bool parse_bucket(const char *text, struct link_config *config)
{
    double bytes;
    if (!parse_number(text, size_units, &bytes))
        return false;
    config->bucket_bytes = (size_t)bytes;
    return true;
}

static bool parse_rate(const char *text, struct link_config *config)
{
    config->trace = NULL;
    return parse_number(text, rate_units, &config->rate_bps);
}

static bool find_trace(const char *name, const struct trace_source *source, struct link_config *config)
{
    config->trace = source != NULL ? source->find(source->context, name) : NULL;
    return config->trace != NULL;
}

static bool set(struct link_config *config, const struct trace_source *source, const char *name, char *value)
{
    if (strcmp(name, "delay") == 0)
        return parse_time(value, &config->delay);
    if (strcmp(name, "jitter") == 0)
        return parse_time(value, &config->jitter);
    if (strcmp(name, "rate") == 0)
        return parse_rate(value, config);
    if (strcmp(name, "trace") == 0)
        return find_trace(value, source, config);
    if (strcmp(name, "bucket") == 0)
        return parse_bucket(value, config);
    if (strcmp(name, "police") == 0)
        return parse_police(value, config);
    if (strcmp(name, "queue") == 0)
        return parse_queue(value, config);
    if (strcmp(name, "loss") == 0)
        return parse_share(value, &config->loss);
    if (strcmp(name, "burst") == 0)
        return parse_burst(value, config);
    if (strcmp(name, "reorder") == 0)
        return parse_reorder(value, config);
    if (strcmp(name, "duplicate") == 0)
        return parse_share(value, &config->duplicate);
    return false;
}

static int apply_words(struct link_config *config, const struct trace_source *source, char *words)
{
    char *rest = NULL;
    for (char *name = strtok_r(words, " \t", &rest); name != NULL; name = strtok_r(NULL, " \t", &rest)) {
        if (strcmp(name, "clear") == 0) {
            *config = (struct link_config){0};
            continue;
        }
        char *value = strtok_r(NULL, " \t", &rest);
        if (value == NULL || !set(config, source, name, value))
            return ERR_INVALID;
    }
    return 0;
}

int scenario_apply(struct link_config configs[LINK_DIRECTIONS], const struct trace_source *source, const char *line)
{
    static const char *const names[] = {"up", "down"};
    struct link_config changed[LINK_DIRECTIONS] = {configs[0], configs[1]};
    bool known = false;
    line += strspn(line, " \t");
    size_t word = strcspn(line, " \t");
    if (strlen(line) >= LINE_MAX_LENGTH)
        return ERR_INVALID;
    for (int i = 0; i < LINK_DIRECTIONS; i++) {
        char copy[LINE_MAX_LENGTH];
        bool is_named = strlen(names[i]) == word && memcmp(line, names[i], word) == 0;
        if (!is_named && !(word == 4 && memcmp(line, "both", 4) == 0))
            continue;
        known = true;
        snprintf(copy, sizeof copy, "%s", line + word); /* the parser writes into it */
        if (apply_words(&changed[i], source, copy) != 0)
            return ERR_INVALID;
    }
    if (!known)
        return ERR_INVALID;
    memcpy(configs, changed, sizeof changed);
    return 0;
}

/* One line of a file, already without its end. False: wrong. */
static bool parse_line(struct scenario *scenario, const struct trace_source *source, char *line)
{
    char *comment = strchr(line, '#');
    if (comment != NULL)
        *comment = '\0';
    line += strspn(line, " \t\r");
    line[strcspn(line, "\r")] = '\0';
    if (*line == '\0')
        return true;
    struct link_config trial[LINK_DIRECTIONS] = {{0}, {0}};
    char time[32];
    usec_t at;
    size_t word = strcspn(line, " \t");
    if (word >= sizeof time)
        return false;
    memcpy(time, line, word);
    time[word] = '\0';
    usec_t before = scenario->count > 0 ? scenario->steps[scenario->count - 1].at : 0;
    if (!parse_time(time, &at) || at < before || scenario_apply(trial, source, line + word) != 0)
        return false;
    scenario->steps = mem_resize(scenario->steps, scenario->count + 1, sizeof *scenario->steps);
    scenario->steps[scenario->count++] = (struct scenario_step){at, mem_text(line + word)};
    return true;
}

int scenario_parse(struct scenario *scenario, const struct trace_source *source, const char *text, unsigned *bad_line)
{
    *scenario = (struct scenario){0};
    *bad_line = 0;
    while (*text != '\0') {
        char line[LINE_MAX_LENGTH];
        size_t length = strcspn(text, "\n");
        ++*bad_line;
        if (length >= sizeof line) {
            scenario_fini(scenario);
            return ERR_INVALID;
        }
        memcpy(line, text, length);
        line[length] = '\0';
        if (!parse_line(scenario, source, line)) {
            scenario_fini(scenario);
            return ERR_INVALID;
        }
        text += length + (text[length] == '\n');
    }
    return 0;
}

void scenario_fini(struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->count; i++)
        free(scenario->steps[i].line);
    free(scenario->steps);
    *scenario = (struct scenario){0};
}
