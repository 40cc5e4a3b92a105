/* Messages that participants of a room send each other by data channels. */
#include <string.h>

#include "router/relay/relay_queue.h"
#include "router/room/data.h"
#include "router/router.h"
#include "transport/base/error.h"

/* What one participant may send. A participant that is over it waits (participant_data_when). */
static const struct budget_limit message_limit = {.per_second = 2000, .burst = 2000};
static const struct budget_limit byte_limit = {.per_second = 2 << 20, .burst = 2 << 20};
/* What that may cost: bytes to all who get them. In a room of 50 it leaves a sender 340 kB/s. */
static const struct budget_limit copy_limit = {.per_second = 16 << 20, .burst = 8 << 20};
static const struct budget_limit refusal_limit = {.per_second = 10, .burst = 10};

usec_t participant_data_when(const struct participant *participant, usec_t now)
{
    const struct data_side *data = &participant->data;
    usec_t when =
        usec_max(budget_when(&data->messages, &message_limit, 1, now), budget_when(&data->bytes, &byte_limit, 1, now));
    return usec_max(when, budget_when(&data->copies, &copy_limit, 1, now));
}

/* Queues the envelope for one participant; whether it did. */
static bool queue(struct participant *to, const struct envelope *envelope)
{
    if (!to->data.is_open)
        return false;
    if (!data_queue_push(&to->subscriber.data, envelope)) {
        to->common.stats.data_drops++;
        return false;
    }
    to->common.stats.data_out++;
    agenda_hold(&to->common.agenda);
    return true;
}

static void refuse(struct participant *participant, const struct envelope *given, const char *code, usec_t now)
{
    const struct envelope refusal = {.kind = ENVELOPE_REFUSED,
                                     .is_private = given->is_private,
                                     .sequence = given->sequence,
                                     .name = given->name,
                                     .topic = {(const uint8_t *)code, strlen(code)}};
    participant->common.stats.data_refused++;
    if (budget_take(&participant->data.refusals, &refusal_limit, 1, now))
        (void)queue(participant, &refusal);
}

/* Tells a sender, on whichever core it is, what of it was dropped, and how many bytes there is room for at `of`. */
static void tell_room(const struct participant *of, const struct data_held *held, size_t bytes)
{
    uint8_t payload[4 + 4 * ENVELOPE_SERIES], whole[ENVELOPE_HEAD_MAX + sizeof payload];
    const struct participant *to = room_find_participant(of->room, held->id);
    const struct envelope envelope = {.kind = ENVELOPE_ROOM,
                                      .name = {(const uint8_t *)held->id, strlen(held->id)},
                                      .payload = {payload, sizeof payload}};
    put_u32(payload, (uint32_t)bytes);
    for (size_t i = 0; i < ENVELOPE_SERIES; i++)
        put_u32(payload + 4 + 4 * i, held->first[i]);
    if (to == NULL)
        return;
    if (to->publisher.is_relayed)
        (void)relay_data(&of->publisher, (struct span){whole, envelope_write(&envelope, whole)});
    else
        (void)data_deliver(of, &envelope);
}

/* All at once, and each a part of the room that there is. */
static void release_senders(struct participant *of)
{
    struct data_held held;
    size_t count = of->subscriber.data.held_count;
    while (data_queue_release(&of->subscriber.data, &held))
        tell_room(of, &held, data_queue_room(&of->subscriber.data) / count);
}

static void note_dropped(struct data_held *held, const struct envelope *envelope)
{
    uint32_t *first = &held->first[envelope_series(envelope)];
    *first = *first == 0 || envelope->sequence < *first ? envelope->sequence : *first;
}

/* What is reliable of a sender comes in its order, or not at all until it is sent again. What only says how far
 * somebody got is not held up by that. */
static bool give(const struct participant *from, struct participant *to, const struct envelope *envelope)
{
    struct data_queue *waiting = &to->subscriber.data;
    if (envelope->kind != ENVELOPE_MESSAGE || envelope->policy == ENVELOPE_LOSSY || !to->data.is_open)
        return queue(to, envelope);
    struct data_held *held = data_queue_find_held(waiting, from->common.id);
    bool is_first = held == NULL;
    if (is_first && queue(to, envelope))
        return true;
    to->common.stats.data_drops += !is_first; /* queue() counted the first */
    if (is_first)
        held = data_queue_hold(waiting, from->common.id);
    if (held == NULL)
        return false;
    note_dropped(held, envelope);
    if (is_first)
        tell_room(to, held, 0);
    return false;
}

static struct participant *find(const struct room *room, struct span name)
{
    char id[PARTICIPANT_ID_MAX + 1];
    memcpy(id, name.data, name.length);
    id[name.length] = '\0';
    return room_find_participant(room, id);
}

/* To all who are connected to this core, but the sender. Returns how many got it. */
static size_t give_all(const struct participant *from, const struct envelope *delivered)
{
    size_t count = 0;
    for (struct participant *to = from->room->participants; to != NULL; to = to->next)
        if (to != from && !to->publisher.is_relayed)
            count += give(from, to, delivered);
    return count;
}

/* Those of other cores, each of which gets a copy there. */
static size_t count_elsewhere(const struct room *room)
{
    size_t count = 0;
    for (const struct participant *to = room->participants; to != NULL; to = to->next)
        count += to->publisher.is_relayed;
    return count;
}

size_t data_deliver(const struct participant *from, const struct envelope *envelope)
{
    struct envelope delivered = *envelope;
    delivered.name = (struct span){(const uint8_t *)from->common.id, strlen(from->common.id)};
    if (envelope->name.length == 0)
        return give_all(from, &delivered);
    struct participant *to = find(from->room, envelope->name);
    return to != NULL && to != from && !to->publisher.is_relayed && give(from, to, &delivered);
}

/* `whole`: the envelope as it came. */
static void forward(struct participant *from, const struct envelope *envelope, struct span whole, usec_t now)
{
    const struct participant *to = envelope->name.length > 0 ? find(from->room, envelope->name) : NULL;
    bool is_to_all = envelope->name.length == 0, is_elsewhere = to == NULL || to->publisher.is_relayed;
    size_t copies = data_deliver(from, envelope);
    if (is_elsewhere) {
        size_t cores = relay_data(&from->publisher, whole);
        copies += is_to_all && cores > 0 ? count_elsewhere(from->room) : cores;
    }
    if (to == from || (copies == 0 && to == NULL && !is_to_all && envelope->kind == ENVELOPE_MESSAGE))
        refuse(from, envelope, "no-such-target", now);
    budget_charge(&from->data.copies, &copy_limit, copies * whole.length, now);
}

/* Numbers go to one; and what is refused is for us to say. */
static bool is_permitted(const struct envelope *envelope)
{
    bool is_numbers =
        envelope->kind == ENVELOPE_ACK || envelope->kind == ENVELOPE_SYNC || envelope->kind == ENVELOPE_BEGIN;
    return envelope->kind == ENVELOPE_MESSAGE || (is_numbers && envelope->name.length > 0);
}

int participant_data(struct participant *participant, const uint8_t *data, size_t length, usec_t now)
{
    struct span frame = {data, length};
    participant->common.core->agenda.now = now;
    budget_charge(&participant->data.bytes, &byte_limit, length, now);
    while (frame.length > 0) {
        struct envelope envelope;
        struct span whole = frame;
        int error = envelope_read(&frame, &envelope);
        if (error == 0 && !is_permitted(&envelope))
            error = ERR_INVALID;
        if (error != 0) {
            refuse(participant, &(struct envelope){0}, "bad-message", now);
            return error;
        }
        whole.length -= frame.length;
        participant->common.stats.data_in++;
        budget_charge(&participant->data.messages, &message_limit, 1, now);
        forward(participant, &envelope, whole, now);
    }
    return 0;
}

bool participant_data_next(const struct participant *participant, struct span *frame, enum envelope_policy *policy)
{
    return participant->data.is_open && data_queue_front(&participant->subscriber.data, frame, policy);
}

void participant_data_sent(struct participant *participant)
{
    struct data_queue *waiting = &participant->subscriber.data;
    data_queue_pop(waiting);
    if (waiting->held_count > 0 && data_queue_room(waiting) >= DATA_QUEUE_RELIABLE_MAX / 2)
        release_senders(participant);
}

void participant_set_data(struct participant *participant, bool is_open)
{
    participant->data.is_open = is_open;
    data_queue_clear(&participant->subscriber.data); /* its sender, or what comes after it, is another channel's */
    if (is_open)
        release_senders(participant);
}
