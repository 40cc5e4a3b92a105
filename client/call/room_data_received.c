#include "client/call/room_data_received.h"

#include "client/call/room_data_out.h"

#define ACK_DELAY (50 * USEC_PER_MSEC)

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

/* Notes the message; whether it is to be delivered now. One that comes before its turn will come again. */
static bool is_news(struct other *other, const struct envelope *envelope)
{
    unsigned series = envelope_series(envelope);
    uint32_t received = other->received[series], sequence = envelope->sequence;
    if (envelope->policy == ENVELOPE_ORDERED) {
        other->received[series] += sequence == received + 1;
        return sequence == received + 1;
    }
    if (sequence <= received || sequence - received > ALL_MESSAGES)
        return false;
    bool was_here = take_early(other, series / 2, sequence);
    other->early[series / 2][sequence % WINDOW / 64] |= UINT64_C(1) << sequence % 64;
    advance(other, series);
    return !was_here;
}

static void deliver(struct room_data *data, const struct other *from, const struct envelope *envelope)
{
    char topic[ENVELOPE_TOPIC_MAX + 1];
    copy_text(envelope->topic, topic);
    data->outlet.tell(data->outlet.user, &(struct room_data_event){.type = ROOM_DATA_MESSAGE,
                                                                   .name = from->id,
                                                                   .topic = topic,
                                                                   .policy = envelope->policy,
                                                                   .is_private = envelope->is_private,
                                                                   .payload = envelope->payload});
}

void room_data_take_message(struct room_data *data, struct other *other, const struct envelope *envelope, usec_t now)
{
    bool is_reliable = envelope->policy != ENVELOPE_LOSSY;
    if (is_reliable &&
        (!other->is_known || envelope->sequence > other->received[envelope_series(envelope)] + ALL_MESSAGES ||
         (envelope->policy == ENVELOPE_ORDERED &&
          envelope->sequence > other->received[envelope_series(envelope)] + 1))) {
        room_data_send_sync(data, other, now);
        return;
    }
    if (is_reliable) {
        other->owes_ack = true;
        data->ack_at = usec_min(data->ack_at, now + ACK_DELAY);
    }
    if (!is_reliable || is_news(other, envelope))
        deliver(data, other, envelope);
}

void room_data_begin(struct room_data *data, struct other *other, const uint32_t *numbers)
{
    bool is_loss = false;
    for (unsigned i = 0; i < SERIES; i++) {
        is_loss = is_loss || (other->is_known && other->received[i] < numbers[i]);
        if (other->received[i] >= numbers[i])
            continue;
        if (i % 2 == 1) /* what came early and is now behind */
            for (uint32_t n = 1; n <= ALL_MESSAGES && n <= numbers[i] - other->received[i]; n++)
                (void)take_early(other, i / 2, other->received[i] + n);
        other->received[i] = numbers[i];
        if (i % 2 == 1)
            advance(other, i);
    }
    other->is_known = true;
    if (is_loss)
        room_data_tell_lost(data, other);
}
