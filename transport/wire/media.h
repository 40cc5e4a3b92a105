/* The negotiated state of one m-line: made by the SDP negotiation, used by the router and the client. */
#ifndef HEDDLE_WIRE_MEDIA_H
#define HEDDLE_WIRE_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/wire/codec.h"
#include "transport/wire/extension.h"
#include "transport/wire/frame.h"

#define MEDIA_MID_MAX 16 /* characters; longer mids are refused */
#define MEDIA_RID_MAX 16
#define MEDIA_CODECS_MAX 24
#define MEDIA_ENCODINGS_MAX 3
#define MEDIA_PAYLOAD_TYPE_NONE 0xff

/* One payload type, with its RTX partner. */
struct media_codec {
    enum codec codec;
    uint8_t payload_type;
    uint8_t rtx_payload_type; /* MEDIA_PAYLOAD_TYPE_NONE without RTX */
    uint32_t clock_rate;
    uint8_t channels;
    uint32_t profile; /* as codec_read_profile() has it */
    bool nack, pli, fir, transport_cc, remb;
    /* RED: the payload type of the Opus inside, which is on the same m-line. 0 for other codecs. */
    uint8_t primary_payload_type;
};

/* One encoding that the remote peer announced to send: an encoding of a simulcast, or the only one. */
struct media_encoding {
    char rid[MEDIA_RID_MAX + 1]; /* "" when there are no rids */
    uint32_t ssrc;               /* 0 when SDP does not tell (Chromium's simulcast) */
    uint32_t rtx_ssrc;
};

struct media {
    char mid[MEDIA_MID_MAX + 1];
    bool receive; /* we may receive on it (the remote peer sends) */
    bool send;    /* we may send on it */
    size_t codec_count;
    struct media_codec codecs[MEDIA_CODECS_MAX]; /* in order of preference; payload types are the same both ways */
    struct extension_map extensions;
    bool extmap_allow_mixed;
    bool rtcp_reduced_size;
    /* Received streams. Simulcast: one for each rid, lowest first as in SDP. */
    size_t encoding_count;
    struct media_encoding encodings[MEDIA_ENCODINGS_MAX];
    enum media_kind kind;
    /* The sent stream. */
    uint32_t send_ssrc, send_rtx_ssrc;
    /* Of an answer: the codec that the answer puts before the first one of the offer; 0: none. */
    uint8_t promoted_payload_type;
};

/* NULL when the m-line does not have it. */
const struct media_codec *media_find_payload_type(const struct media *media, uint8_t payload_type);
/* The codec whose RTX partner `payload_type` is. */
const struct media_codec *media_find_rtx(const struct media *media, uint8_t payload_type);
/* The codec (with its payload type) of m-line `to` for packets that are received as `sent` on m-line `from`: the same
 * codec and profile, else the first one of the codec that can play it (codec_can_play), else, for a wrapper (RED), the
 * codec inside: then the packet has to be unwrapped. NULL: the receiver cannot decode it. */
const struct media_codec *media_match(const struct media *to, const struct media *from, const struct media_codec *sent);
/* The same for what a wrapper (RED) carries, without the wrapper. NULL also when `sent` is none. */
const struct media_codec *media_match_inside(const struct media *to, const struct media *from,
                                             const struct media_codec *sent);
/* Whether a parsed packet is as negotiated: in a wrapper, the codec inside must be the negotiated one. */
bool media_is_as_agreed(const struct media_codec *codec, const struct frame_info *frame);

#endif
