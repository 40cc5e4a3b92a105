#include "router/room/due.h"

#include "router/choose/bandwidth.h"
#include "router/in/encoding.h"

usec_t due_next_tick(const struct participant *participant)
{
    return participant->common.agenda.is_idle ? USEC_NEVER
                                              : usec_min(participant->next_report, participant->next_review);
}

static usec_t next_of_encodings(const struct participant *participant)
{
    usec_t next = USEC_NEVER;
    for (const struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++)
            next = usec_min(next, encoding_next(&p->encodings[i]));
    return next;
}

void due_schedule(struct participant *participant)
{
    usec_t next = due_next_tick(participant);
    if (participant->subscriber.has_requests)
        next = usec_min(next, participant->subscriber.requests_at);
    if (participant->common.agenda.is_ready) {
        next = usec_min(next, twcc_recorder_next(participant->publisher.twcc));
        if (!participant->common.agenda.is_idle)
            next = usec_min(next, bandwidth_next(&participant->subscriber));
        next = usec_min(next, egress_queue_next(&participant->subscriber.egress));
    }
    if (participant->common.agenda.is_ready || participant->publisher.is_relayed)
        next = usec_min(next, next_of_encodings(participant));
    schedule_set(&participant->common.core->agenda.schedule, &participant->common.agenda.timer, next);
}
