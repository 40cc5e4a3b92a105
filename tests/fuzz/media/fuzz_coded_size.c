/* Whatever a frame says of its size, a decoder never gives a picture beyond the limit. The first byte chooses the
 * codec. */
#include <stddef.h>
#include <stdint.h>

#include "client/media/coded_size.h"
#include "client/media/vpx_decoder.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    enum codec codec = (data[0] & 1) != 0 ? CODEC_VP9 : CODEC_VP8;
    struct vpx_decoder *decoder = vpx_decoder_new(codec);
    CHECK(decoder != NULL);
    struct picture picture;
    for (int i = 0; i < 2; i++)
        if (vpx_decoder_decode(decoder, data + 1, size - 1, &picture) == 1)
            CHECK(coded_size_is_bearable(&(struct coded_size){picture.width, picture.height}));
    vpx_decoder_free(decoder);
    return 0;
}
