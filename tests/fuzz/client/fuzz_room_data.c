/* Frames of data channels that come to a client which sends, too, from the router and from a participant. The input is
 * a list of {from whom and what: 1 byte, hundredths of a second: 1 byte, length: 2 bytes, frame}. */
#include <stddef.h>
#include <stdint.h>

#include "client/call/room_data.h"
#include "tests/support/pieces.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IS_DIRECT = 1, SENDS = 2, LOSES = 4 };

static bool is_open;

static bool on_transmit(void *user, const char *to, enum envelope_policy policy, const uint8_t *frame, size_t length)
{
    struct span rest = {frame, length};
    struct envelope envelope;
    (void)user, (void)to, (void)policy;
    CHECK(envelope_read(&rest, &envelope) == 0 && rest.length == 0);
    return is_open;
}

static void on_tell(void *user, const struct room_data_event *event)
{
    (void)user;
    CHECK(event->name != NULL && event->topic != NULL && event->payload.length <= ENVELOPE_PAYLOAD_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ids[] = {"p1", "p2"};
    const struct room_data_outlet outlet = {.transmit = on_transmit, .tell = on_tell};
    struct room_data *room = room_data_new(&outlet);
    struct pieces pieces = {data, size};
    struct piece piece;
    usec_t now = USEC_PER_SEC;
    room_data_set_others(room, ids, 2, now);
    room_data_opened(room, "", now);
    while (pieces_next(&pieces, 4, ENVELOPE_FRAME_MAX, &piece)) {
        now += usec_from_ms(10 * piece.head[1]);
        is_open = (piece.head[0] & LOSES) == 0;
        for (unsigned i = 0; i < ((piece.head[0] & SENDS) != 0 ? 3 : 0); i++)
            (void)room_data_send(room, i == 1 ? "p2" : "", "t", (enum envelope_policy)i, (struct span){data, 1}, now);
        room_data_receive(room, (piece.head[0] & IS_DIRECT) != 0 ? "p1" : "", (struct span){piece.data, piece.length},
                          now);
        if (room_data_next(room) <= now)
            room_data_timeout(room, now);
        CHECK(room_data_waiting(room) <= 1000);
    }
    room_data_free(room);
    return 0;
}
