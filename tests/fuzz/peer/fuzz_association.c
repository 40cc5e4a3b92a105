/* SCTP packets of a peer that may send anything, on an association that is connecting or open, and what the data
 * channels above make of it. The input is a list of {milliseconds and flags: 1 byte, length: 2 bytes, packet}. A packet
 * gets its checksum and, unless a flag says otherwise, the ports and the verification tag that belong to it: else
 * hardly any would be looked at. */
#include <stdlib.h>
#include <string.h>
#include <usrsctp.h>

#include "tests/support/pieces.h"
#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/peer/data_channels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 12, IS_RAW = 1, WAS_SENT = 2, PACKETS_MAX = 512 };

static usec_t now = USEC_PER_SEC; /* usrsctp's clock is one for all */
static uint32_t tag;              /* what the remote peer must write: of our INIT */

static void drain(struct data_channels *channels, struct data_channels *other)
{
    uint8_t packet[ASSOCIATION_PACKET_MAX];
    static uint8_t message[ASSOCIATION_MESSAGE_MAX];
    unsigned count = 0;
    size_t length;
    do {
        CHECK(data_channels_receive(channels, message) <= ASSOCIATION_MESSAGE_MAX);
        if ((length = data_channels_poll(channels, packet)) == 0)
            continue;
        CHECK(++count <= PACKETS_MAX && length <= sizeof packet);
        if (length >= 20 && packet[HEADER] == 1)
            tag = get_u32(packet + HEADER + 4);
        if (other != NULL)
            data_channels_input(other, packet, length, now);
    } while (length > 0);
}

static void open_both(struct data_channels *a, struct data_channels *b)
{
    for (unsigned i = 0; i < 8; i++) {
        drain(a, b);
        drain(b, a);
    }
}

static void put_le32(uint8_t *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> 8 * i);
}

static void input(struct data_channels *channels, const struct piece *piece)
{
    uint8_t packet[2048] = {0};
    size_t length = piece->length > sizeof packet ? sizeof packet : piece->length;
    memcpy(packet, piece->data, length);
    if (length >= HEADER && (piece->head[0] & IS_RAW) == 0) {
        put_u16(packet, ASSOCIATION_PORT);
        put_u16(packet + 2, ASSOCIATION_PORT);
        put_u32(packet + 4, packet[HEADER] == 1 ? 0 : tag);
        put_u32(packet + 8, 0);
        put_le32(packet + 8, usrsctp_crc32c(packet, length));
    }
    data_channels_input(channels, packet, length, now);
}

static void talk(struct pieces pieces, bool is_open)
{
    struct data_channels *ours = data_channels_new(ASSOCIATION_PORT, false, true, now);
    struct data_channels *theirs = is_open ? data_channels_new(ASSOCIATION_PORT, true, true, now) : NULL;
    struct piece piece;
    if (is_open)
        open_both(ours, theirs);
    else
        drain(ours, NULL);
    while (pieces_next(&pieces, 3, 2048, &piece)) {
        now += usec_from_ms(piece.head[0] >> 2);
        if (data_channels_next(ours) <= now)
            data_channels_timeout(ours, now);
        input(ours, &piece);
        drain(ours, (piece.head[0] & WAS_SENT) != 0 ? theirs : NULL);
        (void)data_channels_send(ours, piece.data, piece.length > 0 ? 1 : 0, ASSOCIATION_ORDERED);
    }
    data_channels_free(ours);
    data_channels_free(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    talk((struct pieces){data, size}, false);
    talk((struct pieces){data, size}, true);
    return 0;
}
