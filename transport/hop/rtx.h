/* Retransmission payloads (RFC 4588 section 4): the original sequence number (OSN) is before the payload. */
#ifndef HEDDLE_HOP_RTX_H
#define HEDDLE_HOP_RTX_H

#include "transport/wire/packet.h"

/* Turns an RTX packet into the original, in place: SSRC, payload type and sequence number are restored in the bytes and
 * in packet->rtp, the payload moves over the OSN. ERR_TRUNCATED: no OSN (a padding probe: not an error
 * of the sender). */
int rtx_unwrap(struct packet *packet, uint32_t media_ssrc, uint8_t media_payload_type);

#endif
