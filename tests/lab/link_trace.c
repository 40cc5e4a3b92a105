#include "tests/lab/link_trace.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

#define FIRST_CAPACITY 1024

/* One line, up to `end`: NULL, or what is wrong with it. */
static const char *parse_line(const char *line, const char *end, uint32_t least, uint32_t *at_ms)
{
    uint32_t value = 0;
    if (end > line && end[-1] == '\r')
        end--;
    if (line == end)
        return "expected a whole number of milliseconds";
    for (; line < end; line++) {
        if (*line < '0' || *line > '9')
            return "expected a whole number of milliseconds";
        value = value * 10 + (uint32_t)(*line - '0');
        if (value > LINK_TRACE_MS_MAX)
            return "later than a day";
    }
    *at_ms = value;
    return value < least ? "earlier than the line before" : NULL;
}

static const char *parse_lines(struct link_trace *trace, const char *text, unsigned *line)
{
    size_t capacity = 0;
    while (*text != '\0') {
        const char *end = text + strcspn(text, "\n");
        ++*line;
        if (trace->count == LINK_TRACE_OPPORTUNITIES_MAX)
            return "too many lines";
        if (trace->count == capacity) {
            capacity = capacity > 0 ? capacity * 2 : FIRST_CAPACITY;
            trace->at_ms = mem_resize(trace->at_ms, capacity, sizeof *trace->at_ms);
        }
        uint32_t least = trace->count > 0 ? trace->at_ms[trace->count - 1] : 0;
        const char *wrong = parse_line(text, end, least, &trace->at_ms[trace->count]);
        if (wrong != NULL)
            return wrong;
        trace->count++;
        text = end + (*end == '\n');
    }
    if (trace->count == 0)
        return "there is no opportunity to send";
    return trace->at_ms[trace->count - 1] == 0 ? "the last opportunity is at 0 ms, where it would begin again" : NULL;
}

int link_trace_parse(struct link_trace *trace, const char *text, struct link_trace_error *error)
{
    *trace = (struct link_trace){0};
    *error = (struct link_trace_error){0};
    error->what = parse_lines(trace, text, &error->line);
    if (error->what == NULL)
        return 0;
    link_trace_fini(trace);
    return ERR_INVALID;
}

void link_trace_fini(struct link_trace *trace)
{
    free(trace->at_ms);
    *trace = (struct link_trace){0};
}

usec_t link_trace_length(const struct link_trace *trace)
{
    return (usec_t)trace->at_ms[trace->count - 1] * USEC_PER_MSEC;
}

usec_t link_trace_at(const struct link_trace *trace, uint64_t index)
{
    return (usec_t)(index / trace->count) * link_trace_length(trace) +
           (usec_t)trace->at_ms[index % trace->count] * USEC_PER_MSEC;
}
