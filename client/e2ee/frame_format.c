#include "client/e2ee/frame_format.h"

#include <stdint.h>

#include "transport/base/error.h"

/* VP8's frame header (RFC 6386 section 9.1), whose lowest bit is 0 in a keyframe, which then has a start code and its
 * size, too: depacketizers read both. */
#define VP8_INTERFRAME 0x01
#define VP8_HEADER 3
#define VP8_KEYFRAME_HEADER 10
#define OPUS_TOC 1 /* RFC 6716 section 3.1 */

static int clear_of(enum codec codec, const uint8_t *frame, size_t length)
{
    switch (codec) {
    case CODEC_VP8:
        return length > 0 && (frame[0] & VP8_INTERFRAME) == 0 ? VP8_KEYFRAME_HEADER : VP8_HEADER;
    case CODEC_VP9: /* all that others need is in the payload descriptor, outside of the frame */
        return 0;
    case CODEC_OPUS:
        return OPUS_TOC;
    default:
        return ERR_UNSUPPORTED;
    }
}

int frame_format_clear(enum codec codec, const uint8_t *frame, size_t length)
{
    int clear = clear_of(codec, frame, length);
    return clear >= 0 && (size_t)clear > length ? ERR_TRUNCATED : clear;
}
