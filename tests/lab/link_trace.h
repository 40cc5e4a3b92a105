/* When a link can send, in the format that recordings of mobile links are exchanged in: a line for each opportunity to
 * send 1,500 bytes, which is the millisecond of it as a whole number, counted from the start and never less than in the
 * line before. After the last one it begins again, with that as its start. Pure. */
#ifndef HEDDLE_LAB_LINK_TRACE_H
#define HEDDLE_LAB_LINK_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define LINK_TRACE_BYTES 1500
#define LINK_TRACE_OPPORTUNITIES_MAX (1u << 20)
#define LINK_TRACE_MS_MAX (24u * 3600 * 1000)

struct link_trace {
    uint32_t *at_ms;
    size_t count; /* not 0 */
};

struct link_trace_error {
    unsigned line;
    const char *what;
};

/* 0, or ERR_INVALID, why, and nothing to free. */
int link_trace_parse(struct link_trace *trace, const char *text, struct link_trace_error *error);
void link_trace_fini(struct link_trace *trace);
/* How long it takes until it begins again. */
usec_t link_trace_length(const struct link_trace *trace);
/* When opportunity `index` comes after the start, counted through all repetitions. */
usec_t link_trace_at(const struct link_trace *trace, uint64_t index);

/* Traces of our own making with the character of a kind of link. */
enum link_trace_kind { LINK_TRACE_LTE, LINK_TRACE_UMTS, LINK_TRACE_WIFI, LINK_TRACE_TRAIN, LINK_TRACE_KINDS };
#define LINK_TRACE_SECONDS_MAX 600

const char *link_trace_kind_name(enum link_trace_kind kind);
/* `seconds`: 1 to LINK_TRACE_SECONDS_MAX. */
void link_trace_make(struct link_trace *trace, enum link_trace_kind kind, unsigned seconds, uint64_t seed);

#endif
