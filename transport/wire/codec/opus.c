/* Opus: RFC 7587. Always "opus/48000/2", whatever is sent: mono and stereo, 8 to 48 kHz. Some write "opus/48000". */
#include "transport/wire/codec/format.h"

const struct codec_format codec_opus = {
    .name = "opus",
    .kind = MEDIA_AUDIO,
    .clock_rate = 48000,
    .any_channels = true,
    .offered_payload_type = 111,
    .offered_parameters = "minptime=10;useinbandfec=1",
    .answered_parameter = "useinbandfec=1",
};
