#include "client/media/vpx_decoder.h"

#include <stdlib.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

struct vpx_decoder {
    vpx_codec_ctx_t codec;
};

struct vpx_decoder *vpx_decoder_new(enum codec codec)
{
    vpx_codec_iface_t *interface = codec == CODEC_VP8   ? vpx_codec_vp8_dx()
                                   : codec == CODEC_VP9 ? vpx_codec_vp9_dx()
                                                        : NULL;
    if (interface == NULL)
        return NULL;
    struct vpx_decoder *decoder = mem_alloc(sizeof(*decoder));
    vpx_codec_dec_cfg_t config = {.threads = 1};
    if (vpx_codec_dec_init(&decoder->codec, interface, &config, 0) != VPX_CODEC_OK) {
        free(decoder);
        return NULL;
    }
    return decoder;
}

void vpx_decoder_free(struct vpx_decoder *decoder)
{
    if (decoder == NULL)
        return;
    vpx_codec_destroy(&decoder->codec);
    free(decoder);
}

int vpx_decoder_decode(struct vpx_decoder *decoder, const uint8_t *data, size_t length, struct picture *picture)
{
    if (vpx_codec_decode(&decoder->codec, data, (unsigned)length, NULL, 0) != VPX_CODEC_OK)
        return ERR_INVALID;
    vpx_codec_iter_t iterator = NULL;
    vpx_image_t *image = vpx_codec_get_frame(&decoder->codec, &iterator);
    if (image == NULL)
        return 0;
    if (image->fmt != VPX_IMG_FMT_I420)
        return ERR_INVALID;
    picture->width = image->d_w;
    picture->height = image->d_h;
    for (int plane = 0; plane < 3; plane++) {
        picture->planes[plane] = image->planes[plane];
        picture->strides[plane] = (size_t)image->stride[plane];
    }
    return 1;
}
