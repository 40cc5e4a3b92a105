#include "transport/wire/twcc.h"

#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define HEADER_SIZE 20
#define TICK_US 250
#define REFERENCE_US 64000

enum symbol { NOT_RECEIVED = 0, SMALL_DELTA = 1, LARGE_DELTA = 2 };

/* Writes the symbols of one chunk into status[].received and, for now, the symbol into arrival. */
static size_t read_chunk(uint16_t chunk, struct twcc_status *status, size_t left)
{
    size_t count = 0;
    if ((chunk & 0x8000) == 0) { /* run length */
        size_t run = chunk & 0x1fff;
        for (; count < run && count < left; count++)
            status[count].arrival = chunk >> 13 & 3;
    } else if (chunk & 0x4000) { /* seven two-bit symbols */
        for (; count < 7 && count < left; count++)
            status[count].arrival = chunk >> (12 - 2 * count) & 3;
    } else { /* fourteen one-bit symbols */
        for (; count < 14 && count < left; count++)
            status[count].arrival = chunk >> (13 - count) & 1;
    }
    return count;
}

static int read_deltas(struct twcc_feedback *feedback, const uint8_t *p, size_t length)
{
    usec_t time = feedback->reference;
    size_t at = 0;
    for (size_t i = 0; i < feedback->count; i++) {
        struct twcc_status *status = &feedback->status[i];
        usec_t symbol = status->arrival;
        status->arrival = 0;
        if (symbol == NOT_RECEIVED)
            continue;
        size_t size = symbol == SMALL_DELTA ? 1 : 2;
        if (symbol > LARGE_DELTA)
            return ERR_INVALID;
        if (length - at < size)
            return ERR_TRUNCATED;
        time += (size == 1 ? p[at] : (int16_t)get_u16(p + at)) * TICK_US;
        at += size;
        status->received = true;
        status->arrival = time;
    }
    return 0;
}

size_t twcc_announced(const struct rtcp_packet *packet)
{
    return packet->length >= HEADER_SIZE ? get_u16(packet->data + 14) : 0;
}

int twcc_read(struct twcc_feedback *feedback, const struct rtcp_packet *packet)
{
    const uint8_t *p = packet->data;
    if (packet->type != RTCP_RTPFB || packet->count != RTPFB_TWCC)
        return ERR_UNSUPPORTED;
    if (packet->length < HEADER_SIZE)
        return ERR_TRUNCATED;
    feedback->sender_ssrc = get_u32(p + 4);
    feedback->media_ssrc = get_u32(p + 8);
    uint16_t base = get_u16(p + 12);
    feedback->count = twcc_announced(packet);
    feedback->reference = (usec_t)get_u24(p + 16) * REFERENCE_US;
    feedback->feedback_count = p[19];
    if (feedback->count > TWCC_MAX_PACKETS)
        return ERR_LIMIT;
    size_t at = HEADER_SIZE, done = 0;
    for (size_t i = 0; i < feedback->count; i++)
        feedback->status[i] = (struct twcc_status){.sequence = (uint16_t)(base + i)};
    while (done < feedback->count) {
        if (packet->length - at < 2)
            return ERR_TRUNCATED;
        size_t count = read_chunk(get_u16(p + at), feedback->status + done, feedback->count - done);
        if (count == 0)
            return ERR_INVALID;
        done += count;
        at += 2;
    }
    return read_deltas(feedback, p + at, packet->length - at);
}

static enum symbol symbol_of(const struct twcc_status *status, int64_t previous_tick)
{
    if (!status->received)
        return NOT_RECEIVED;
    int64_t delta = status->arrival / TICK_US - previous_tick;
    return delta >= 0 && delta <= 255 ? SMALL_DELTA : LARGE_DELTA;
}

/* How many statuses fit one packet: deltas must fit 16 bits. Fills `symbols`. */
static size_t plan(const struct twcc_status *status, size_t count, int64_t reference_tick, uint8_t *symbols)
{
    int64_t tick = reference_tick;
    for (size_t i = 0; i < count; i++) {
        symbols[i] = (uint8_t)symbol_of(&status[i], tick);
        if (symbols[i] == NOT_RECEIVED)
            continue;
        int64_t delta = status[i].arrival / TICK_US - tick;
        if (delta > INT16_MAX || delta < INT16_MIN)
            return i;
        tick += delta;
    }
    return count;
}

/* One chunk for the first of `count` symbols; returns how many it covers. */
static size_t make_chunk(const uint8_t *symbols, size_t count, uint16_t *chunk)
{
    size_t run = 1;
    while (run < count && run < 0x1fff && symbols[run] == symbols[0])
        run++;
    if (run >= 7 || run == count) {
        *chunk = (uint16_t)((unsigned)symbols[0] << 13 | run);
        return run;
    }
    size_t covered = count < 7 ? count : 7;
    *chunk = 0xc000;
    for (size_t i = 0; i < covered; i++)
        *chunk = (uint16_t)(*chunk | (unsigned)symbols[i] << (12 - 2 * i));
    return covered;
}

static size_t encoded_size(const uint8_t *symbols, size_t count)
{
    size_t size = HEADER_SIZE;
    uint16_t chunk;
    for (size_t i = 0; i < count; i += make_chunk(symbols + i, count - i, &chunk))
        size += 2;
    for (size_t i = 0; i < count; i++)
        size += symbols[i];
    return (size + 3) & ~(size_t)3;
}

static void put_body(uint8_t *p, const struct twcc_status *status, const uint8_t *symbols, size_t count, int64_t tick)
{
    size_t at = HEADER_SIZE;
    uint16_t chunk;
    for (size_t i = 0; i < count; at += 2) {
        i += make_chunk(symbols + i, count - i, &chunk);
        put_u16(p + at, chunk);
    }
    for (size_t i = 0; i < count; i++) {
        if (symbols[i] == NOT_RECEIVED)
            continue;
        int64_t delta = status[i].arrival / TICK_US - tick;
        tick += delta;
        if (symbols[i] == SMALL_DELTA)
            p[at] = (uint8_t)delta;
        else
            put_u16(p + at, (uint16_t)delta);
        at += symbols[i];
    }
    while (at % 4 != 0)
        p[at++] = 0;
}

int twcc_write(struct rtcp_writer *writer, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t feedback_count,
               const struct twcc_status *status, size_t count)
{
    uint8_t symbols[TWCC_MAX_PACKETS];
    size_t first = 0;
    if (count > TWCC_MAX_PACKETS)
        count = TWCC_MAX_PACKETS;
    while (first < count && !status[first].received)
        first++;
    int64_t reference = first < count ? status[first].arrival / REFERENCE_US : 0;
    int64_t tick = reference * (REFERENCE_US / TICK_US);
    count = plan(status, count, tick, symbols);
    size_t space = writer->capacity - writer->length;
    while (count > 0 && encoded_size(symbols, count) > space)
        count /= 2;
    if (count == 0)
        return ERR_NO_SPACE;
    size_t size = encoded_size(symbols, count);
    uint8_t *p = writer->out + writer->length;
    p[0] = 0x80 | RTPFB_TWCC;
    p[1] = RTCP_RTPFB;
    put_u16(p + 2, (uint16_t)(size / 4 - 1));
    put_u32(p + 4, sender_ssrc);
    put_u32(p + 8, media_ssrc);
    put_u16(p + 12, status[0].sequence);
    put_u16(p + 14, (uint16_t)count);
    put_u24(p + 16, (uint32_t)reference & 0xffffff);
    p[19] = feedback_count;
    put_body(p, status, symbols, count, tick);
    writer->length += size;
    return (int)count;
}

/* RFC 8888 section 3.1: per SSRC a block of 16-bit metric words, then the report timestamp. */
int ccfb_read(const struct rtcp_packet *packet, struct ccfb_status *status, size_t capacity,
              uint32_t *report_ntp_middle)
{
    const uint8_t *p = packet->data;
    size_t at = 8, count = 0;
    if (packet->type != RTCP_RTPFB || packet->count != RTPFB_CCFB)
        return ERR_UNSUPPORTED;
    if (packet->length < 12)
        return ERR_TRUNCATED;
    size_t end = packet->length - 4;
    *report_ntp_middle = get_u32(p + end);
    while (at < end) {
        if (end - at < 8)
            return ERR_TRUNCATED;
        uint32_t ssrc = get_u32(p + at);
        uint16_t begin = get_u16(p + at + 4);
        size_t reports = get_u16(p + at + 6);
        size_t words = (reports + 1) & ~(size_t)1; /* padded to 32 bits */
        at += 8;
        if (words * 2 > end - at)
            return ERR_TRUNCATED;
        for (size_t i = 0; i < reports && count < capacity; i++) {
            uint16_t word = get_u16(p + at + 2 * i);
            status[count++] = (struct ccfb_status){
                .ssrc = ssrc,
                .sequence = (uint16_t)(begin + i),
                .received = (word & 0x8000) != 0,
                .ecn = (uint8_t)(word >> 13 & 3),
                .arrival_before_report = (usec_t)(word & 0x1fff) * USEC_PER_SEC / 1024,
            };
        }
        at += words * 2;
    }
    return (int)count;
}
