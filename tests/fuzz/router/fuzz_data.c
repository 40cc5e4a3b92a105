/* Frames of data channels from two participants of a room of three, one of which reads only now and then. The input is
 * a list of {who and what: 1 byte, milliseconds: 1 byte, length: 2 bytes, frame}. */
#include <stddef.h>
#include <stdint.h>

#include "router/out/data_queue.h"
#include "router/relay.h"
#include "router/router.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SENDERS = 2, PARTICIPANTS = 3, SLOW = 4, CLOSES = 8 };

static void read_all(struct participant *participant)
{
    struct span frame;
    enum envelope_policy policy;
    while (participant_data_next(participant, &frame, &policy)) {
        CHECK(frame.length > 0 && frame.length <= ENVELOPE_FRAME_MAX);
        while (frame.length > 0) {
            struct envelope envelope;
            CHECK(envelope_read(&frame, &envelope) == 0);
            CHECK(envelope.policy == policy);
        }
        participant_data_sent(participant);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ids[] = {"p1", "p2", "p3"};
    struct router *router = router_new(&(struct router_config){.packet_limit = 16}, 1);
    struct participant *participants[PARTICIPANTS];
    struct pieces pieces = {data, size};
    struct piece piece;
    struct relay_outgoing outgoing;
    usec_t now = USEC_PER_SEC;
    for (uint64_t i = 0; i < PARTICIPANTS; i++) {
        CHECK(router_join(router, &participants[i], "room", ids[i], i + 1, now) == 0);
        participant_set_ready(participants[i], true, now);
        participant_set_data(participants[i], true);
    }
    participant_relay_to(participants[0], &(struct relay_endpoints){.count = 1, .numbers = {0}}, now);
    while (pieces_next(&pieces, 4, ENVELOPE_FRAME_MAX, &piece)) {
        now += usec_from_ms(piece.head[1]);
        struct participant *from = participants[piece.head[0] % SENDERS];
        if (participant_data_when(from, now) <= now)
            (void)participant_data(from, piece.data, piece.length, now);
        for (size_t i = 0; i < ((piece.head[0] & SLOW) != 0 ? SENDERS : PARTICIPANTS); i++)
            read_all(participants[i]);
        participant_set_data(participants[1], (piece.head[0] & CLOSES) == 0);
        while (router_poll_relay(router, &outgoing))
            router_relay_sent(router, true);
    }
    router_free(router);
    return 0;
}
