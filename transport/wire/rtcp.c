#include "transport/wire/rtcp.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define REPORT_BLOCK_SIZE 24
#define FEEDBACK_HEADER_SIZE 12

void rtcp_reader_init(struct rtcp_reader *reader, const uint8_t *data, size_t length)
{
    *reader = (struct rtcp_reader){data, length};
}

int rtcp_next(struct rtcp_reader *reader, struct rtcp_packet *packet)
{
    const uint8_t *p = reader->data;
    if (reader->length == 0)
        return 0;
    if (reader->length < 4)
        return ERR_TRUNCATED;
    if (p[0] >> 6 != 2)
        return ERR_INVALID;
    size_t length = 4u * (get_u16(p + 2) + 1u);
    if (length > reader->length)
        return ERR_TRUNCATED;
    *packet = (struct rtcp_packet){p[1], p[0] & 0x1f, p, length};
    if (p[0] & 0x20) {
        uint8_t padding =
            p[length - 1]; /* Chromium rounds its feedback up by one to three bytes: it is no multiple of four */
        if (padding == 0 || padding + 4u > length)
            return ERR_INVALID;
        packet->length -= padding;
    }
    reader->data += length;
    reader->length -= length;
    return 1;
}

int rtcp_read_sr(const struct rtcp_packet *packet, struct rtcp_sender_info *info)
{
    const uint8_t *p = packet->data;
    if (packet->type != RTCP_SR)
        return ERR_UNSUPPORTED;
    if (packet->length < 28)
        return ERR_TRUNCATED;
    *info =
        (struct rtcp_sender_info){get_u32(p + 4), get_u64(p + 8), get_u32(p + 16), get_u32(p + 20), get_u32(p + 24)};
    return 0;
}

int rtcp_read_report(const struct rtcp_packet *packet, unsigned index, struct rtcp_report_block *block)
{
    size_t first = packet->type == RTCP_SR ? 28 : 8;
    if (packet->type != RTCP_SR && packet->type != RTCP_RR)
        return ERR_UNSUPPORTED;
    if (index >= packet->count)
        return ERR_NOT_FOUND;
    if (packet->length < first + (index + 1) * REPORT_BLOCK_SIZE)
        return ERR_TRUNCATED;
    const uint8_t *p = packet->data + first + index * REPORT_BLOCK_SIZE;
    uint32_t lost = get_u24(p + 5);
    *block = (struct rtcp_report_block){
        .ssrc = get_u32(p),
        .fraction_lost = p[4],
        .cumulative_lost = (int32_t)(lost ^ 0x800000) - 0x800000, /* sign of 24 bits */
        .highest_sequence = get_u32(p + 8),
        .jitter = get_u32(p + 12),
        .lsr = get_u32(p + 16),
        .dlsr = get_u32(p + 20),
    };
    return 0;
}

int rtcp_read_feedback(const struct rtcp_packet *packet, uint32_t *sender_ssrc, uint32_t *media_ssrc)
{
    if (packet->type != RTCP_RTPFB && packet->type != RTCP_PSFB)
        return ERR_UNSUPPORTED;
    if (packet->length < FEEDBACK_HEADER_SIZE)
        return ERR_TRUNCATED;
    *sender_ssrc = get_u32(packet->data + 4);
    *media_ssrc = get_u32(packet->data + 8);
    return 0;
}

int rtcp_read_nack(const struct rtcp_packet *packet, uint16_t *lost, size_t capacity)
{
    size_t count = 0;
    if (packet->type != RTCP_RTPFB || packet->count != RTPFB_NACK)
        return ERR_UNSUPPORTED;
    if (packet->length < FEEDBACK_HEADER_SIZE + 4)
        return ERR_TRUNCATED;
    for (size_t at = FEEDBACK_HEADER_SIZE; at + 4 <= packet->length; at += 4) {
        uint16_t base = get_u16(packet->data + at), mask = get_u16(packet->data + at + 2);
        if (count < capacity)
            lost[count++] = base;
        for (unsigned bit = 0; bit < 16; bit++) {
            if ((mask >> bit & 1) && count < capacity)
                lost[count++] = (uint16_t)(base + bit + 1);
        }
    }
    return (int)count;
}

int rtcp_read_fir(const struct rtcp_packet *packet, uint32_t *ssrcs, size_t capacity)
{
    size_t count = 0;
    if (packet->type != RTCP_PSFB || packet->count != PSFB_FIR)
        return ERR_UNSUPPORTED;
    if (packet->length < FEEDBACK_HEADER_SIZE + 8)
        return ERR_TRUNCATED;
    for (size_t at = FEEDBACK_HEADER_SIZE; at + 8 <= packet->length && count < capacity; at += 8)
        ssrcs[count++] = get_u32(packet->data + at);
    return (int)count;
}

int rtcp_read_remb(const struct rtcp_packet *packet, uint64_t *bitrate_bps, uint32_t *ssrcs, size_t capacity)
{
    size_t count = 0;
    const uint8_t *p = packet->data;
    if (packet->type != RTCP_PSFB || packet->count != PSFB_APPLICATION || packet->length < 20 ||
        memcmp(p + 12, "REMB", 4) != 0)
        return ERR_UNSUPPORTED;
    unsigned exponent = p[17] >> 2;
    uint64_t mantissa = get_u24(p + 17) & 0x3ffff;
    if (packet->length < 20 + 4u * p[16])
        return ERR_TRUNCATED;
    *bitrate_bps = exponent > 45 ? UINT64_MAX : mantissa << exponent;
    for (; count < p[16] && count < capacity; count++)
        ssrcs[count] = get_u32(p + 20 + 4 * count);
    return (int)count;
}

int rtcp_read_bye(const struct rtcp_packet *packet, uint32_t *ssrcs, size_t capacity)
{
    size_t count = 0;
    if (packet->type != RTCP_BYE)
        return ERR_UNSUPPORTED;
    if (packet->length < 4 + 4u * packet->count)
        return ERR_TRUNCATED;
    for (; count < packet->count && count < capacity; count++)
        ssrcs[count] = get_u32(packet->data + 4 + 4 * count);
    return (int)count;
}

void rtcp_writer_init(struct rtcp_writer *writer, uint8_t *out, size_t capacity)
{
    *writer = (struct rtcp_writer){out, capacity, 0};
}

/* Appends a header of a packet of `length` bytes (a multiple of four); NULL when it does not fit. */
static uint8_t *begin(struct rtcp_writer *writer, enum rtcp_type type, unsigned count, size_t length)
{
    if (writer->capacity - writer->length < length)
        return NULL;
    uint8_t *p = writer->out + writer->length;
    p[0] = (uint8_t)(0x80 | count);
    p[1] = (uint8_t)type;
    put_u16(p + 2, (uint16_t)(length / 4 - 1));
    writer->length += length;
    return p;
}

static void put_reports(uint8_t *p, const struct rtcp_report_block *blocks, unsigned count)
{
    for (unsigned i = 0; i < count; i++, p += REPORT_BLOCK_SIZE) {
        const struct rtcp_report_block *block = &blocks[i];
        put_u32(p, block->ssrc);
        p[4] = block->fraction_lost;
        put_u24(p + 5, (uint32_t)block->cumulative_lost & 0xffffff);
        put_u32(p + 8, block->highest_sequence);
        put_u32(p + 12, block->jitter);
        put_u32(p + 16, block->lsr);
        put_u32(p + 20, block->dlsr);
    }
}

int rtcp_write_sr(struct rtcp_writer *writer, const struct rtcp_sender_info *info,
                  const struct rtcp_report_block *blocks, unsigned count)
{
    uint8_t *p = begin(writer, RTCP_SR, count, 28 + count * REPORT_BLOCK_SIZE);
    if (p == NULL)
        return ERR_NO_SPACE;
    put_u32(p + 4, info->ssrc);
    put_u64(p + 8, info->ntp);
    put_u32(p + 16, info->rtp_timestamp);
    put_u32(p + 20, info->packets);
    put_u32(p + 24, info->bytes);
    put_reports(p + 28, blocks, count);
    return 0;
}

int rtcp_write_rr(struct rtcp_writer *writer, uint32_t sender_ssrc, const struct rtcp_report_block *blocks,
                  unsigned count)
{
    uint8_t *p = begin(writer, RTCP_RR, count, 8 + count * REPORT_BLOCK_SIZE);
    if (p == NULL)
        return ERR_NO_SPACE;
    put_u32(p + 4, sender_ssrc);
    put_reports(p + 8, blocks, count);
    return 0;
}

int rtcp_write_sdes_cname(struct rtcp_writer *writer, uint32_t ssrc, const char *cname)
{
    enum { CNAME = 1 };
    size_t name_length = strlen(cname);
    if (name_length > 255)
        return ERR_INVALID;
    /* Header, SSRC, item, and at least one zero byte up to the next multiple of four. */
    size_t length = (8 + 2 + name_length + 1 + 3) & ~(size_t)3;
    uint8_t *p = begin(writer, RTCP_SDES, 1, length);
    if (p == NULL)
        return ERR_NO_SPACE;
    memset(p + 4, 0, length - 4);
    put_u32(p + 4, ssrc);
    p[8] = CNAME;
    p[9] = (uint8_t)name_length;
    memcpy(p + 10, cname, name_length);
    return 0;
}

int rtcp_write_bye(struct rtcp_writer *writer, uint32_t ssrc)
{
    uint8_t *p = begin(writer, RTCP_BYE, 1, 8);
    if (p == NULL)
        return ERR_NO_SPACE;
    put_u32(p + 4, ssrc);
    return 0;
}

static uint8_t *begin_feedback(struct rtcp_writer *writer, enum rtcp_type type, unsigned format, size_t length,
                               uint32_t sender_ssrc, uint32_t media_ssrc)
{
    uint8_t *p = begin(writer, type, format, length);
    if (p != NULL) {
        put_u32(p + 4, sender_ssrc);
        put_u32(p + 8, media_ssrc);
    }
    return p;
}

int rtcp_write_nack(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc, const uint16_t *lost,
                    size_t count)
{
    size_t start = writer->length, pairs = 0;
    uint8_t *p = begin_feedback(writer, RTCP_RTPFB, RTPFB_NACK, FEEDBACK_HEADER_SIZE, sender_ssrc, media_ssrc);
    if (p == NULL)
        return ERR_NO_SPACE;
    for (size_t i = 0; i < count; pairs++) {
        uint16_t base = lost[i++], mask = 0;
        for (; i < count && (uint16_t)(lost[i] - base - 1) < 16; i++)
            mask = (uint16_t)(mask | 1u << (uint16_t)(lost[i] - base - 1));
        if (writer->capacity - writer->length < 4) {
            writer->length = start;
            return ERR_NO_SPACE;
        }
        put_u16(writer->out + writer->length, base);
        put_u16(writer->out + writer->length + 2, mask);
        writer->length += 4;
    }
    put_u16(p + 2, (uint16_t)(2 + pairs));
    return 0;
}

int rtcp_write_pli(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    uint8_t *p = begin_feedback(writer, RTCP_PSFB, PSFB_PLI, FEEDBACK_HEADER_SIZE, sender_ssrc, media_ssrc);
    return p != NULL ? 0 : ERR_NO_SPACE;
}

int rtcp_write_fir(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command_sequence)
{
    /* The media SSRC of the header is 0; the target is in the entry (RFC 5104 section 4.3.1). */
    uint8_t *p = begin_feedback(writer, RTCP_PSFB, PSFB_FIR, FEEDBACK_HEADER_SIZE + 8, sender_ssrc, 0);
    if (p == NULL)
        return ERR_NO_SPACE;
    put_u32(p + 12, media_ssrc);
    put_u32(p + 16, (uint32_t)command_sequence << 24);
    return 0;
}

int rtcp_write_remb(struct rtcp_writer *writer, uint32_t sender_ssrc, uint64_t bitrate_bps, const uint32_t *ssrcs,
                    unsigned count)
{
    unsigned exponent = 0;
    while (bitrate_bps >> exponent > 0x3ffff)
        exponent++;
    uint8_t *p =
        begin_feedback(writer, RTCP_PSFB, PSFB_APPLICATION, FEEDBACK_HEADER_SIZE + 8 + 4u * count, sender_ssrc, 0);
    if (p == NULL)
        return ERR_NO_SPACE;
    memcpy(p + 12, "REMB", 4);
    p[16] = (uint8_t)count;
    put_u24(p + 17, (uint32_t)(exponent << 18 | (uint32_t)(bitrate_bps >> exponent)));
    for (unsigned i = 0; i < count; i++)
        put_u32(p + 20 + 4 * i, ssrcs[i]);
    return 0;
}

#define NTP_UNIX_OFFSET 2208988800 /* seconds from 1900 to 1970 */

uint64_t ntp_from_wall_us(int64_t wall_us)
{
    uint64_t seconds = (uint64_t)(wall_us / 1000000 + NTP_UNIX_OFFSET);
    uint64_t fraction = ((uint64_t)(wall_us % 1000000) << 32) / 1000000;
    return seconds << 32 | fraction;
}

int64_t wall_us_from_ntp(uint64_t ntp)
{
    int64_t seconds = (int64_t)(ntp >> 32) - NTP_UNIX_OFFSET;
    return seconds * 1000000 + (int64_t)(((ntp & 0xffffffff) * 1000000 + 0x80000000) >> 32);
}

uint32_t ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}
