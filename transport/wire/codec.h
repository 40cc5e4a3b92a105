/* The codecs a media packet may carry, by their names in SDP (RFC 8866, a=rtpmap). */
#ifndef HEDDLE_WIRE_CODEC_H
#define HEDDLE_WIRE_CODEC_H

#include <stdint.h>

enum media_kind { MEDIA_AUDIO, MEDIA_VIDEO };

enum codec {
    CODEC_NONE,
    CODEC_OPUS,
    CODEC_RED, /* RFC 2198 around Opus: forwarded as it is */
    CODEC_VP8,
    CODEC_VP9,
    CODEC_AV1,
    CODEC_H264,
    CODEC_RTX, /* RFC 4588 */
};

/* "opus", "VP8"...: case-insensitive look-up; CODEC_NONE when unknown. */
enum codec codec_from_name(const char *name);
const char *codec_name(enum codec codec);
const char *media_kind_name(enum media_kind kind); /* "audio", "video" */

#endif
