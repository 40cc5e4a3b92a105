/* Shared by the files of room_data.h; nobody else needs it. */
#ifndef HEDDLE_CLIENT_ROOM_DATA_TYPES_H
#define HEDDLE_CLIENT_ROOM_DATA_TYPES_H

#include <stdbool.h>
#include <string.h>

#include "client/call/room_data_outlet.h"
#include "transport/base/time.h"

#define SERIES ENVELOPE_SERIES
#define ALL_MESSAGES 1000 /* as many that are for all wait to be acknowledged; then the application has to wait */
#define WINDOW 1024       /* of unordered numbers: more than may wait */
#define LONG_AGO (INT64_MIN / 2)

/* What was sent and is yet to be acknowledged. */
struct backlog {
    size_t count, bytes, count_max, bytes_max;
    bool was_full; /* a message was not taken, and that there is room again is yet to be told */
};

/* What one other participant has of ours, and we of it. */
struct other {
    char id[PARTICIPANT_ID_MAX + 1];
    uint32_t acked[SERIES], last_private[2];
    bool catches_up;                     /* of what it lacks, the next batch follows when it got this one */
    bool has_no_room;                    /* says the router, which tells when there is room again */
    size_t batch;                        /* bytes */
    uint32_t resent[SERIES];             /* what it lacked was sent again up to these numbers */
    bool is_here;                        /* by the last list of all */
    bool has_synced, is_known, owes_ack; /* is_known: `received` is set */
    bool has_taken;                      /* it acknowledged something */
    bool is_given_up;                    /* and has acknowledged nothing since */
    usec_t joined_at, repeat_at, repeat_delay, sync_at, begins_at, resent_at;
    usec_t held, held_at; /* for how long it let the others wait, by the last look */
    struct backlog alone;
    usec_t give_up_at;              /* while something was not taken for it alone */
    uint32_t received[SERIES];      /* numbers up to which everything came */
    uint64_t early[2][WINDOW / 64]; /* of the unordered series, beyond that: bits by number */
};

struct entry {
    char to[PARTICIPANT_ID_MAX + 1];
    unsigned series;
    uint32_t sequence;
    enum envelope_policy policy;
    char topic[ENVELOPE_TOPIC_MAX + 1];
    size_t length;
    uint8_t *payload; /* heap */
};

struct room_data {
    struct room_data_outlet outlet;
    uint32_t last[2]; /* of what was sent to all */
    struct other **others;
    size_t other_count, sender; /* sender: the index of the last whose envelope came */
    struct entry *log;          /* sent, and not acknowledged by all whom it is for, in order */
    size_t count, capacity;
    struct backlog all;
    usec_t ack_at, hold_at;
    usec_t newcomers_held, newcomers_held_at; /* as `held` of one, for all of them together */
};

static inline struct span span_of(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

/* What envelope_read() gave: `out` has place for it. */
static inline void copy_text(struct span text, char *out)
{
    if (text.length > 0)
        memcpy(out, text.data, text.length);
    out[text.length] = '\0';
}

/* Whether it is for the other one, which has not acknowledged it. */
static inline bool is_pending(const struct entry *entry, const struct other *other)
{
    return (entry->to[0] == '\0' || strcmp(entry->to, other->id) == 0) && entry->sequence > other->acked[entry->series];
}

/* The last numbers of what it was sent. */
static inline void last_of(const struct room_data *data, const struct other *other, uint32_t *last)
{
    memcpy(last, data->last, sizeof data->last);
    memcpy(last + 2, other->last_private, sizeof other->last_private);
}

#endif
