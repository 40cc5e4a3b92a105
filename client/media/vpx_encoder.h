/* VP8 in real time by libvpx, with one to three temporal layers (L1T1, L1T2, L1T3). */
#ifndef HEDDLE_CLIENT_VPX_ENCODER_H
#define HEDDLE_CLIENT_VPX_ENCODER_H

#include <stdbool.h>

#include "client/media/picture.h"

struct vpx_encoder_config {
    unsigned width, height;
    unsigned frames_per_second;
    unsigned bitrate_bps;
    unsigned temporal_layers; /* 1..3 */
    int speed;                /* libvpx's cpu-used: -16 (fastest) to -4; 0: -10 */
};

/* One coded frame; the bytes are the encoder's until its next call. */
struct coded_frame {
    const uint8_t *data;
    size_t length;
    bool keyframe;
    uint8_t temporal_layers; /* of the stream */
    uint8_t temporal_id;
    bool layer_sync; /* refers only to layer 0 */
    bool discardable;
    uint32_t timestamp; /* RTP, 90 kHz */
    unsigned width, height;
};

struct vpx_encoder;
struct vpx_encoder *vpx_encoder_new(const struct vpx_encoder_config *config); /* NULL: libvpx refused */
void vpx_encoder_free(struct vpx_encoder *encoder);
/* Takes effect with the next frame. A change of size makes it a keyframe. */
int vpx_encoder_configure(struct vpx_encoder *encoder, const struct vpx_encoder_config *config);
const struct vpx_encoder_config *vpx_encoder_get_config(const struct vpx_encoder *encoder);
/* The picture has the configured size. 1: `frame` is set; 0: the rate control dropped it;
 * ERR_INVALID: libvpx failed. */
int vpx_encoder_encode(struct vpx_encoder *encoder, const struct picture *picture, uint32_t timestamp, bool keyframe,
                       struct coded_frame *frame);

#endif
