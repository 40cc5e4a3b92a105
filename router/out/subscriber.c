#include "router/out/subscriber.h"

#include "transport/hop/keyframe_gate.h"
#include "transport/hop/repair_window.h"

#define RESEND_SPACING_LEAST (10 * USEC_PER_MSEC)
#define MAP_PLACES_MAX (4 * REPAIR_WINDOW) /* a second of 90 Mbit/s */
/* Encodings of which it may have requested keyframes in the last seconds: who leafs through a room of hundreds asks
 * each participant once or twice, and what finds no place waits. */
#define KEYFRAME_PLACES 512
#define RTT_UNKNOWN (100 * USEC_PER_MSEC)

void subscriber_init(struct subscriber *subscriber, struct participant_common *common, usec_t now)
{
    *subscriber = (struct subscriber){.common = common, .maps.most = MAP_PLACES_MAX};
    map_init(&subscriber->slot_ssrcs);
    map_init(&subscriber->slot_mids);
    downlink_init(&subscriber->downlink, common->core->config.start_bps, now);
    egress_queue_init(&subscriber->egress, &common->agenda);
    subscriber->transport_sequence = (uint16_t)rng_u32(&common->core->rng);
}

void subscriber_fini(struct subscriber *subscriber)
{
    egress_queue_fini(&subscriber->egress);
    downlink_fini(&subscriber->downlink);
    data_queue_fini(&subscriber->data);
    budget_table_fini(&subscriber->keyframes);
    map_fini(&subscriber->slot_ssrcs);
    map_fini(&subscriber->slot_mids);
}

void subscriber_say_bye(struct subscriber *subscriber, uint32_t ssrc)
{
    if (subscriber->bye_count == BYES_MAX)
        return; /* the receiver ends the stream by a timeout */
    subscriber->byes[subscriber->bye_count++] = ssrc;
    agenda_mark(&subscriber->common->agenda);
}

usec_t subscriber_resend_spacing(const struct subscriber *subscriber)
{
    usec_t rtt = subscriber->common->rtt > 0 ? subscriber->common->rtt : RTT_UNKNOWN;
    return usec_max(RESEND_SPACING_LEAST, rtt * 3 / 4);
}

bool subscriber_take_keyframe(struct subscriber *subscriber, uint32_t encoding_id, usec_t now)
{
    struct budget_table *budgets = &subscriber->keyframes;
    if (budgets->places == NULL) /* only viewers of videos pay for it */
        budget_table_init(budgets, KEYFRAME_PLACES, keyframe_requester_limit, subscriber->common->core->text_seed);
    if (budget_table_take(budgets, encoding_id, KEYFRAME_UNITS, now))
        return true;
    subscriber->common->stats.keyframes_refused++;
    return false;
}

void subscriber_changed(struct subscriber *subscriber, usec_t now)
{
    struct agenda_entry *agenda = &subscriber->common->agenda;
    subscriber->downlink.next_allocation = usec_min(subscriber->downlink.next_allocation, now);
    agenda_wake(agenda);
    if (agenda->is_ready)
        agenda_wake_by(agenda, now);
}
