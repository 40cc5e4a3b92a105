#include "transport/base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static struct {
    log_sink *sink;
    void *user;
    enum log_level level;
    bool show_addresses;
} logger;

void log_set_sink(log_sink *sink, void *user, enum log_level level)
{
    logger.sink = sink;
    logger.user = user;
    logger.level = level;
}

void log_show_addresses(bool show)
{
    logger.show_addresses = show;
}

bool log_enabled(enum log_level level)
{
    return logger.sink != NULL && level <= logger.level;
}

void log_line(enum log_level level, const char *context, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    if (!log_enabled(level))
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
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
