/* When a slot requests a keyframe of the publisher: because it needs one, because its receiver asks for one, and
 * because its receiver should. */
#include "router/out/slot_parts.h"

#define ON_ITS_WAY_MAX (500 * USEC_PER_MSEC)

void slot_request_keyframe(struct slot *slot, struct encoding *encoding, usec_t now)
{
    if (!encoding_can_use_keyframe(encoding) ||
        (encoding->gate.is_requested && slot->keyframe_request.encoding == encoding->id &&
         slot->keyframe_request.occasion == encoding->gate.occasions) ||
        !subscriber_take_keyframe(slot->subscriber, encoding->id, now))
        return;
    encoding_request_keyframe(encoding, now);
    slot->keyframe_request.encoding = encoding->id;
    slot->keyframe_request.occasion = encoding->gate.occasions;
}

/* Whether a request came less than a round trip after a keyframe was sent, so that its sender cannot have received that
 * yet. Reports tell of a queue that grows only a second later. */
static bool is_on_its_way(const struct slot *slot, usec_t now)
{
    const struct subscriber *subscriber = slot->subscriber;
    usec_t rtt = usec_max(subscriber->common->rtt, bwe_queue_time(subscriber->downlink.bwe));
    return slot->encoding != ENCODING_NONE && now - slot->keyframe_sent < usec_min(rtt, ON_ITS_WAY_MAX);
}

void slot_keyframe_requested(struct slot *slot, usec_t now)
{
    unrepaired_loss_clear(&slot->unrepaired);
    int encoding = slot->encoding != ENCODING_NONE ? slot->encoding : slot->target;
    if (slot->publication != NULL && encoding != ENCODING_NONE && !is_on_its_way(slot, now))
        slot_request_keyframe(slot, &slot->publication->encodings[encoding], now);
}

/* Receivers with transport-wide feedback are like browsers, and send PLIs. Others may even have lost the first
 * keyframe, since they drop what comes before they have the answer. */
void slot_reported(struct slot *slot, usec_t now)
{
    bool is_first = !slot->mid_is_known;
    slot->mid_is_known = true;
    if (!slot_is_plain(slot) || slot->encoding == ENCODING_NONE)
        return;
    slot_answer_last_nack_again(slot, now);
    unrepaired_loss_report(&slot->unrepaired, slot->stream.newly_lost, now);
    if (bwe_is_overusing(slot->subscriber->downlink.bwe)) /* a keyframe would be lost, too */
        return;
    if (unrepaired_loss_take(&slot->unrepaired, now) || is_first)
        slot_keyframe_requested(slot, now);
}
