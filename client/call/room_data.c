#include "client/call/room_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define SERIES 4 /* of numbers: ordered and unordered to all, ordered and unordered to one */
#define UNKNOWN UINT32_MAX
#define LOG_BYTES ((size_t)1 << 20) /* that wait to be acknowledged; then the application has to wait */
#define LOG_MESSAGES 1000
#define WINDOW 1024                     /* of unordered numbers: more than a log has */
#define SYNC_LIMIT (10 * USEC_PER_SEC)  /* a participant that joined and has sent no sync is waited for so long */
#define STALL_LIMIT (10 * USEC_PER_SEC) /* for one who acknowledges nothing, when the log is full */
#define ACK_DELAY (50 * USEC_PER_MSEC)
#define SYNC_INTERVAL (200 * USEC_PER_MSEC)
#define RESEND_INTERVAL (500 * USEC_PER_MSEC) /* before it is begun again to send one what it lacks */
#define REPEAT_FIRST (2 * USEC_PER_SEC)
#define REPEAT_LAST (8 * USEC_PER_SEC)
/* So much is sent again to one before it acknowledges some of it: who is slow must not use up what we may send. */
#define BATCH_MESSAGES 64
#define BATCH_BYTES ((size_t)64 * 1024)
#define LONG_AGO (INT64_MIN / 2)

/* What one other participant has of ours, and we of it. */
struct other {
    char id[PARTICIPANT_ID_MAX + 1];
    uint32_t acked[SERIES], last_private[2];
    bool catches_up;                     /* what it lacks is sent again, batch by batch... */
    uint32_t resent[SERIES];             /* ...and was, up to these numbers */
    bool has_synced, is_known, owes_ack; /* is_known: `received` is set */
    usec_t joined_at, progress_at, repeat_at, repeat_delay, sync_at, resent_at;
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
    size_t other_count;
    struct entry *log; /* sent, and not acknowledged by all, in order; LOG_MESSAGES */
    size_t count, bytes;
    bool was_full;
    usec_t ack_at;
};

struct room_data *room_data_new(const struct room_data_outlet *outlet)
{
    struct room_data *data = mem_alloc(sizeof *data);
    data->outlet = *outlet;
    data->log = mem_array(LOG_MESSAGES, sizeof *data->log);
    data->ack_at = USEC_NEVER;
    return data;
}

void room_data_free(struct room_data *data)
{
    if (data == NULL)
        return;
    for (size_t i = 0; i < data->count; i++)
        free(data->log[i].payload);
    for (size_t i = 0; i < data->other_count; i++)
        free(data->others[i]);
    free(data->others);
    free(data->log);
    free(data);
}

size_t room_data_waiting(const struct room_data *data)
{
    return data->count;
}

static struct other *find(const struct room_data *data, const char *id)
{
    for (size_t i = 0; i < data->other_count; i++)
        if (strcmp(data->others[i]->id, id) == 0)
            return data->others[i];
    return NULL;
}

static struct span span_of(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

static bool transmit(struct room_data *data, const char *to, const struct envelope *envelope)
{
    uint8_t frame[ENVELOPE_MAX];
    size_t length = envelope_write(envelope, frame);
    return data->outlet.transmit(data->outlet.user, to, envelope->policy, frame, length);
}

static void send_entry(struct room_data *data, const struct entry *entry, const char *to)
{
    (void)transmit(data, to,
                   &(struct envelope){.policy = entry->policy,
                                      .is_private = entry->to[0] != '\0',
                                      .sequence = entry->sequence,
                                      .name = span_of(to),
                                      .topic = span_of(entry->topic),
                                      .payload = {entry->payload, entry->length}});
}

static bool send_control(struct room_data *data, enum envelope_kind kind, const char *to, const uint32_t *numbers)
{
    uint8_t payload[4 * SERIES];
    for (size_t i = 0; i < SERIES; i++)
        put_u32(payload + 4 * i, numbers[i]);
    return transmit(data, to,
                    &(struct envelope){.kind = kind, .name = span_of(to), .payload = {payload, sizeof payload}});
}

static bool is_full(const struct room_data *data)
{
    return data->bytes >= LOG_BYTES || data->count == LOG_MESSAGES;
}

/* Whether it is for the other one, which has not acknowledged it. */
static bool is_pending(const struct entry *entry, const struct other *other)
{
    return (entry->to[0] == '\0' || strcmp(entry->to, other->id) == 0) && entry->sequence > other->acked[entry->series];
}

static bool is_needed(const struct room_data *data, const struct entry *entry, usec_t now)
{
    for (size_t i = 0; i < data->other_count; i++) {
        const struct other *other = data->others[i];
        bool is_waited_for = other->has_synced || now - other->joined_at < SYNC_LIMIT || entry->to[0] != '\0';
        if (is_waited_for && is_pending(entry, other))
            return true;
    }
    return false;
}

/* Drops what everybody got who is waited for. */
static void prune(struct room_data *data, usec_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < data->count; i++) {
        struct entry *entry = &data->log[i];
        if (is_needed(data, entry, now)) {
            data->log[kept++] = *entry;
            continue;
        }
        data->bytes -= entry->length;
        free(entry->payload);
    }
    data->count = kept;
    if (!data->was_full || data->bytes >= LOG_BYTES / 2 || data->count >= LOG_MESSAGES / 2)
        return;
    data->was_full = false;
    data->outlet.tell(data->outlet.user, &(struct room_data_event){.type = ROOM_DATA_READY, .name = "", .topic = ""});
}

static bool is_among(const char *id, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

static void add_other(struct room_data *data, const char *id, usec_t now)
{
    struct other *other = mem_alloc(sizeof *other);
    snprintf(other->id, sizeof other->id, "%s", id);
    memcpy(other->acked, data->last, sizeof data->last);
    other->joined_at = other->progress_at = now;
    other->repeat_at = USEC_NEVER;
    other->repeat_delay = REPEAT_FIRST;
    other->sync_at = other->resent_at = LONG_AGO;
    data->others = mem_resize(data->others, data->other_count + 1, sizeof(struct other *));
    data->others[data->other_count++] = other;
}

void room_data_set_others(struct room_data *data, const char *const *ids, size_t count, usec_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < data->other_count; i++) {
        if (is_among(data->others[i]->id, ids, count))
            data->others[kept++] = data->others[i];
        else
            free(data->others[i]);
    }
    data->other_count = kept;
    for (size_t i = 0; i < count; i++)
        if (find(data, ids[i]) == NULL)
            add_other(data, ids[i], now);
    prune(data, now);
}

static void send_sync(struct room_data *data, struct other *other, usec_t now)
{
    static const uint32_t nothing[SERIES] = {UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN};
    if (now - other->sync_at >= SYNC_INTERVAL &&
        send_control(data, ENVELOPE_SYNC, other->id, other->is_known ? other->received : nothing))
        other->sync_at = now;
}

void room_data_opened(struct room_data *data, const char *to, usec_t now)
{
    for (size_t i = 0; i < data->other_count; i++) {
        if (to[0] != '\0' && strcmp(to, data->others[i]->id) != 0)
            continue;
        data->others[i]->sync_at = LONG_AGO;
        send_sync(data, data->others[i], now);
    }
}

static const struct entry *append(struct room_data *data, struct other *to, const char *topic,
                                  enum envelope_policy policy, struct span payload)
{
    struct entry *entry = &data->log[data->count++];
    uint32_t *counters = to != NULL ? to->last_private : data->last;
    unsigned index = policy == ENVELOPE_UNORDERED;
    *entry = (struct entry){.series = index + (to != NULL ? 2 : 0),
                            .sequence = ++counters[index],
                            .policy = policy,
                            .length = payload.length,
                            .payload = mem_alloc(payload.length + 1)};
    snprintf(entry->to, sizeof entry->to, "%s", to != NULL ? to->id : "");
    snprintf(entry->topic, sizeof entry->topic, "%s", topic);
    if (payload.length > 0)
        memcpy(entry->payload, payload.data, payload.length);
    data->bytes += payload.length;
    return entry;
}

int room_data_send(struct room_data *data, const char *to, const char *topic, enum envelope_policy policy,
                   struct span payload, usec_t now)
{
    struct other *one = find(data, to);
    if (payload.length > ENVELOPE_PAYLOAD_MAX || strlen(topic) > ENVELOPE_TOPIC_MAX)
        return ERR_LIMIT;
    if (to[0] != '\0' && one == NULL)
        return ERR_NOT_FOUND;
    if (data->other_count == 0)
        return 0; /* nobody is there to get it */
    if (policy == ENVELOPE_LOSSY) {
        const struct envelope envelope = {.policy = policy,
                                          .is_private = one != NULL,
                                          .name = span_of(to),
                                          .topic = span_of(topic),
                                          .payload = payload};
        return transmit(data, to, &envelope) ? 0 : ERR_WRONG_STATE;
    }
    if (is_full(data)) {
        data->was_full = true;
        return ERR_AGAIN;
    }
    const struct entry *entry = append(data, one, topic, policy, payload);
    for (size_t i = 0; i < data->other_count; i++)
        if (one == NULL || one == data->others[i])
            data->others[i]->repeat_at = usec_min(data->others[i]->repeat_at, now + data->others[i]->repeat_delay);
    send_entry(data, entry, to);
    return 0;
}

/* What others send. */

static bool take_early(struct other *other, unsigned index, uint32_t sequence)
{
    uint64_t *word = &other->early[index][sequence % WINDOW / 64], bit = UINT64_C(1) << sequence % 64;
    bool was_set = (*word & bit) != 0;
    *word &= ~bit;
    return was_set;
}

static void advance(struct other *other, unsigned series)
{
    while (take_early(other, series / 2, other->received[series] + 1))
        other->received[series]++;
}

static unsigned series_of(const struct envelope *envelope)
{
    return (envelope->policy == ENVELOPE_UNORDERED ? 1u : 0u) + (envelope->is_private ? 2u : 0u);
}

/* Notes the message; whether it is to be delivered now. One that comes before its turn will come again. */
static bool is_news(struct other *other, const struct envelope *envelope)
{
    unsigned series = series_of(envelope);
    uint32_t received = other->received[series], sequence = envelope->sequence;
    if (envelope->policy == ENVELOPE_ORDERED) {
        other->received[series] += sequence == received + 1;
        return sequence == received + 1;
    }
    if (sequence <= received || sequence - received > LOG_MESSAGES)
        return false;
    bool was_here = take_early(other, series / 2, sequence);
    other->early[series / 2][sequence % WINDOW / 64] |= UINT64_C(1) << sequence % 64;
    advance(other, series);
    return !was_here;
}

static void deliver(struct room_data *data, const struct other *from, const struct envelope *envelope)
{
    char topic[ENVELOPE_TOPIC_MAX + 1];
    snprintf(topic, sizeof topic, "%.*s", (int)envelope->topic.length, (const char *)envelope->topic.data);
    data->outlet.tell(data->outlet.user, &(struct room_data_event){.type = ROOM_DATA_MESSAGE,
                                                                   .name = from->id,
                                                                   .topic = topic,
                                                                   .policy = envelope->policy,
                                                                   .is_private = envelope->is_private,
                                                                   .payload = envelope->payload});
}

static void take_message(struct room_data *data, struct other *other, const struct envelope *envelope, usec_t now)
{
    bool is_reliable = envelope->policy != ENVELOPE_LOSSY;
    if (is_reliable &&
        (!other->is_known || envelope->sequence > other->received[series_of(envelope)] + LOG_MESSAGES ||
         (envelope->policy == ENVELOPE_ORDERED && envelope->sequence > other->received[series_of(envelope)] + 1))) {
        send_sync(data, other, now);
        return;
    }
    if (is_reliable) {
        other->owes_ack = true;
        data->ack_at = usec_min(data->ack_at, now + ACK_DELAY);
    }
    if (!is_reliable || is_news(other, envelope))
        deliver(data, other, envelope);
}

static void begin(struct room_data *data, struct other *other, const uint32_t *numbers)
{
    bool is_loss = false;
    for (unsigned i = 0; i < SERIES; i++) {
        is_loss = is_loss || (other->is_known && other->received[i] < numbers[i]);
        if (other->received[i] >= numbers[i])
            continue;
        if (i % 2 == 1) /* what came early and is now behind */
            for (uint32_t n = 1; n <= LOG_MESSAGES && n <= numbers[i] - other->received[i]; n++)
                (void)take_early(other, i / 2, other->received[i] + n);
        other->received[i] = numbers[i];
        if (i % 2 == 1)
            advance(other, i);
    }
    other->is_known = true;
    if (is_loss)
        data->outlet.tell(data->outlet.user,
                          &(struct room_data_event){.type = ROOM_DATA_LOST, .name = other->id, .topic = ""});
}

/* What others got. */

static void last_of(const struct room_data *data, const struct other *other, uint32_t *last)
{
    memcpy(last, data->last, sizeof data->last);
    memcpy(last + 2, other->last_private, sizeof other->last_private);
}

/* The next batch of what one lacks; returns of how many messages. */
static size_t send_batch(struct room_data *data, struct other *other, usec_t now)
{
    size_t sent = 0, bytes = 0;
    for (size_t i = 0; i < data->count && sent < BATCH_MESSAGES && bytes < BATCH_BYTES; i++) {
        const struct entry *entry = &data->log[i];
        if (!is_pending(entry, other) || entry->sequence <= other->resent[entry->series])
            continue;
        other->resent[entry->series] = entry->sequence;
        send_entry(data, entry, other->id);
        bytes += entry->length;
        sent++;
    }
    other->catches_up = sent > 0;
    other->resent_at = now;
    return sent;
}

static size_t begin_resending(struct room_data *data, struct other *other, usec_t now)
{
    memcpy(other->resent, other->acked, sizeof other->resent);
    return send_batch(data, other, now);
}

static void answer_sync(struct room_data *data, struct other *other, bool must_begin, usec_t now)
{
    other->has_synced = true;
    if (now - other->resent_at < RESEND_INTERVAL) {
        other->repeat_at = usec_min(other->repeat_at, other->resent_at + RESEND_INTERVAL);
        return;
    }
    if (must_begin)
        (void)send_control(data, ENVELOPE_BEGIN, other->id, other->acked);
    (void)begin_resending(data, other, now);
}

static void take_numbers(struct room_data *data, struct other *other, const uint32_t *numbers, bool is_sync, usec_t now)
{
    uint32_t last[SERIES];
    bool is_unknown = numbers[0] == UNKNOWN, has_progressed = false, is_behind = is_unknown;
    last_of(data, other, last);
    for (size_t i = 0; i < SERIES && !is_unknown; i++) {
        if (numbers[i] > last[i])
            return; /* of another life of ours */
        has_progressed = has_progressed || numbers[i] > other->acked[i];
        is_behind = is_behind || numbers[i] < other->acked[i];
    }
    for (size_t i = 0; i < SERIES && !is_unknown; i++)
        other->acked[i] = numbers[i] > other->acked[i] ? numbers[i] : other->acked[i];
    if (!other->is_known)
        send_sync(data, other, now);
    if (has_progressed || is_sync) {
        other->progress_at = now;
        other->repeat_delay = REPEAT_FIRST;
        other->repeat_at = now + REPEAT_FIRST;
    }
    if (is_sync)
        answer_sync(data, other, is_behind, now);
    else if (has_progressed && other->catches_up)
        (void)send_batch(data, other, now);
    prune(data, now);
}

static void take(struct room_data *data, struct other *other, const struct envelope *envelope, usec_t now)
{
    uint32_t numbers[SERIES];
    if (envelope->kind == ENVELOPE_MESSAGE) {
        take_message(data, other, envelope, now);
        return;
    }
    if (envelope->payload.length != 4 * SERIES)
        return;
    for (size_t i = 0; i < SERIES; i++)
        numbers[i] = get_u32(envelope->payload.data + 4 * i);
    if (envelope->kind == ENVELOPE_BEGIN)
        begin(data, other, numbers);
    else
        take_numbers(data, other, numbers, envelope->kind == ENVELOPE_SYNC, now);
}

static void tell_refused(struct room_data *data, const char *name, const struct envelope *envelope)
{
    char topic[ENVELOPE_TOPIC_MAX + 1];
    snprintf(topic, sizeof topic, "%.*s", (int)envelope->topic.length, (const char *)envelope->topic.data);
    data->outlet.tell(data->outlet.user,
                      &(struct room_data_event){.type = ROOM_DATA_REFUSED, .name = name, .topic = topic});
}

void room_data_receive(struct room_data *data, const char *from, struct span frame, usec_t now)
{
    struct envelope envelope;
    while (frame.length > 0 && envelope_read(&frame, &envelope) == 0) {
        char name[PARTICIPANT_ID_MAX + 1];
        snprintf(name, sizeof name, "%.*s", (int)envelope.name.length, (const char *)envelope.name.data);
        struct other *other = find(data, from[0] != '\0' ? from : name);
        if (envelope.kind == ENVELOPE_REFUSED && from[0] == '\0')
            tell_refused(data, name, &envelope);
        else if (envelope.kind != ENVELOPE_REFUSED && other != NULL)
            take(data, other, &envelope, now);
    }
}

/* Time. */

usec_t room_data_next(const struct room_data *data)
{
    usec_t next = data->ack_at;
    for (size_t i = 0; i < data->other_count; i++)
        next = usec_min(next, data->others[i]->repeat_at);
    return next;
}

static void send_acks(struct room_data *data)
{
    data->ack_at = USEC_NEVER;
    for (size_t i = 0; i < data->other_count; i++) {
        struct other *other = data->others[i];
        if (other->owes_ack)
            (void)send_control(data, ENVELOPE_ACK, other->id, other->received);
        other->owes_ack = false;
    }
}

static bool has_pending(const struct room_data *data, const struct other *other)
{
    for (size_t i = 0; i < data->count; i++)
        if (is_pending(&data->log[i], other))
            return true;
    return false;
}

/* What was sent may have been lost on the way, or its acknowledgement. */
static void repeat(struct room_data *data, struct other *other, usec_t now)
{
    if (is_full(data) && now - other->progress_at > STALL_LIMIT && has_pending(data, other)) {
        last_of(data, other, other->acked);
        (void)send_control(data, ENVELOPE_BEGIN, other->id, other->acked);
    }
    size_t sent = begin_resending(data, other, now);
    other->repeat_delay = usec_min(2 * other->repeat_delay, REPEAT_LAST);
    other->repeat_at = sent > 0 ? now + other->repeat_delay : USEC_NEVER;
}

void room_data_timeout(struct room_data *data, usec_t now)
{
    if (now >= data->ack_at)
        send_acks(data);
    for (size_t i = 0; i < data->other_count; i++)
        if (now >= data->others[i]->repeat_at)
            repeat(data, data->others[i], now);
    prune(data, now);
}
