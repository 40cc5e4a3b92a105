#include "tests/support/viewer.h"

#include <stdio.h>

#include "transport/base/bytes.h"
#include "transport/wire/rtcp.h"

static void read_extensions(struct viewed_packet *packet, const struct extension_values *values, const uint8_t *data)
{
    const uint8_t *mid = data + values->at[EXTENSION_MID].offset;
    const uint8_t *level = data + values->at[EXTENSION_AUDIO_LEVEL].offset;
    const uint8_t *sequence = data + values->at[EXTENSION_TRANSPORT_SEQUENCE].offset;
    snprintf(packet->mid, sizeof packet->mid, "%.*s", values->at[EXTENSION_MID].length, (const char *)mid);
    packet->audio_level = values->at[EXTENSION_AUDIO_LEVEL].length == 1 ? *level : -1;
    packet->transport_sequence = values->at[EXTENSION_TRANSPORT_SEQUENCE].length == 2 ? get_u16(sequence) : -1;
}

int viewed_packet_read(struct viewed_packet *packet, const struct extension_map *ids, uint8_t rtx_payload_type,
                       const uint8_t *data, size_t length)
{
    struct extension_values values;
    int error = rtp_parse(&packet->rtp, data, length);
    if (error == 0)
        error = extension_parse(&values, ids, data, &packet->rtp);
    if (error != 0)
        return error;
    read_extensions(packet, &values, data);
    packet->is_rtx = packet->rtp.payload_type == rtx_payload_type;
    packet->sequence = packet->rtp.sequence;
    packet->payload = data + packet->rtp.payload_offset;
    packet->payload_length = packet->rtp.payload_length;
    if (packet->is_rtx && packet->payload_length >= 2) {
        packet->sequence = get_u16(packet->payload);
        packet->payload += 2;
        packet->payload_length -= 2;
    }
    return 0;
}

size_t viewer_write_sign(uint8_t out[VIEWER_SIGN_MAX], uint32_t pli_ssrc)
{
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, VIEWER_SIGN_MAX);
    rtcp_write_rr(&writer, 1, NULL, 0);
    if (pli_ssrc != 0)
        rtcp_write_pli(&writer, 1, pli_ssrc);
    return writer.length;
}
