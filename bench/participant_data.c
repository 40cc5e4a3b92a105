#include "bench/participant_data.h"

#include <stdlib.h>
#include <string.h>

#include "client/call/room_data.h"
#include "client/rtp/frame_queue.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define SAMPLE_EVERY 4
#define RETRY (1 * USEC_PER_MSEC) /* when the channel's buffer was full */
#define IS_MESSAGE(flags) (((flags)&7) == ENVELOPE_MESSAGE)

struct bench_participant_data {
    struct message_source source;
    struct room_data *messages;
    struct frame_queue waiting; /* frames that SCTP has no room for yet */
    bool must_wait;             /* before the next message: too many are to be acknowledged */
    usec_t arrival;             /* of what is being received */
    usec_t retry_at;
    uint32_t *highest; /* of what came, by sender */
    size_t highest_count;
};

/* To one go messages that it lacks. */
static bool on_transmit(void *user, const char *to, enum envelope_policy policy, const uint8_t *frame, size_t length)
{
    struct bench_participant *participant = user;
    participant->host->totals.messages_again += to[0] != '\0' && IS_MESSAGE(frame[2]);
    frame_queue_push(&participant->data->waiting, policy, frame, length);
    return true;
}

/* Senders are known by their index. */
static uint32_t *find_highest(struct bench_participant_data *data, uint32_t sender)
{
    if (sender >= data->highest_count) {
        data->highest = mem_resize(data->highest, sender + 1, sizeof *data->highest);
        memset(data->highest + data->highest_count, 0, (sender + 1 - data->highest_count) * sizeof *data->highest);
        data->highest_count = sender + 1;
    }
    return &data->highest[sender];
}

static void count_message(struct bench_participant *participant, struct span payload)
{
    struct bench_participant_totals *totals = &participant->host->totals;
    struct message_source_mark mark;
    if (!message_source_read(payload, &mark) || mark.sender >= SWARM_CLIENTS_MAX)
        return;
    uint32_t *highest = find_highest(participant->data, mark.sender);
    totals->messages_received++;
    if (mark.number > *highest) {
        totals->messages_lost += mark.number - *highest - 1;
        *highest = mark.number;
    } else {
        totals->messages_lost--; /* it is late, and was counted */
    }
    if (mark.number % SAMPLE_EVERY == 0)
        delays_add(&participant->host->message_delays, participant->data->arrival - mark.sent_at);
}

static void on_tell(void *user, const struct room_data_event *event)
{
    struct bench_participant *participant = user;
    if (event->type == ROOM_DATA_MESSAGE)
        count_message(participant, event->payload);
    else if (event->type == ROOM_DATA_READY)
        participant->data->must_wait = false;
}

void bench_participant_open_data(struct bench_participant *participant, usec_t now)
{
    const struct room_data_outlet outlet = {.transmit = on_transmit, .tell = on_tell, .user = participant};
    uint16_t port = participant->negotiated.data.remote_port;
    if (port == 0)
        return;
    peer_enable_data(participant->peer, port, true, now);
    participant->data = mem_alloc(sizeof *participant->data);
    participant->data->messages = room_data_new(&outlet);
    message_source_init(&participant->data->source, participant->index);
}

void bench_participant_close_data(struct bench_participant *participant)
{
    if (participant->data == NULL)
        return;
    room_data_free(participant->data->messages);
    frame_queue_clear(&participant->data->waiting);
    free(participant->data->highest);
    free(participant->data);
    participant->data = NULL;
}

bool bench_participant_has_data(const struct bench_participant *participant)
{
    return participant->data != NULL && peer_data_is_open(participant->peer);
}

void bench_participant_meet(struct bench_participant *participant, const char *const *ids, size_t count, usec_t now)
{
    room_data_set_others(participant->data->messages, ids, count, now);
    room_data_opened(participant->data->messages, "", now);
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

void bench_participant_receive_data(struct bench_participant *participant, usec_t arrival)
{
    uint8_t frame[ASSOCIATION_MESSAGE_MAX];
    size_t length;
    if (participant->data == NULL)
        return;
    participant->data->arrival = arrival;
    while ((length = peer_data_receive(participant->peer, frame)) > 0)
        room_data_receive(participant->data->messages, "", (struct span){frame, length}, arrival);
}

static void take_due_messages(struct bench_participant *participant, usec_t now)
{
    struct bench_participant_data *data = participant->data;
    uint8_t payload[MESSAGE_SOURCE_SIZE_MAX];
    size_t length;
    while (!data->must_wait && (length = message_source_poll(&data->source, payload, clock_now())) > 0) {
        struct span span = {payload, length};
        data->must_wait = room_data_send(data->messages, "", "", data->source.config.policy, span, now) == ERR_AGAIN;
        if (data->must_wait)
            return;
        message_source_sent(&data->source);
        participant->host->totals.messages_sent++;
    }
}

static void pass_frames(struct bench_participant *participant, usec_t now)
{
    struct bench_participant_data *data = participant->data;
    const struct queued_frame *frame;
    while ((frame = frame_queue_first(&data->waiting)) != NULL) {
        if (peer_data_send(participant->peer, frame->data, frame->length, (enum association_policy)frame->policy) != 0)
            break;
        frame_queue_pop(&data->waiting);
    }
    data->retry_at = frame != NULL ? now + RETRY : USEC_NEVER;
}

usec_t bench_participant_send_data(struct bench_participant *participant, usec_t now)
{
    struct bench_participant_data *data = participant->data;
    if (room_data_next(data->messages) <= now)
        room_data_timeout(data->messages, now);
    take_due_messages(participant, now);
    pass_frames(participant, now);
    usec_t next = usec_min(data->retry_at, room_data_next(data->messages));
    return data->must_wait ? next : usec_min(next, message_source_next(&data->source));
}
