#include "router/out/subscriber.h"

#include "transport/hop/keyframe_gate.h"
#include "transport/hop/repair_window.h"

#define RESEND_SPACING_LEAST (10 * USEC_PER_MSEC)
#define MAP_PLACES_MAX (4 * REPAIR_WINDOW) /* a second of 90 Mbit/s */
#define KEYFRAME_PLACES 64                 /* encodings of which it may have requested keyframes in the last seconds */
#define RTT_UNKNOWN (100 * USEC_PER_MSEC)

void subscriber_init(struct subscriber *subscriber, struct participant_common *common, usec_t now)
{
    *subscriber = (struct subscriber){.common = common, .maps.most = MAP_PLACES_MAX};
    map_init(&subscriber->slot_ssrcs);
    map_init(&subscriber->slot_mids);
    downlink_init(&subscriber->downlink, common->core->config.start_bps, now);
    egress_queue_init(&subscriber->egress, &common->agenda);
    budget_table_init(&subscriber->keyframes, KEYFRAME_PLACES, keyframe_requester_limit, common->core->text_seed);
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

void subscriber_changed(struct subscriber *subscriber, usec_t now)
{
    struct agenda_entry *agenda = &subscriber->common->agenda;
    subscriber->downlink.next_allocation = usec_min(subscriber->downlink.next_allocation, now);
    agenda_wake(agenda);
    if (agenda->is_ready)
        agenda_wake_by(agenda, now);
}
