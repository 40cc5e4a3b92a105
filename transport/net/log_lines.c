#include "transport/net/log_lines.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "transport/net/clock.h"

static struct {
    const char *room, *role; /* NULL: the program serves all rooms */
} origin;

/* `whole` has room for room, role and context. */
static const char *complete(const char *context, char *whole, size_t size)
{
    if (origin.room == NULL)
        return context;
    bool is_of_room = context[0] == '\0' || strcmp(context, origin.room) == 0;
    snprintf(whole, size, "%s/%s%s%s", origin.room, origin.role, is_of_room ? "" : "/", is_of_room ? "" : context);
    return whole;
}

static void write_line(void *user, enum log_level level, const char *context, const char *text)
{
    char whole[200];
    int64_t wall = clock_wall_us();
    time_t seconds = (time_t)(wall / USEC_PER_SEC);
    struct tm utc;
    char stamp[32], line[1400];
    gmtime_r(&seconds, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    int length = snprintf(line, sizeof line, "%s.%03dZ %s %s: %s\n", stamp, (int)(wall % USEC_PER_SEC / USEC_PER_MSEC),
                          log_level_name(level), complete(context, whole, sizeof whole), text);
    if (length >= (int)sizeof line) {
        length = (int)sizeof line - 1;
        line[length - 1] = '\n';
    }
    log_writer_put(user, line, (size_t)length);
}

void log_lines_start(struct log_writer *writer, enum log_level level)
{
    log_set_sink(write_line, writer, level);
    log_set_limit(clock_now);
}

void log_lines_start_for(struct log_writer *writer, enum log_level level, const char *room, const char *role)
{
    origin.room = room;
    origin.role = role;
    log_lines_start(writer, level);
}

void log_lines_stop(struct log_writer *writer, usec_t timeout)
{
    log_set_sink(NULL, NULL, LEVEL_ERROR);
    log_writer_free(writer, timeout);
}
