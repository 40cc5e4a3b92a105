/* Levelled lines with a context ("room/participant"). The sink is set once at start, before any thread; without one
 * nothing is printed. Cores count; they never log per packet. Addresses go through log_address(), which hides the host
 * part unless the program asked for it.
 *
 * Events that others can cause often must not fill the disk: lines of one kind (from one place in the code) have a
 * budget, and the next line that is printed says how many were left out. Debug lines have none, since they are only
 * printed on request. */
#ifndef HEDDLE_BASE_LOG_H
#define HEDDLE_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/budget.h"
#include "transport/base/time.h"

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

/* Called from any thread, also from several at once. */
typedef void log_sink(void *user, enum log_level level, const char *context, const char *text);

void log_set_sink(log_sink *sink, void *user, enum log_level level);
/* Limits lines to the sink from now on; `clock` tells the time. Without this call there is no limit. */
void log_set_limit(usec_t (*clock)(void));
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

/* The budgets of kinds of lines. Pure; zeroed: nothing was printed yet. */
#define LOG_KINDS 128 /* a power of two; kinds beyond them share places */
#define LOG_PER_SECOND 5
#define LOG_BURST 100

struct log_limiter {
    struct log_kind {
        uint64_t key; /* 0: free */
        struct budget budget;
        uint64_t left_out;
    } kinds[LOG_KINDS];
};
/* May a line of this kind (not 0) be printed? If so, *left_out is how many of its kind were left out since the last
 * one. */
bool log_limiter_pass(struct log_limiter *limiter, uint64_t kind, usec_t now, uint64_t *left_out);

#endif
