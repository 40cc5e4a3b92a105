#include "client/media/vpx_encoder.h"

#include <stdlib.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define DEFAULT_SPEED (-10)
#define KEYFRAME_NEVER 999999

/* Which references a frame at a position of the pattern uses and updates. Only layer 0 updates LAST; layer 1 of three
 * updates GOLDEN; the top layer updates none. */
struct step {
    uint8_t temporal_id;
    bool layer_sync, discardable;
    vpx_enc_frame_flags_t flags;
};

#define ONLY_LAST (VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF)
#define UPDATE_LAST (VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF)
#define UPDATE_GOLDEN (VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_ARF)
#define UPDATE_NONE (VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF | VP8_EFLAG_NO_UPD_ENTROPY)

static const struct step steps_l1t1[] = {{0, false, false, 0}};
static const struct step steps_l1t2[] = {
    {0, false, false, ONLY_LAST | UPDATE_LAST},
    {1, true, true, ONLY_LAST | UPDATE_NONE},
};
static const struct step steps_l1t3[] = {
    {0, false, false, ONLY_LAST | UPDATE_LAST},
    {2, true, true, ONLY_LAST | UPDATE_NONE},
    {1, true, false, ONLY_LAST | UPDATE_GOLDEN | VP8_EFLAG_NO_UPD_ENTROPY},
    {2, false, true, VP8_EFLAG_NO_REF_ARF | UPDATE_NONE},
};
static const struct {
    const struct step *steps;
    unsigned count;
} patterns[] = {{steps_l1t1, 1}, {steps_l1t2, 2}, {steps_l1t3, 4}};

struct vpx_encoder {
    struct vpx_encoder_config config;
    vpx_codec_ctx_t codec;
    vpx_codec_enc_cfg_t settings;
    unsigned position;
    int64_t frames;
};

/* Shares of the bitrate up to and including each layer, in percent. */
static void set_layers(vpx_codec_enc_cfg_t *settings, unsigned layers, unsigned kbps)
{
    static const unsigned shares[3][3] = {{100, 0, 0}, {60, 100, 0}, {40, 60, 100}};
    static const unsigned ids[3][4] = {{0}, {0, 1}, {0, 2, 1, 2}};
    CHECK(layers >= 1 && layers <= 3);
    settings->ts_number_layers = layers;
    settings->ts_periodicity = patterns[layers - 1].count;
    for (unsigned i = 0; i < layers; i++) {
        settings->ts_target_bitrate[i] = settings->layer_target_bitrate[i] = kbps * shares[layers - 1][i] / 100;
        settings->ts_rate_decimator[i] = 1U << (layers - 1 - i);
    }
    for (unsigned i = 0; i < settings->ts_periodicity; i++)
        settings->ts_layer_id[i] = ids[layers - 1][i];
}

static void apply(struct vpx_encoder *encoder, const struct vpx_encoder_config *config)
{
    vpx_codec_enc_cfg_t *settings = &encoder->settings;
    unsigned kbps = config->bitrate_bps / 1000;
    encoder->config = *config;
    settings->g_w = config->width;
    settings->g_h = config->height;
    settings->g_timebase = (vpx_rational_t){1, (int)config->frames_per_second};
    settings->g_threads = 1;
    settings->g_lag_in_frames = 0;
    settings->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
    settings->rc_end_usage = VPX_CBR;
    settings->rc_target_bitrate = kbps > 0 ? kbps : 1;
    settings->rc_min_quantizer = 2;
    settings->rc_max_quantizer = 56;
    settings->rc_undershoot_pct = 100;
    settings->rc_overshoot_pct = 15;
    settings->rc_buf_initial_sz = 500;
    settings->rc_buf_optimal_sz = 600;
    settings->rc_buf_sz = 1000;
    settings->rc_dropframe_thresh = 0;
    settings->rc_resize_allowed = 0;
    settings->kf_mode = VPX_KF_DISABLED; /* keyframes come when a receiver asks for one */
    settings->kf_max_dist = KEYFRAME_NEVER;
    set_layers(settings, config->temporal_layers, settings->rc_target_bitrate);
}

static void set_controls(struct vpx_encoder *encoder)
{
    int speed = encoder->config.speed != 0 ? encoder->config.speed : DEFAULT_SPEED;
    vpx_codec_control(&encoder->codec, VP8E_SET_CPUUSED, speed);
    vpx_codec_control(&encoder->codec, VP8E_SET_STATIC_THRESHOLD, 1);
    vpx_codec_control(&encoder->codec, VP8E_SET_NOISE_SENSITIVITY, 0);
    /* A keyframe costs at most what four frames may (in percent of one), so that it does not clog a narrow link. */
    vpx_codec_control(&encoder->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, 400);
}

struct vpx_encoder *vpx_encoder_new(const struct vpx_encoder_config *config)
{
    CHECK(config->temporal_layers >= 1 && config->temporal_layers <= 3);
    struct vpx_encoder *encoder = mem_alloc(sizeof *encoder);
    if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &encoder->settings, 0) != VPX_CODEC_OK)
        goto fail;
    apply(encoder, config);
    if (vpx_codec_enc_init(&encoder->codec, vpx_codec_vp8_cx(), &encoder->settings, 0) != VPX_CODEC_OK)
        goto fail;
    set_controls(encoder);
    return encoder;
fail:
    free(encoder);
    return NULL;
}

void vpx_encoder_free(struct vpx_encoder *encoder)
{
    if (encoder == NULL)
        return;
    vpx_codec_destroy(&encoder->codec);
    free(encoder);
}

/* libvpx cannot grow past its first size, and counts time in units of the first frame rate: begin anew then. */
static int restart(struct vpx_encoder *encoder, const struct vpx_encoder_config *config)
{
    vpx_codec_destroy(&encoder->codec);
    apply(encoder, config);
    encoder->position = 0;
    encoder->frames = 0;
    if (vpx_codec_enc_init(&encoder->codec, vpx_codec_vp8_cx(), &encoder->settings, 0) != VPX_CODEC_OK)
        return ERR_INVALID;
    set_controls(encoder);
    return 0;
}

int vpx_encoder_configure(struct vpx_encoder *encoder, const struct vpx_encoder_config *config)
{
    const struct vpx_encoder_config *old = &encoder->config;
    bool same_frame = old->width == config->width && old->height == config->height &&
                      old->frames_per_second == config->frames_per_second &&
                      old->temporal_layers == config->temporal_layers;
    if (!same_frame)
        return restart(encoder, config);
    apply(encoder, config);
    return vpx_codec_enc_config_set(&encoder->codec, &encoder->settings) == VPX_CODEC_OK ? 0 : ERR_INVALID;
}

const struct vpx_encoder_config *vpx_encoder_get_config(const struct vpx_encoder *encoder)
{
    return &encoder->config;
}

static vpx_image_t image_of(const struct picture *picture)
{
    vpx_image_t image;
    vpx_img_wrap(&image, VPX_IMG_FMT_I420, picture->width, picture->height, 1, picture->planes[0]);
    for (int plane = 0; plane < 3; plane++) {
        image.planes[plane] = picture->planes[plane];
        image.stride[plane] = (int)picture->strides[plane];
    }
    return image;
}

int vpx_encoder_encode(struct vpx_encoder *encoder, const struct picture *picture, uint32_t timestamp, bool keyframe,
                       struct coded_frame *frame)
{
    const struct vpx_encoder_config *config = &encoder->config;
    CHECK(picture->width == config->width && picture->height == config->height);
    if (keyframe || encoder->frames == 0)
        encoder->position = 0;
    unsigned layers = config->temporal_layers;
    const struct step *step = &patterns[layers - 1].steps[encoder->position];
    vpx_enc_frame_flags_t flags = keyframe || encoder->frames == 0 ? VPX_EFLAG_FORCE_KF : step->flags;
    if (layers > 1)
        vpx_codec_control(&encoder->codec, VP8E_SET_TEMPORAL_LAYER_ID, (int)step->temporal_id);
    vpx_image_t image = image_of(picture);
    if (vpx_codec_encode(&encoder->codec, &image, encoder->frames, 1, flags, VPX_DL_REALTIME) != VPX_CODEC_OK)
        return ERR_INVALID;
    encoder->frames++;
    encoder->position = (encoder->position + 1) % patterns[layers - 1].count;
    vpx_codec_iter_t iterator = NULL;
    const vpx_codec_cx_pkt_t *packet;
    while ((packet = vpx_codec_get_cx_data(&encoder->codec, &iterator)) != NULL) {
        if (packet->kind != VPX_CODEC_CX_FRAME_PKT)
            continue;
        *frame = (struct coded_frame){
            .data = packet->data.frame.buf,
            .length = packet->data.frame.sz,
            .keyframe = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0,
            .temporal_layers = (uint8_t)layers,
            .temporal_id = step->temporal_id,
            .layer_sync = step->layer_sync,
            .discardable = step->discardable,
            .timestamp = timestamp,
            .width = config->width,
            .height = config->height,
        };
        return 1;
    }
    return 0;
}
