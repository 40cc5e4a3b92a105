/* VP8 and VP9 by libvpx. */
#ifndef HEDDLE_CLIENT_VPX_DECODER_H
#define HEDDLE_CLIENT_VPX_DECODER_H

#include "client/media/picture.h"
#include "transport/wire/codec.h"

struct vpx_decoder;
struct vpx_decoder *vpx_decoder_new(enum codec codec); /* NULL: not a codec we decode */
void vpx_decoder_free(struct vpx_decoder *decoder);
/* 1: `picture` is a view that lasts until the next call; 0: nothing to show; ERR_INVALID: damaged, or its references
 * are missing (then a keyframe is needed); ERR_LIMIT: it says a size beyond coded_size.h's limits, so nothing of it
 * was decoded. */
int vpx_decoder_decode(struct vpx_decoder *decoder, const uint8_t *data, size_t length, struct picture *picture);

#endif
