/* Messages between cores about a participant of a room on several cores (router/relay.h), and how they are written. All
 * numbers are in network byte order; a text is its length (1 byte) and its characters.
 *
 *   every message   version (1), kind (1), publisher (8)
 *   RELAY_PUBLISHER length of the state (2), the state (relay_state.h)
 *   RELAY_GONE      nothing more
 *   RELAY_MEDIA     encoding, flags (1: bit 0 is_retransmission), length of the packet (2), the RTP packet
 *   RELAY_REPORT    encoding, NTP time (8), RTP time (4), packets (4), bytes (4), wall clock (8)
 *   RELAY_KEYFRAME  encoding
 *   RELAY_DATA      length of the envelope (2), the envelope (transport/wire/envelope.h) as the publisher sent it
 *   RELAY_REQUEST   mid, asked (1), slots (2)
 *   "encoding" above: mid, index (1), SSRC (4)
 *
 * Private to the core. */
#ifndef HEDDLE_ROUTER_RELAY_RELAY_MESSAGE_H
#define HEDDLE_ROUTER_RELAY_RELAY_MESSAGE_H

#include <stdbool.h>

#include "transport/base/bytes.h"
#include "transport/wire/media.h"
#include "transport/wire/rtcp.h"

#define RELAY_VERSION 2
#define RELAY_HEAD_MAX 64 /* of any message, without the state or packet that follows */

enum relay_kind {
    /* From the origin. */
    RELAY_PUBLISHER = 1, /* its whole state; repeating it changes nothing */
    RELAY_GONE = 2,
    RELAY_MEDIA = 3,  /* a packet of an encoding */
    RELAY_REPORT = 4, /* an encoding's sender report */
    RELAY_DATA = 7,   /* a message of its data channel */
    /* To the origin. */
    RELAY_KEYFRAME = 5, /* a keyframe of an encoding is requested */
    RELAY_REQUEST = 6,  /* which encodings of a publication another core asks for, and how many slots show it there */
};

struct relay_message {
    enum relay_kind kind;
    uint64_t publisher; /* the origin's connection */
    /* What follows the head, borrowed: the state, the packet or the envelope. */
    struct span body;
    char mid[MEDIA_MID_MAX + 1]; /* of the publication's m-line */
    uint8_t encoding;
    uint32_t ssrc;          /* the encoding's */
    bool is_retransmission; /* it was sent again after a loss */
    struct rtcp_sender_info report;
    int64_t report_wall_us; /* when the report came */
    uint8_t asked;          /* encodings as bits */
    uint16_t slots;
};

/* Writes the head; `body` is to follow it. Returns the length, or ERR_NO_SPACE. RELAY_HEAD_MAX is enough. */
int relay_message_write(const struct relay_message *message, uint8_t *out, size_t capacity);
/* Reads a whole message, `length` bytes and no more. ERR_UNSUPPORTED: of another version or kind; ERR_TRUNCATED;
 * ERR_INVALID: too long, or a field has an impossible value. */
int relay_message_read(struct relay_message *message, const uint8_t *data, size_t length);

#endif
