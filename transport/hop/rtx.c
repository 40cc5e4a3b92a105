#include "transport/hop/rtx.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define OSN_SIZE 2

int rtx_unwrap(struct packet *packet, uint32_t media_ssrc, uint8_t media_payload_type)
{
    struct rtp_header *rtp = &packet->rtp;
    if (rtp->payload_length < OSN_SIZE)
        return ERR_TRUNCATED;
    uint8_t *payload = packet->data + rtp->payload_offset;
    rtp->sequence = get_u16(payload);
    rtp->ssrc = media_ssrc;
    rtp->payload_type = media_payload_type;
    size_t rest = (size_t)packet->length - rtp->payload_offset - OSN_SIZE;
    memmove(payload, payload + OSN_SIZE, rest);
    packet->length = (uint16_t)(packet->length - OSN_SIZE);
    rtp->payload_length = (uint16_t)(rtp->payload_length - OSN_SIZE);
    packet->data[1] = (uint8_t)((packet->data[1] & 0x80) | media_payload_type);
    put_u16(packet->data + 2, rtp->sequence);
    put_u32(packet->data + 8, media_ssrc);
    return 0;
}
