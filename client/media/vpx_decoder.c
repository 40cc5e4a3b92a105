#include "client/media/vpx_decoder.h"

#include <stdlib.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_frame_buffer.h>

#include "client/media/coded_size.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define SUPERFRAME_FRAMES_MAX 8
#define VP9_BUFFER_MAX (CODED_PIXELS_MAX * 2) /* 1.5 bytes a pixel, and a border of 160 pixels */

#define BUFFERS_MAX (VP9_MAXIMUM_REF_BUFFERS + VPX_MAXIMUM_WORK_BUFFERS)

struct vpx_decoder {
    vpx_codec_ctx_t context;
    enum codec codec;
    void *buffers[BUFFERS_MAX]; /* that libvpx got from us: it does not return all of them at its end */
};

/* The layers of one picture may follow each other without an index (RFC 9628), and only decoding tells where a layer
 * ends. So libvpx asks us for a buffer for each frame before it decodes it, and here its size is checked. */
static int get_buffer(void *user, size_t size, vpx_codec_frame_buffer_t *buffer)
{
    struct vpx_decoder *decoder = user;
    size_t place = 0;
    while (place < BUFFERS_MAX && decoder->buffers[place] != NULL)
        place++;
    if (size > VP9_BUFFER_MAX || place == BUFFERS_MAX)
        return -1;
    buffer->data = buffer->priv = decoder->buffers[place] =
        calloc(1, size); /* libvpx returns a buffer only if it has a priv */
    buffer->size = size;
    return buffer->data != NULL ? 0 : -1;
}

static int release_buffer(void *user, vpx_codec_frame_buffer_t *buffer)
{
    struct vpx_decoder *decoder = user;
    for (size_t i = 0; i < BUFFERS_MAX; i++)
        if (decoder->buffers[i] == buffer->data)
            decoder->buffers[i] = NULL;
    free(buffer->data);
    buffer->data = buffer->priv = NULL;
    return 0;
}

struct vpx_decoder *vpx_decoder_new(enum codec codec)
{
    vpx_codec_iface_t *interface = codec == CODEC_VP8   ? vpx_codec_vp8_dx()
                                   : codec == CODEC_VP9 ? vpx_codec_vp9_dx()
                                                        : NULL;
    if (interface == NULL)
        return NULL;
    struct vpx_decoder *decoder = mem_alloc(sizeof *decoder);
    decoder->codec = codec;
    vpx_codec_dec_cfg_t config = {.threads = 1};
    if (vpx_codec_dec_init(&decoder->context, interface, &config, 0) != VPX_CODEC_OK) {
        free(decoder);
        return NULL;
    }
    if (codec == CODEC_VP9)
        vpx_codec_set_frame_buffer_functions(&decoder->context, get_buffer, release_buffer, decoder);
    return decoder;
}

void vpx_decoder_free(struct vpx_decoder *decoder)
{
    if (decoder == NULL)
        return;
    vpx_codec_destroy(&decoder->context);
    for (size_t i = 0; i < BUFFERS_MAX; i++)
        free(decoder->buffers[i]);
    free(decoder);
}

static int check_frame(enum codec codec, const uint8_t *data, size_t length)
{
    struct coded_size size;
    int error = coded_size_read(&size, codec, data, length);
    if (error != 0)
        return error;
    return coded_size_is_bearable(&size) ? 0 : ERR_LIMIT;
}

/* The index at the end of a VP9 superframe (Annex B of its specification). 0: there is none. */
static size_t read_index(const uint8_t *data, size_t length, size_t sizes[SUPERFRAME_FRAMES_MAX])
{
    uint8_t marker = data[length - 1];
    size_t count = (marker & 7U) + 1, bytes = (marker >> 3 & 3U) + 1, index = 2 + count * bytes;
    if ((marker & 0xe0) != 0xc0 || length < index || data[length - index] != marker)
        return 0;
    const uint8_t *at = &data[length - index + 1];
    for (size_t i = 0; i < count; i++) {
        sizes[i] = 0;
        for (size_t k = 0; k < bytes; k++)
            sizes[i] |= (size_t)*at++ << (8 * k);
    }
    return count;
}

static int check_superframe(const uint8_t *data, size_t length, const size_t *sizes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sizes[i] > length)
            return ERR_INVALID;
        int error = sizes[i] > 0 ? check_frame(CODEC_VP9, data, sizes[i]) : 0;
        if (error != 0)
            return error;
        data += sizes[i];
        length -= sizes[i];
    }
    return 0;
}

static int check(const struct vpx_decoder *decoder, const uint8_t *data, size_t length)
{
    size_t sizes[SUPERFRAME_FRAMES_MAX], count;
    if (length == 0)
        return ERR_INVALID;
    if (decoder->codec == CODEC_VP9 && (count = read_index(data, length, sizes)) > 0)
        return check_superframe(data, length, sizes, count);
    return check_frame(decoder->codec, data, length);
}

int vpx_decoder_decode(struct vpx_decoder *decoder, const uint8_t *data, size_t length, struct picture *picture)
{
    int error = check(decoder, data, length);
    if (error != 0)
        return error;
    if (vpx_codec_decode(&decoder->context, data, (unsigned)length, NULL, 0) != VPX_CODEC_OK)
        return ERR_INVALID;
    vpx_codec_iter_t iterator = NULL;
    vpx_image_t *image = vpx_codec_get_frame(&decoder->context, &iterator);
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
