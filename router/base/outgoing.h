/* Packets to be sent: shared bytes, how each receiver's copy differs, and where its pieces lie. */
#ifndef HEDDLE_ROUTER_BASE_OUTGOING_H
#define HEDDLE_ROUTER_BASE_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/bytes.h"
#include "transport/wire/packet.h"

#define PACKET_PARTS_MAX 5

struct slot;

/* How one receiver's copy of a packet differs from the shared bytes. */
struct rewrite {
    uint32_t ssrc;
    uint32_t timestamp;
    uint16_t sequence;
    uint8_t payload_type;
    bool marker;
    bool is_retransmission; /* RTX: `original_sequence` goes before the payload */
    uint16_t original_sequence;
    uint8_t patch_length;  /* the payload's first bytes are replaced by `patch` (payload descriptors)... */
    uint16_t patch_covers; /* ...which stand for this many bytes of the original */
    uint8_t patch[24];
    bool has_frame_number; /* replaces that of the dependency descriptor, which is copied otherwise */
    uint16_t frame_number;
    uint8_t padding; /* RTP padding to add: 0..255 bytes, the count byte included */
};
/* Packets that go to one receiver at once, at most. Its socket has to hold them, and what comes until they are read:
 * by default Linux gives it 208 kB, and takes 0.8 kB of that for the smallest packet and 2.3 kB for a full one. */
#define EGRESS_BURST 50
struct egress {
    struct packet *packet; /* NULL: padding only */
    struct slot *slot;     /* that it goes out on: router/out's, and only named here */
    struct rewrite rewrite;
    int probe_cluster; /* 0: none */
    bool is_urgent;    /* audio and retransmissions: the pacer does not delay them */
};

/* One receiver's copy of a packet in pieces: header, patch and payload. Borrows the item and its packet. */
struct packet_image {
    uint8_t header[384]; /* with CSRCs and extensions */
    size_t header_length;
    struct span parts[PACKET_PARTS_MAX];
    size_t part_count;
    size_t length; /* of all */
    uint8_t original_sequence[2];
    uint8_t padding; /* 0: none */
};

/* Adds bytes, which are borrowed. */
static inline void packet_image_add(struct packet_image *image, const uint8_t *data, size_t length)
{
    if (length == 0)
        return;
    image->parts[image->part_count++] = (struct span){data, length};
    image->length += length;
}

/* Adds RTP padding as the last part; call at most once. The image must not be moved or copied afterwards. */
static inline void packet_image_pad(struct packet_image *image, uint8_t padding)
{
    static const uint8_t zeros[UINT8_MAX];
    if (padding == 0)
        return;
    image->header[0] |= RTP_PADDING_BIT;
    image->padding = padding;
    packet_image_add(image, zeros, padding - 1u);
    packet_image_add(image, &image->padding, 1);
}

#endif
