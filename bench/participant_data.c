#include "bench/participant_data.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define ACK_DELAY (50 * USEC_PER_MSEC)
#define SAMPLE_EVERY 4
#define RETRY (1 * USEC_PER_MSEC) /* when the channel's buffer was full */

/* What was received of one sender. */
struct heard {
    char id[PARTICIPANT_ID_MAX + 1];
    uint32_t highest;
    bool is_owed; /* an acknowledgement */
};

struct bench_participant_data {
    struct message_source source;
    usec_t retry_at, ack_at;
    size_t heard_count;
    struct heard *heard; /* by sender */
};

void bench_participant_open_data(struct bench_participant *participant, usec_t now)
{
    uint16_t port = participant->negotiated.data.remote_port;
    if (port == 0)
        return;
    peer_enable_data(participant->peer, port, true, now);
    participant->data = mem_alloc(sizeof *participant->data);
    participant->data->ack_at = USEC_NEVER;
    message_source_init(&participant->data->source, participant->index);
}

void bench_participant_close_data(struct bench_participant *participant)
{
    if (participant->data != NULL)
        free(participant->data->heard);
    free(participant->data);
}

bool bench_participant_has_data(const struct bench_participant *participant)
{
    return participant->data != NULL && peer_data_is_open(participant->peer);
}

void bench_participant_set_messages(struct bench_participant *participant, const struct message_source_config *messages,
                                    usec_t now)
{
    if (messages == NULL)
        message_source_stop(&participant->data->source);
    else /* not all at the same moment */
        message_source_start(&participant->data->source, messages,
                             now + (usec_t)rng_below(&participant->rng, USEC_PER_SEC / messages->per_second));
}

/* Grows the list until the sender is on it: senders are known by their index. */
static struct heard *find_heard(struct bench_participant_data *data, uint32_t sender, struct span id)
{
    if (sender >= data->heard_count) {
        data->heard = mem_resize(data->heard, sender + 1, sizeof *data->heard);
        memset(data->heard + data->heard_count, 0, (sender + 1 - data->heard_count) * sizeof *data->heard);
        data->heard_count = sender + 1;
    }
    struct heard *heard = &data->heard[sender];
    if (heard->id[0] == '\0')
        memcpy(heard->id, id.data, id.length);
    return heard;
}

static void count_message(struct bench_participant *participant, const struct envelope *envelope, usec_t arrival)
{
    struct bench_participant_data *data = participant->data;
    struct bench_participant_totals *totals = &participant->host->totals;
    struct message_source_mark mark;
    if (!message_source_read(envelope->payload, &mark) || mark.sender >= SWARM_CLIENTS_MAX)
        return;
    struct heard *heard = find_heard(data, mark.sender, envelope->name);
    totals->messages_received++;
    if (mark.number > heard->highest) {
        totals->messages_lost += mark.number - heard->highest - 1;
        heard->highest = mark.number;
    } else {
        totals->messages_lost--; /* it is late, and was counted */
    }
    if (mark.number % SAMPLE_EVERY == 0)
        delays_add(&participant->host->message_delays, arrival - mark.sent_at);
    if (envelope->policy == ENVELOPE_LOSSY)
        return;
    heard->is_owed = true;
    data->ack_at = usec_min(data->ack_at, arrival + ACK_DELAY);
}

void bench_participant_receive_data(struct bench_participant *participant, usec_t arrival)
{
    uint8_t bytes[ASSOCIATION_MESSAGE_MAX];
    size_t length;
    while (participant->data != NULL && (length = peer_data_receive(participant->peer, bytes)) > 0) {
        struct span frame = {bytes, length};
        struct envelope envelope;
        while (frame.length > 0 && envelope_read(&frame, &envelope) == 0)
            if (envelope.kind == ENVELOPE_MESSAGE)
                count_message(participant, &envelope, arrival);
    }
}

/* Each in a frame of its own, as clients send them. */
static void send_acknowledgements(struct bench_participant *participant)
{
    struct bench_participant_data *data = participant->data;
    for (size_t i = 0; i < data->heard_count; i++) {
        struct heard *heard = &data->heard[i];
        uint8_t numbers[16] = {0}, out[ENVELOPE_HEAD_MAX + sizeof numbers];
        const struct envelope ack = {.kind = ENVELOPE_ACK,
                                     .name = {(const uint8_t *)heard->id, strlen(heard->id)},
                                     .payload = {numbers, sizeof numbers}};
        put_u32(numbers, heard->highest);
        if (heard->is_owed)
            (void)peer_data_send(participant->peer, out, envelope_write(&ack, out), ASSOCIATION_ORDERED);
        heard->is_owed = false;
    }
    data->ack_at = USEC_NEVER;
}

static usec_t send_messages(struct bench_participant *participant, usec_t now)
{
    struct bench_participant_data *data = participant->data;
    uint8_t out[ENVELOPE_MAX];
    size_t length;
    if (data->retry_at > now)
        return data->retry_at;
    while ((length = message_source_poll(&data->source, out, clock_now())) > 0) {
        enum association_policy policy = (enum association_policy)data->source.config.policy;
        if (peer_data_send(participant->peer, out, length, policy) != 0) {
            data->retry_at = now + RETRY;
            return data->retry_at;
        }
        message_source_sent(&data->source);
        participant->host->totals.messages_sent++;
    }
    return message_source_next(&data->source);
}

usec_t bench_participant_send_data(struct bench_participant *participant, usec_t now)
{
    if (participant->data->ack_at <= now)
        send_acknowledgements(participant);
    return usec_min(participant->data->ack_at, send_messages(participant, now));
}
