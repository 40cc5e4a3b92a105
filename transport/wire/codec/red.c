/* Redundant audio: RFC 2198. Each packet carries Opus frames, the newest last, older ones again before it. The payload
 * type inside is in a=fmtp ("111/111"): struct media_codec's primary_payload_type. */
#include "transport/wire/codec/red.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/codec/format.h"
#include "transport/wire/codec/frame_info.h"

static int parse(struct frame_info *info, const uint8_t *payload, size_t length)
{
    size_t at = 0, older = 0;
    for (; at < length && (payload[at] & RED_ANOTHER_FOLLOWS) != 0; at += RED_OLDER_HEADER_SIZE) {
        if (length - at < RED_OLDER_HEADER_SIZE)
            return ERR_TRUNCATED;
        older += get_u16(payload + at + 2) & RED_LENGTH_MASK;
    }
    size_t headers = at + RED_NEWEST_HEADER_SIZE;
    if (at >= length || older > length - headers)
        return ERR_TRUNCATED;
    info->inside_payload_type = payload[at];
    info->wrapper_length = (uint16_t)headers;
    info->descriptor_length = (uint16_t)(headers + older);
    return 0;
}

static void rewrap(uint8_t *out, const uint8_t *wrapper, size_t length, uint8_t payload_type)
{
    memcpy(out, wrapper, length);
    for (size_t at = 0; at < length; at += RED_OLDER_HEADER_SIZE)
        out[at] = (uint8_t)((wrapper[at] & RED_ANOTHER_FOLLOWS) | payload_type);
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
    .rewrap = rewrap,
};
