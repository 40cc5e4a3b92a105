#include "transport/wire/rtp.h"

#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define EXTENSION_HEADER_SIZE 4

int rtp_parse_protected(struct rtp_header *header, const uint8_t *data, size_t length)
{
    *header = (struct rtp_header){0};
    if (length < RTP_HEADER_SIZE || length > UINT16_MAX)
        return ERR_TRUNCATED;
    if (data[0] >> 6 != 2)
        return ERR_INVALID;
    header->csrc_count = data[0] & 0x0f;
    header->marker = (data[1] & 0x80) != 0;
    header->payload_type = data[1] & 0x7f;
    header->sequence = get_u16(data + 2);
    header->timestamp = get_u32(data + 4);
    header->ssrc = get_u32(data + 8);
    size_t offset = RTP_HEADER_SIZE + 4u * header->csrc_count;
    if (data[0] & 0x10) {
        if (length < offset + EXTENSION_HEADER_SIZE)
            return ERR_TRUNCATED;
        header->extension_profile = get_u16(data + offset);
        header->extension_length = (uint16_t)(4u * get_u16(data + offset + 2));
        offset += EXTENSION_HEADER_SIZE;
        if (4u * (size_t)get_u16(data + offset - 2) > length - offset)
            return ERR_TRUNCATED;
        header->extension_offset = (uint16_t)offset;
        offset += header->extension_length;
    }
    if (length < offset)
        return ERR_TRUNCATED;
    header->payload_offset = (uint16_t)offset;
    header->payload_length = (uint16_t)(length - offset);
    return 0;
}

int rtp_parse(struct rtp_header *header, const uint8_t *data, size_t length)
{
    int error = rtp_parse_protected(header, data, length);
    if (error != 0 || (data[0] & RTP_PADDING_BIT) == 0)
        return error;
    /* The last byte counts the padding, itself included. */
    uint8_t padding = header->payload_length > 0 ? data[length - 1] : 0;
    if (padding == 0 || padding > header->payload_length)
        return ERR_INVALID;
    header->padding_length = padding;
    header->payload_length = (uint16_t)(header->payload_length - padding);
    return 0;
}

size_t rtp_header_length(const uint8_t *data, size_t length)
{
    if (length < RTP_HEADER_SIZE || data[0] >> 6 != 2)
        return 0;
    size_t needed = RTP_HEADER_SIZE + 4 * (size_t)(data[0] & 0x0f);
    if ((data[0] & 0x10) != 0) {
        if (length < needed + EXTENSION_HEADER_SIZE)
            return 0;
        needed += EXTENSION_HEADER_SIZE + 4 * (size_t)get_u16(data + needed + 2);
    }
    return needed <= length ? needed : 0;
}

enum packet_class packet_classify(const uint8_t *data, size_t length)
{
    if (length < 2)
        return PACKET_UNKNOWN;
    if (data[0] <= 3)
        return PACKET_STUN;
    if (data[0] >= 20 && data[0] <= 63)
        return PACKET_DTLS;
    if (data[0] >= 128 && data[0] <= 191) /* RFC 5761 section 4: the second byte tells them apart */
        return data[1] >= 192 && data[1] <= 223 ? PACKET_RTCP : PACKET_RTP;
    return PACKET_UNKNOWN;
}

void rtp_write_fixed(uint8_t out[RTP_HEADER_SIZE], const struct rtp_header *header, bool has_extension)
{
    out[0] = (uint8_t)(0x80 | (has_extension ? 0x10 : 0));
    out[1] = (uint8_t)((header->marker ? 0x80 : 0) | header->payload_type);
    put_u16(out + 2, header->sequence);
    put_u32(out + 4, header->timestamp);
    put_u32(out + 8, header->ssrc);
}
