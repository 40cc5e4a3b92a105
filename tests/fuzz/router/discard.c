#include "tests/fuzz/router/discard.h"

void discard_output(struct router *router, usec_t now)
{
    struct participant *participant;
    struct router_event event;
    uint8_t out[PACKET_CAPACITY];
    while ((participant = router_poll(router)) != NULL) {
        const struct egress *items;
        size_t count = participant_egress(participant, &items, now);
        for (size_t i = 0; i < count; i++)
            participant_write(participant, &items[i], out, now);
        participant_sent(participant, now);
        while (participant_poll_rtcp(participant, out, sizeof out) > 0)
            ;
    }
    while (router_poll_event(router, &event))
        ;
}
