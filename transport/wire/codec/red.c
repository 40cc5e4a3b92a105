/* Redundant audio: RFC 2198. Each packet carries Opus frames, the newest last, older ones again before it. The payload
 * type inside is in a=fmtp ("111/111"): struct media_codec's primary_payload_type.
 *
 *   1 | payload type:7 | timestamp offset:14 | length:10    a header for each older block
 *   0 | payload type:7                                      and one for the newest, whose length is what is left */
#include "transport/wire/red.h"

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/wire/codec/format.h"
#include "transport/wire/frame_info.h"

#define ANOTHER_FOLLOWS 0x80
#define OLDER_HEADER_SIZE 4
#define LENGTH_BITS 10
#define LENGTH_MASK 0x3ff
#define PAYLOAD_TYPE_MASK 0x7f

static int parse(struct frame_info *info, const uint8_t *payload, size_t length)
{
    size_t at = 0, older = 0;
    for (; at < length && (payload[at] & ANOTHER_FOLLOWS) != 0; at += OLDER_HEADER_SIZE) {
        if (length - at < OLDER_HEADER_SIZE)
            return ERR_TRUNCATED;
        older += get_u16(payload + at + 2) & LENGTH_MASK;
    }
    if (at >= length || older > length - at - 1)
        return ERR_TRUNCATED;
    info->red_payload_type = payload[at];
    info->red_header_length = (uint16_t)(at + 1);
    info->descriptor_length = (uint16_t)(at + 1 + older);
    return 0;
}

void red_set_payload_type(uint8_t *headers, size_t length, uint8_t payload_type)
{
    for (size_t at = 0; at < length; at += OLDER_HEADER_SIZE)
        headers[at] = (uint8_t)((headers[at] & ANOTHER_FOLLOWS) | payload_type);
}

void red_write_head(uint8_t head[RED_HEAD_SIZE], uint8_t payload_type, uint32_t timestamp_offset, size_t length)
{
    CHECK(timestamp_offset <= RED_OLDER_OFFSET_MAX && length <= RED_OLDER_LENGTH_MAX);
    head[0] = ANOTHER_FOLLOWS | payload_type;
    put_u24(head + 1, timestamp_offset << LENGTH_BITS | (uint32_t)length);
    head[4] = payload_type;
}

size_t red_older_blocks(const uint8_t *payload, size_t length, struct red_block *blocks, size_t capacity)
{
    struct frame_info info = {0};
    if (parse(&info, payload, length) != 0)
        return 0;
    size_t total = info.red_header_length / OLDER_HEADER_SIZE, skipped = total > capacity ? total - capacity : 0;
    const uint8_t *data = payload + info.red_header_length;
    for (size_t i = 0; i < total; i++) {
        const uint8_t *header = payload + i * OLDER_HEADER_SIZE;
        uint32_t fields = get_u24(header + 1);
        size_t block_length = fields & LENGTH_MASK;
        if (i >= skipped)
            blocks[i - skipped] =
                (struct red_block){header[0] & PAYLOAD_TYPE_MASK, fields >> LENGTH_BITS, data, block_length};
        data += block_length;
    }
    return total - skipped;
}

const struct codec_format codec_red = {
    .name = "red",
    .kind = MEDIA_AUDIO,
    .clock_rate = 48000,
    .is_wrapper = true,
    .inside = &codec_opus,
    .any_channels = true,
    .offered_payload_type = 63,
    .offered_parameters = "111/111",
    .parse = parse,
};
