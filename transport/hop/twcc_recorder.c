#include "transport/hop/twcc_recorder.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/memory.h"

#define WINDOW 1024     /* sequence numbers that wait to be reported */
#define REPORT_MAX 400u /* statuses in one packet */

struct twcc_recorder {
    usec_t interval, last, next;
    bool started;
    int64_t first; /* not reported yet */
    int64_t end;   /* behind the newest */
    uint32_t media_ssrc;
    uint8_t feedback_count;
    usec_t *arrivals; /* 0: not received; by sequence modulo WINDOW; NULL until something comes */
};

struct twcc_recorder *twcc_recorder_new(usec_t interval)
{
    struct twcc_recorder *recorder = mem_alloc(sizeof *recorder);
    recorder->interval = interval;
    recorder->next = USEC_NEVER;
    return recorder;
}

void twcc_recorder_free(struct twcc_recorder *recorder)
{
    if (recorder == NULL)
        return;
    free(recorder->arrivals);
    free(recorder);
}

static usec_t *place(struct twcc_recorder *recorder, int64_t sequence)
{
    return &recorder->arrivals[(uint64_t)sequence % WINDOW];
}

static void start_at(struct twcc_recorder *recorder, int64_t sequence)
{
    memset(recorder->arrivals, 0, WINDOW * sizeof *recorder->arrivals);
    recorder->first = recorder->end = sequence;
}

void twcc_recorder_packet(struct twcc_recorder *recorder, uint16_t transport_sequence, uint32_t media_ssrc, usec_t now)
{
    if (!recorder->started) {
        recorder->started = true;
        recorder->arrivals = mem_array(WINDOW, sizeof *recorder->arrivals);
        start_at(recorder, transport_sequence);
    }
    int64_t sequence = seq_extend(transport_sequence, recorder->end);
    recorder->media_ssrc = media_ssrc;
    if (sequence < recorder->first) /* it was reported as lost already */
        return;
    if (sequence - recorder->first >= WINDOW)
        start_at(recorder, sequence);
    if (sequence >= recorder->end)
        recorder->end = sequence + 1;
    *place(recorder, sequence) = usec_max(now, 1);
    if (recorder->next == USEC_NEVER)
        recorder->next = usec_max(recorder->last + recorder->interval, now + recorder->interval / 4);
}

bool twcc_recorder_write(struct twcc_recorder *recorder, struct rtcp_writer *writer, uint32_t sender_ssrc, usec_t now)
{
    struct twcc_status status[REPORT_MAX];
    if (recorder->next > now || recorder->first == recorder->end)
        return false;
    size_t count = (size_t)(recorder->end - recorder->first);
    count = count < REPORT_MAX ? count : REPORT_MAX;
    for (size_t i = 0; i < count; i++) {
        usec_t arrival = *place(recorder, recorder->first + (int64_t)i);
        status[i] = (struct twcc_status){(uint16_t)(recorder->first + (int64_t)i), arrival != 0, arrival};
    }
    int written = twcc_write(writer, sender_ssrc, recorder->media_ssrc, recorder->feedback_count, status, count);
    if (written <= 0)
        return false;
    recorder->feedback_count++;
    recorder->last = now;
    for (int i = 0; i < written; i++)
        *place(recorder, recorder->first + i) = 0;
    recorder->first += written;
    if (recorder->first == recorder->end)
        recorder->next = USEC_NEVER; /* armed again by the next packet */
    return true;
}

usec_t twcc_recorder_next(const struct twcc_recorder *recorder)
{
    return recorder->next;
}
