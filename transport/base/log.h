/* Levelled lines with a context ("room/participant"). The sink is set once at start, before any thread; without
 * one nothing is printed. Cores count; they never log per packet. Addresses go through log_address(), which
 * hides the host part unless the program asked for it. */
#ifndef HEDDLE_BASE_LOG_H
#define HEDDLE_BASE_LOG_H

#include <stdbool.h>

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

typedef void log_sink(void *user, enum log_level level, const char *context, const char *text);

void log_set_sink(log_sink *sink, void *user, enum log_level level);
void log_show_addresses(bool show);
bool log_enabled(enum log_level level);
void log_line(enum log_level level, const char *context, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *log_level_name(enum log_level level);

/* Redacts "192.0.2.7" to "192.0.x.x" and "2001:db8::1" to "2001:x" in `out` (returned) unless addresses are shown. */
const char *log_address(char *out, unsigned size, const char *address);

#define log_error(context, ...) log_line(LEVEL_ERROR, context, __VA_ARGS__)
#define log_warning(context, ...) log_line(LEVEL_WARNING, context, __VA_ARGS__)
#define log_info(context, ...) log_line(LEVEL_INFO, context, __VA_ARGS__)
#define log_debug(context, ...) log_line(LEVEL_DEBUG, context, __VA_ARGS__)

#endif
