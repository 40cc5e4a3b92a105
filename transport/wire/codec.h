/* The codecs that a media packet may carry, as one table. Each has a file of its own in transport/wire/codec/ and one
 * row here: what is special about a payload format is in this table only. All others ask the table; only what encodes
 * and decodes names a codec. (Packets of RED are written and split by transport/hop/redundancy.h.) Pure. */
#ifndef HEDDLE_WIRE_CODEC_H
#define HEDDLE_WIRE_CODEC_H

#include "transport/wire/codec/format.h"

/* Messages between threads and processes carry these numbers: a new codec gets a new one, and none is used again. */
enum codec {
    CODEC_NONE = 0,
    CODEC_OPUS = 1,
    CODEC_RED = 2, /* RFC 2198 around Opus */
    CODEC_VP8 = 3,
    CODEC_VP9 = 4,
    CODEC_AV1 = 5,
    CODEC_H264 = 6,
    CODEC_RTX = 7, /* RFC 4588: repeats packets of another codec */
};

/* NULL for CODEC_NONE. */
const struct codec_format *codec_format(enum codec codec);

/* All codecs for media, the more useful first; CODEC_NONE ends the list. */
const enum codec *codec_all(void);

/* "opus", "VP8"...: case-insensitive look-up; CODEC_NONE when unknown. */
enum codec codec_from_name(const char *name);
/* From a message. False: there is no such codec, or it is RTX, which is no codec of a stream. */
bool codec_from_number(unsigned number, enum codec *codec);
const char *codec_name(enum codec codec);          /* "none" for CODEC_NONE */
const char *media_kind_name(enum media_kind kind); /* "audio", "video" */

/* The profile that a=fmtp's value names; 0 where the codec has none. False: a stream of this kind cannot be forwarded
 * (H.264's interleaved mode), or the value is malformed. */
bool codec_read_profile(enum codec codec, const char *parameters, uint32_t *profile);
/* Whether packets of `codec` that are sent with profile `sent` can be played by a receiver that negotiated profile
 * `receiver`. */
bool codec_can_play(enum codec codec, uint32_t receiver, uint32_t sent);

#endif
