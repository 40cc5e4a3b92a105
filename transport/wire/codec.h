/* The codecs that a media packet may carry, as one table. Each has a file of its own in transport/wire/codec/ and one
 * row here: what is special about a payload format is asked of this table, and known nowhere else. Pure. */
#ifndef HEDDLE_WIRE_CODEC_H
#define HEDDLE_WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum media_kind { MEDIA_AUDIO, MEDIA_VIDEO };

enum codec {
    CODEC_NONE,
    CODEC_OPUS,
    CODEC_RED, /* RFC 2198 around Opus */
    CODEC_VP8,
    CODEC_VP9,
    CODEC_AV1,
    CODEC_H264,
    CODEC_RTX, /* RFC 4588: repeats packets of another codec */
};

struct frame_info;

struct codec_format {
    const char *name; /* in a=rtpmap (RFC 8866) */
    enum media_kind kind;
    uint32_t clock_rate; /* the only one we take */
    bool is_repair;      /* RTX: no media of its own, of either kind and any clock */
    bool is_wrapper;     /* RED: around another codec of the same m-line, never alone */
    bool any_channels;   /* the channels in a=rtpmap say nothing about what a receiver can play (RFC 7587 section 7) */
    bool needs_dependency_descriptor; /* layers and frames are told by that header extension, not by the payload */
    /* What stands in our own offers; payload type 0: it is not offered. */
    uint8_t offered_payload_type, offered_rtx_payload_type;
    const char *offered_parameters;
    /* From the value of a=fmtp ("" when there is none): what has to match between two ends, as a number that only this
     * format can read, and whether such a stream can be forwarded at all. NULL: there are no profiles. */
    bool (*read_profile)(const char *parameters, uint32_t *profile);
    /* May a packet sent as `sent` go to who negotiated `receiver`? Equal ones always may. NULL: only those. */
    bool (*can_play)(uint32_t receiver, uint32_t sent);
    /* The part of a payload (not empty) that a router must know; see frame_parse(). NULL: nothing (Opus). */
    int (*parse)(struct frame_info *info, const uint8_t *payload, size_t length);
};

/* NULL for CODEC_NONE. */
const struct codec_format *codec_format(enum codec codec);

/* "opus", "VP8"...: case-insensitive look-up; CODEC_NONE when unknown. */
enum codec codec_from_name(const char *name);
const char *codec_name(enum codec codec);          /* "none" for CODEC_NONE */
const char *media_kind_name(enum media_kind kind); /* "audio", "video" */

/* The profile that a=fmtp's value names; 0 where the codec has none. False: a stream of this kind cannot be forwarded
 * (H.264's interleaved mode), or the value is malformed. */
bool codec_read_profile(enum codec codec, const char *parameters, uint32_t *profile);
/* May packets of `codec` that were agreed with profile `sent` go to who agreed on profile `receiver`? */
bool codec_can_play(enum codec codec, uint32_t receiver, uint32_t sent);

#endif
