/* Payload descriptors: fields that the router will patch lie inside the descriptor. The first byte
 * chooses the codec. */
#include <stddef.h>
#include <stdint.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_picture(const struct frame_info *info, const uint8_t *payload)
{
    size_t at = info->picture_id_offset;
    if (info->picture_id_bits == 15) {
        CHECK(at >= 1 && at + 2 <= info->descriptor_length);
        CHECK((payload[at] & 0x80) != 0 && (get_u16(payload + at) & 0x7fff) == info->picture_id);
    } else if (info->picture_id_bits == 7) {
        CHECK(at >= 1 && at + 1 <= info->descriptor_length);
        CHECK(payload[at] == info->picture_id);
    } else {
        CHECK(info->picture_id_bits == 0 && info->picture_id == 0);
    }
    if (info->has_tl0picidx) {
        CHECK(info->tl0picidx_offset >= 1 && info->tl0picidx_offset < info->descriptor_length);
        CHECK(payload[info->tl0picidx_offset] == info->tl0picidx);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum codec codecs[] = {CODEC_VP8, CODEC_VP9, CODEC_H264, CODEC_AV1, CODEC_OPUS};
    struct frame_info info;
    if (size == 0)
        return 0;
    enum codec codec = codecs[data[0] % (sizeof codecs / sizeof codecs[0])];
    const uint8_t *payload = data + 1;
    size_t length = size - 1;
    int error = frame_parse(&info, codec, payload, length);
    CHECK(error == 0 || error == ERR_TRUNCATED || error == ERR_INVALID || error == ERR_UNSUPPORTED);
    CHECK((error == ERR_UNSUPPORTED) == (codec == CODEC_OPUS && length > 0));
    if (error != 0)
        return 0;
    CHECK(info.descriptor_length <= length);
    CHECK(!info.keyframe || !info.has_only_parameters);
    if (codec != CODEC_H264) /* whose parameter sets say it */
        CHECK((info.width == 0 && info.height == 0) || info.keyframe);
    CHECK(info.has_layers || info.temporal_id == 0);
    check_picture(&info, payload);
    return 0;
}
