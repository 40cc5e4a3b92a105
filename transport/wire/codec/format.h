/* What is special about one payload format: a row of the table in transport/wire/codec.h, from one file
 * of this folder. */
#ifndef HEDDLE_WIRE_CODEC_FORMAT_H
#define HEDDLE_WIRE_CODEC_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum media_kind { MEDIA_AUDIO, MEDIA_VIDEO };

struct frame_info;

struct codec_format {
    const char *name; /* in a=rtpmap (RFC 8866) */
    enum media_kind kind;
    uint32_t clock_rate; /* the only one that is accepted */
    bool is_repair;      /* RTX: it has no media of its own, and is used for audio and video with any clock rate */
    bool is_wrapper;     /* RED: contains another codec of the same m-line, and is never used alone */
    const struct codec_format *inside; /* of a wrapper: the codec that it contains */
    bool any_channels; /* the channels in a=rtpmap say nothing about what a receiver can play (RFC 7587 section 7) */
    bool needs_dependency_descriptor; /* layers and frames are described by that header extension, not by the payload */
    /* Payload types in our own offers; 0: it is not offered. */
    uint8_t offered_payload_type, offered_rtx_payload_type;
    const char *offered_parameters;
    /* "name=value": a parameter of our answers, unless the offer has one of that name. NULL: none. */
    const char *answered_parameter;
    /* From the value of a=fmtp ("" when there is none): what has to match between two ends, as a number that only this
     * format can read, and whether such a stream can be forwarded at all. NULL: there are no profiles. */
    bool (*read_profile)(const char *parameters, uint32_t *profile);
    /* Whether a packet with profile `sent` can be played by a receiver that negotiated `receiver`. Equal ones always
     * can. NULL: only equal ones can. */
    bool (*can_play)(uint32_t receiver, uint32_t sent);
    /* The part of a payload (not empty) that a router must know; see frame_parse(). NULL: nothing (Opus). */
    int (*parse)(struct frame_info *info, const uint8_t *payload, size_t length);
    /* A wrapper only: writes the `length` bytes before the blocks (frame_info's wrapper_length, so they were parsed),
     * with `payload_type` for the codec inside. */
    void (*rewrap)(uint8_t *out, const uint8_t *wrapper, size_t length, uint8_t payload_type);
};

extern const struct codec_format codec_opus, codec_red, codec_vp8, codec_vp9, codec_av1, codec_h264;

#endif
