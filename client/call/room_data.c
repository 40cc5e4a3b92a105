#include "client/call/room_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call/room_data_holding.h"
#include "client/call/room_data_out.h"
#include "client/call/room_data_received.h"
#include "client/call/room_data_types.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

/* So much waits to be acknowledged; then the application has to wait. What waits for one alone is counted apart: one
 * who acknowledges nothing does not use up what is for the others. */
#define ALL_BYTES ((size_t)1 << 20)
#define ONE_BYTES ((size_t)512 * 1024)
#define ONE_MESSAGES 500
#define SYNC_LIMIT (10 * USEC_PER_SEC)        /* a participant that joined and has sent no sync is waited for so long */
#define BEGIN_INTERVAL (100 * USEC_PER_MSEC)  /* of answers to syncs, after a second's worth of them */
#define RESEND_INTERVAL (500 * USEC_PER_MSEC) /* before it is begun again to send one what it lacks */
#define REPEAT_FIRST (2 * USEC_PER_SEC)
#define REPEAT_LAST (8 * USEC_PER_SEC)
/* So much is sent again to one before it acknowledges some of it: who is slow must not use up what we may send. All
 * of a file that is on the way to one fits (TO_ONE of client/files/file_sender.c). */
#define BATCH_MESSAGES 64
#define BATCH_BYTES ((size_t)96 * 1024)
#define BATCH_LEAST ((size_t)1024) /* after the router had no room, a batch grows from what there was room for */

struct room_data *room_data_new(const struct room_data_outlet *outlet)
{
    struct room_data *data = mem_alloc(sizeof *data);
    data->outlet = *outlet;
    data->all = (struct backlog){.count_max = ALL_MESSAGES, .bytes_max = ALL_BYTES};
    data->ack_at = data->hold_at = USEC_NEVER;
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

/* The index, looked for from `start` on, and around: whoever goes through all in their order finds each at once. The
 * number of others: it is not here. */
static size_t index_from(const struct room_data *data, size_t start, const char *id)
{
    for (size_t i = 0; i < data->other_count; i++) {
        size_t index = (start + i) % data->other_count;
        if (strcmp(data->others[index]->id, id) == 0)
            return index;
    }
    return data->other_count;
}

static struct other *find(const struct room_data *data, const char *id)
{
    size_t index = index_from(data, 0, id);
    return index < data->other_count ? data->others[index] : NULL;
}

/* From whom a frame's envelopes are: often many are of one, and who comes next is often near. */
static struct other *find_sender(struct room_data *data, const char *id)
{
    size_t index = index_from(data, data->sender, id);
    if (index == data->other_count)
        return NULL;
    data->sender = index;
    return data->others[index];
}

/* Of what is for "" (all), or for one. NULL: it is not here any more. */
static struct backlog *backlog_of(struct room_data *data, const char *to)
{
    if (to[0] == '\0')
        return &data->all;
    struct other *one = find(data, to);
    return one != NULL ? &one->alone : NULL;
}

static bool is_full(const struct backlog *backlog)
{
    return backlog->bytes >= backlog->bytes_max || backlog->count >= backlog->count_max;
}

static bool is_waited_for(const struct other *other, usec_t now)
{
    return !other->is_given_up && (other->has_synced || now - other->joined_at < SYNC_LIMIT);
}

/* Of what is for all: up to which numbers everybody has it who is waited for. For the others counting goes on there. */
static void find_least_acked(struct room_data *data, uint32_t *least, usec_t now)
{
    memcpy(least, data->last, sizeof data->last);
    for (size_t i = 0; i < data->other_count; i++)
        for (size_t j = 0; j < 2 && is_waited_for(data->others[i], now); j++)
            least[j] = data->others[i]->acked[j] < least[j] ? data->others[i]->acked[j] : least[j];
    for (size_t i = 0; i < data->other_count; i++)
        for (size_t j = 0; j < 2; j++)
            if (data->others[i]->acked[j] < least[j])
                data->others[i]->acked[j] = least[j];
}

static bool is_needed(const struct room_data *data, const struct entry *entry, const uint32_t *least)
{
    if (entry->to[0] == '\0')
        return entry->sequence > least[entry->series];
    const struct other *one = find(data, entry->to);
    return one != NULL && is_pending(entry, one);
}

/* Whether an application that was told to wait need not any more. */
static bool is_ready(struct backlog *backlog)
{
    bool is_news =
        backlog->was_full && backlog->bytes < backlog->bytes_max / 2 && backlog->count < backlog->count_max / 2;
    backlog->was_full = backlog->was_full && !is_news;
    return is_news;
}

/* Drops what everybody got who is waited for. */
static void prune(struct room_data *data, usec_t now)
{
    size_t kept = 0;
    uint32_t least[2];
    find_least_acked(data, least, now);
    for (size_t i = 0; i < data->count; i++) {
        struct entry *entry = &data->log[i];
        if (is_needed(data, entry, least)) {
            data->log[kept++] = *entry;
            continue;
        }
        struct backlog *backlog = backlog_of(data, entry->to);
        if (backlog != NULL) {
            backlog->bytes -= entry->length;
            backlog->count--;
        }
        free(entry->payload);
    }
    data->count = kept;
    bool has_news = is_ready(&data->all);
    for (size_t i = 0; i < data->other_count; i++)
        has_news = is_ready(&data->others[i]->alone) || has_news;
    if (has_news)
        data->outlet.tell(data->outlet.user,
                          &(struct room_data_event){.type = ROOM_DATA_READY, .name = "", .topic = ""});
}

static void add_other(struct room_data *data, const char *id, usec_t now)
{
    struct other *other = mem_alloc(sizeof *other);
    snprintf(other->id, sizeof other->id, "%s", id);
    memcpy(other->acked, data->last, sizeof data->last);
    other->alone = (struct backlog){.count_max = ONE_MESSAGES, .bytes_max = ONE_BYTES};
    other->joined_at = now;
    other->batch = BATCH_BYTES;
    other->repeat_at = USEC_NEVER;
    other->repeat_delay = REPEAT_FIRST;
    other->sync_at = other->begins_at = other->resent_at = LONG_AGO;
    data->others = mem_resize(data->others, data->other_count + 1, sizeof(struct other *));
    data->others[data->other_count++] = other;
}

void room_data_set_others(struct room_data *data, const char *const *ids, size_t count, usec_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < data->other_count; i++)
        data->others[i]->is_here = false;
    for (size_t i = 0, next = 0; i < count; i++) {
        size_t index = index_from(data, next, ids[i]);
        if (index == data->other_count)
            add_other(data, ids[i], now);
        data->others[index]->is_here = true;
        next = index + 1;
    }
    for (size_t i = 0; i < data->other_count; i++) {
        if (data->others[i]->is_here)
            data->others[kept++] = data->others[i];
        else
            free(data->others[i]);
    }
    data->other_count = kept;
    prune(data, now);
}

void room_data_opened(struct room_data *data, const char *to, usec_t now)
{
    for (size_t i = 0; i < data->other_count; i++) {
        if (to[0] != '\0' && strcmp(to, data->others[i]->id) != 0)
            continue;
        data->others[i]->sync_at = LONG_AGO;
        room_data_send_sync(data, data->others[i], now);
    }
}

static const struct entry *append(struct room_data *data, struct other *to, const char *topic,
                                  enum envelope_policy policy, struct span payload)
{
    if (data->count == data->capacity) {
        data->capacity = data->capacity == 0 ? 16 : 2 * data->capacity;
        data->log = mem_resize(data->log, data->capacity, sizeof *data->log);
    }
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
        return room_data_transmit(data, to, &envelope) ? 0 : ERR_WRONG_STATE;
    }
    struct backlog *backlog = one != NULL ? &one->alone : &data->all;
    if (is_full(backlog)) {
        if (one == NULL)
            data->hold_at = usec_min(data->hold_at, now + HOLD_INTERVAL);
        else if (!backlog->was_full)
            one->give_up_at = now + HOLD_LIMIT;
        backlog->was_full = true;
        return ERR_AGAIN;
    }
    backlog->bytes += payload.length;
    backlog->count++;
    const struct entry *entry = append(data, one, topic, policy, payload);
    for (size_t i = 0; i < data->other_count; i++)
        if (one == NULL || one == data->others[i])
            data->others[i]->repeat_at = usec_min(data->others[i]->repeat_at, now + data->others[i]->repeat_delay);
    /* Before what one still lacks it would come in vain: it follows with a later batch. */
    if (one == NULL || (!one->has_no_room && (!one->catches_up || policy != ENVELOPE_ORDERED)))
        (void)room_data_send_entry(data, entry, to);
    return 0;
}

/* What others got. */

/* The next batch of what one lacks, if there is a way to it. */
static void send_batch(struct room_data *data, struct other *other, usec_t now)
{
    size_t sent = 0, bytes = 0;
    other->catches_up = false;
    for (size_t i = 0; i < data->count && !other->catches_up; i++) {
        const struct entry *entry = &data->log[i];
        if (!is_pending(entry, other) || entry->sequence <= other->resent[entry->series])
            continue;
        if (sent == BATCH_MESSAGES || bytes >= other->batch || !room_data_send_entry(data, entry, other->id)) {
            other->catches_up = true;
            continue;
        }
        other->resent[entry->series] = entry->sequence;
        other->resent_at = now;
        bytes += entry->length;
        sent++;
    }
}

static void begin_resending(struct room_data *data, struct other *other, usec_t now)
{
    memcpy(other->resent, other->acked, sizeof other->resent);
    other->has_no_room = false; /* that there is room again may not have come */
    send_batch(data, other, now);
}

/* So many bytes may be sent again, from those numbers on (0: nothing of the series was dropped). What has lower ones is
 * on its way. Without room for any, what would be sent now would not come. */
static void take_room(struct room_data *data, struct other *other, const uint8_t *payload, usec_t now)
{
    size_t bytes = get_u32(payload);
    other->has_no_room = bytes == 0;
    other->batch = bytes < BATCH_LEAST ? BATCH_LEAST : bytes < BATCH_BYTES ? bytes : BATCH_BYTES;
    if (other->has_no_room) {
        other->catches_up = true;
        other->repeat_at = now + REPEAT_LAST;
        return;
    }
    last_of(data, other, other->resent);
    for (size_t i = 0; i < SERIES; i++) {
        uint32_t first = get_u32(payload + 4 + 4 * i);
        if (first > 0 && first <= other->resent[i])
            other->resent[i] = first - 1;
    }
    other->repeat_at = now + other->repeat_delay;
    send_batch(data, other, now);
}

/* With as much again as before it, a batch that was small for want of room only when that has come. */
static bool is_next_due(const struct other *other)
{
    for (size_t i = 0; i < SERIES && other->batch < BATCH_BYTES; i++)
        if (other->acked[i] < other->resent[i])
            return false;
    return !other->has_no_room;
}

static void send_next_batch(struct room_data *data, struct other *other, usec_t now)
{
    if (!is_next_due(other))
        return;
    other->batch = 2 * other->batch < BATCH_BYTES ? 2 * other->batch : BATCH_BYTES;
    send_batch(data, other, now);
}

/* A BEGIN is small, and without it all that is sent comes in vain: it does not wait for the rest. */
static void answer_sync(struct room_data *data, struct other *other, bool must_begin, usec_t now)
{
    if (must_begin && other->begins_at - now < USEC_PER_SEC &&
        room_data_send_control(data, ENVELOPE_BEGIN, other->id, other->acked))
        other->begins_at = (other->begins_at > now ? other->begins_at : now) + BEGIN_INTERVAL;
    if (now - other->resent_at < RESEND_INTERVAL)
        other->repeat_at = usec_min(other->repeat_at, other->resent_at + RESEND_INTERVAL);
    else
        begin_resending(data, other, now);
}

static void take_numbers(struct room_data *data, struct other *other, const uint32_t *numbers, bool is_sync, usec_t now)
{
    uint32_t last[SERIES];
    bool is_unknown = numbers[0] == ROOM_DATA_UNKNOWN, has_progressed = false, is_behind = is_unknown;
    last_of(data, other, last);
    for (size_t i = 0; i < SERIES && !is_unknown; i++) {
        if (numbers[i] > last[i])
            return; /* of another life of ours */
        has_progressed = has_progressed || numbers[i] > other->acked[i];
        is_behind = is_behind || numbers[i] < other->acked[i];
    }
    if (!is_unknown && (numbers[2] > other->acked[2] || numbers[3] > other->acked[3]))
        other->give_up_at = now + HOLD_LIMIT;
    for (size_t i = 0; i < SERIES && !is_unknown; i++)
        other->acked[i] = numbers[i] > other->acked[i] ? numbers[i] : other->acked[i];
    if (!other->is_known)
        room_data_send_sync(data, other, now);
    if ((has_progressed || is_sync) && !other->has_no_room) {
        other->repeat_delay = REPEAT_FIRST;
        other->repeat_at = now + REPEAT_FIRST;
    }
    bool has_news = has_progressed || (is_sync && !other->has_synced);
    other->has_synced = other->has_synced || is_sync;
    other->has_taken = other->has_taken || has_progressed;
    other->is_given_up = other->is_given_up && !has_progressed;
    if (has_progressed && !is_behind && other->catches_up)
        send_next_batch(data, other, now); /* also if it syncs because something came before its turn */
    else if (is_sync)
        answer_sync(data, other, is_behind, now);
    if (has_news)
        prune(data, now);
}

static void take(struct room_data *data, struct other *other, const struct envelope *envelope, usec_t now)
{
    uint32_t numbers[SERIES];
    if (envelope->kind == ENVELOPE_MESSAGE) {
        room_data_take_message(data, other, envelope, now);
        return;
    }
    if (envelope->kind == ENVELOPE_ROOM) {
        if (envelope->payload.length == 4 + 4 * SERIES)
            take_room(data, other, envelope->payload.data, now);
        return;
    }
    if (envelope->payload.length != 4 * SERIES)
        return;
    for (size_t i = 0; i < SERIES; i++)
        numbers[i] = get_u32(envelope->payload.data + 4 * i);
    if (envelope->kind == ENVELOPE_BEGIN)
        room_data_begin(data, other, numbers);
    else
        take_numbers(data, other, numbers, envelope->kind == ENVELOPE_SYNC, now);
}

/* Who is in the room, and not at the router at this moment, is on its way between the router and a Mesh: it gets what
 * is reliable a little later. */
static void take_refusal(struct room_data *data, const char *name, const struct envelope *envelope)
{
    char topic[ENVELOPE_TOPIC_MAX + 1];
    copy_text(envelope->topic, topic);
    if (strcmp(topic, "no-such-target") == 0 && find(data, name) != NULL)
        return;
    data->outlet.tell(data->outlet.user,
                      &(struct room_data_event){.type = ROOM_DATA_REFUSED, .name = name, .topic = topic});
}

void room_data_receive(struct room_data *data, const char *from, struct span frame, usec_t now)
{
    struct envelope envelope;
    bool is_router = from[0] == '\0';
    while (frame.length > 0 && envelope_read(&frame, &envelope) == 0) {
        char name[PARTICIPANT_ID_MAX + 1];
        copy_text(envelope.name, name);
        struct other *other = find_sender(data, is_router ? name : from);
        bool is_of_router = envelope.kind == ENVELOPE_REFUSED || envelope.kind == ENVELOPE_ROOM;
        if (envelope.kind == ENVELOPE_REFUSED && is_router)
            take_refusal(data, name, &envelope);
        else if (other != NULL && envelope.kind != ENVELOPE_REFUSED && (is_router || !is_of_router))
            take(data, other, &envelope, now);
    }
}

/* Time. */

usec_t room_data_next(const struct room_data *data)
{
    usec_t next = usec_min(data->ack_at, data->hold_at);
    for (size_t i = 0; i < data->other_count; i++) {
        const struct other *other = data->others[i];
        next = usec_min(next, other->repeat_at);
        if (other->alone.was_full)
            next = usec_min(next, other->give_up_at);
    }
    return next;
}

/* Where no way leads now, they are tried again. */
static void send_acks(struct room_data *data, usec_t now)
{
    data->ack_at = USEC_NEVER;
    for (size_t i = 0; i < data->other_count; i++) {
        struct other *other = data->others[i];
        other->owes_ack = other->owes_ack && !room_data_send_control(data, ENVELOPE_ACK, other->id, other->received);
        if (other->owes_ack)
            data->ack_at = now + SYNC_INTERVAL;
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
    begin_resending(data, other, now);
    other->repeat_delay = usec_min(2 * other->repeat_delay, REPEAT_LAST);
    other->repeat_at = has_pending(data, other) ? now + other->repeat_delay : USEC_NEVER;
}

void room_data_timeout(struct room_data *data, usec_t now)
{
    if (now >= data->ack_at)
        send_acks(data, now);
    if (now >= data->hold_at)
        room_data_look_who_holds_up(data, now);
    for (size_t i = 0; i < data->other_count; i++) {
        struct other *other = data->others[i];
        if (other->alone.was_full && now >= other->give_up_at)
            room_data_give_up_alone(data, other);
        if (now >= other->repeat_at)
            repeat(data, other, now);
    }
    prune(data, now);
}
