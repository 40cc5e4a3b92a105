#include "transport/base/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024

static struct {
    log_sink *sink;
    void *user;
    enum log_level level;
    bool show_addresses;
    usec_t (*clock)(void);
    pthread_mutex_t lock; /* of the limiter */
    struct log_limiter limiter;
} logger = {.lock = PTHREAD_MUTEX_INITIALIZER};

void log_set_sink(log_sink *sink, void *user, enum log_level level)
{
    logger.sink = sink;
    logger.user = user;
    logger.level = level;
}

void log_set_limit(usec_t (*clock)(void))
{
    logger.clock = clock;
}

void log_show_addresses(bool show)
{
    logger.show_addresses = show;
}

bool log_enabled(enum log_level level)
{
    return logger.sink != NULL && level <= logger.level;
}

bool log_limiter_pass(struct log_limiter *limiter, uint64_t kind, usec_t now, uint64_t *left_out)
{
    static const struct budget_limit limit = {.per_second = LOG_PER_SECOND, .burst = LOG_BURST};
    size_t at = (size_t)(kind * UINT64_C(0x9e3779b97f4a7c15) >> 57) % LOG_KINDS;
    for (unsigned i = 0; i < LOG_KINDS && limiter->kinds[at].key != 0 && limiter->kinds[at].key != kind; i++)
        at = (at + 1) % LOG_KINDS;
    struct log_kind *place = &limiter->kinds[at];
    if (place->key == 0)
        place->key = kind;
    *left_out = 0;
    if (!budget_take(&place->budget, &limit, 1, now)) {
        place->left_out++;
        return false;
    }
    *left_out = place->left_out;
    place->left_out = 0;
    return true;
}

/* Lines of one kind have the same format string, since they come from one place in the code. */
static bool is_within_limit(enum log_level level, const char *format, uint64_t *left_out)
{
    *left_out = 0;
    if (logger.clock == NULL || level == LEVEL_DEBUG)
        return true;
    usec_t now = logger.clock();
    pthread_mutex_lock(&logger.lock);
    bool passes = log_limiter_pass(&logger.limiter, (uint64_t)(uintptr_t)format, now, left_out);
    pthread_mutex_unlock(&logger.lock);
    return passes;
}

void log_line(enum log_level level, const char *context, const char *format, ...)
{
    char text[TEXT_MAX];
    uint64_t left_out;
    va_list arguments;
    if (!log_enabled(level) || !is_within_limit(level, format, &left_out))
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t length = strlen(text);
    if (left_out > 0)
        snprintf(text + length, sizeof text - length, " (and %" PRIu64 " more like this)", left_out);
    logger.sink(logger.user, level, context != NULL ? context : "", text);
}

const char *log_level_name(enum log_level level)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    return names[level];
}

const char *log_address(char *out, unsigned size, const char *address)
{
    int keep = (int)strlen(address);
    const char *mask = "";
    if (!logger.show_addresses) {
        const char *dot = strchr(address, '.');
        const char *second = dot != NULL ? strchr(dot + 1, '.') : NULL;
        const char *colon = strchr(address, ':');
        if (colon != NULL && (dot == NULL || colon < dot)) {
            keep = (int)(colon - address);
            mask = ":x";
        } else if (second != NULL) {
            keep = (int)(second - address);
            mask = ".x.x";
        }
    }
    snprintf(out, size, "%.*s%s", keep, address, mask);
    return out;
}
