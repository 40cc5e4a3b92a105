#include "transport/hop/redundancy.h"

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/wire/codec/red.h"

#define LOSSY 2 /* of 256: one packet lost of the 250 that browsers report on at once is no lossy link */
#define NEEDED_AFTER_LOSS                                                                                              \
    (30 * USEC_PER_SEC) /* losses come in bursts, and browsers report on audio each five seconds */

void redundancy_report(struct redundancy *redundancy, uint8_t fraction_lost, usec_t now)
{
    if (fraction_lost >= LOSSY)
        redundancy->needed_until = now + NEEDED_AFTER_LOSS;
}

bool redundancy_is_needed(const struct redundancy *redundancy, usec_t now)
{
    return now < redundancy->needed_until;
}

void redundancy_write_head(uint8_t head[REDUNDANCY_HEAD_SIZE], uint8_t payload_type, uint32_t timestamp_offset,
                           size_t length)
{
    CHECK(timestamp_offset <= REDUNDANCY_OLDER_OFFSET_MAX && length <= REDUNDANCY_OLDER_LENGTH_MAX);
    head[0] = RED_ANOTHER_FOLLOWS | payload_type;
    put_u24(head + 1, timestamp_offset << RED_LENGTH_BITS | (uint32_t)length);
    head[4] = payload_type;
}

size_t redundancy_split(const uint8_t *payload, const struct frame_info *frame, struct redundant_block *blocks,
                        size_t capacity)
{
    size_t total = frame->wrapper_length / RED_OLDER_HEADER_SIZE, skipped = total > capacity ? total - capacity : 0;
    const uint8_t *data = payload + frame->wrapper_length;
    for (size_t i = 0; i < total; i++) {
        const uint8_t *header = payload + i * RED_OLDER_HEADER_SIZE;
        uint32_t fields = get_u24(header + 1);
        size_t length = fields & RED_LENGTH_MASK;
        if (i >= skipped)
            blocks[i - skipped] =
                (struct redundant_block){header[0] & RED_PAYLOAD_TYPE_MASK, fields >> RED_LENGTH_BITS, data, length};
        data += length;
    }
    return total - skipped;
}
