/* Redundant audio: RFC 2198. Each packet carries Opus frames, the newest last, older ones again before it. What is
 * inside stands in a=fmtp ("111/111"): struct media_codec's primary_payload_type. */
#include "transport/wire/codec/formats.h"

const struct codec_format codec_red = {
    .name = "red",
    .kind = MEDIA_AUDIO,
    .clock_rate = 48000,
    .is_wrapper = true,
    .any_channels = true,
};
