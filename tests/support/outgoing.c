#include "tests/support/outgoing.h"

static bool write_next(struct outgoing *outgoing, usec_t now)
{
    struct participant *participant = outgoing->participant;
    if (outgoing->next < outgoing->count) {
        outgoing->length = participant_write(participant, &outgoing->items[outgoing->next++], outgoing->data, now);
        return true;
    }
    if (!outgoing->is_rtcp)
        participant_sent(participant);
    outgoing->is_rtcp = true;
    outgoing->length = participant_poll_rtcp(participant, outgoing->data, sizeof outgoing->data);
    return outgoing->length > 0;
}

bool outgoing_next(struct outgoing *outgoing, struct router *router, usec_t now)
{
    while (outgoing->participant == NULL || !write_next(outgoing, now)) {
        outgoing->participant = router_poll(router);
        if (outgoing->participant == NULL)
            return false;
        outgoing->is_rtcp = false;
        outgoing->next = 0;
        outgoing->count = participant_egress(outgoing->participant, &outgoing->items, now);
    }
    return true;
}
