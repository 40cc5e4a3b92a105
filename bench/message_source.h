/* Messages of data channels at a steady rate. The payload says who sent it, which one it is and when, so that a
 * receiver knows what is missing and how long it took. Pure. */
#ifndef HEDDLE_BENCH_MESSAGE_SOURCE_H
#define HEDDLE_BENCH_MESSAGE_SOURCE_H

#include "transport/base/time.h"
#include "transport/wire/envelope.h"

#define MESSAGE_SOURCE_SIZE_MIN 20
#define MESSAGE_SOURCE_SIZE_MAX ENVELOPE_PAYLOAD_MAX

struct message_source_config {
    unsigned per_second;
    size_t size; /* of a payload */
    enum envelope_policy policy;
};

struct message_source {
    struct message_source_config config;
    uint32_t sender, number; /* the last that was sent, over all starts */
    usec_t start;
    uint64_t count; /* since then */
};

/* It sends nothing before it is started. `sender`: any number that receivers know it by. */
void message_source_init(struct message_source *source, uint32_t sender);
void message_source_start(struct message_source *source, const struct message_source_config *config, usec_t now);
void message_source_stop(struct message_source *source);
/* When the next message is due; USEC_NEVER: it was stopped. */
usec_t message_source_next(const struct message_source *source);
/* The payload that is due at `now`, written to `out` (MESSAGE_SOURCE_SIZE_MAX bytes); its length, 0: none is. It stays
 * due until message_source_sent(). */
size_t message_source_poll(const struct message_source *source, uint8_t *out, usec_t now);
void message_source_sent(struct message_source *source);

struct message_source_mark {
    uint32_t sender, number; /* from 1 */
    usec_t sent_at;
};
/* False: no message source wrote this payload. */
bool message_source_read(struct span payload, struct message_source_mark *mark);

#endif
