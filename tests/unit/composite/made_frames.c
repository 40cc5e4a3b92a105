#include "tests/unit/composite/made_frames.h"

#include "client/media/opus_codec.h"
#include "client/media/picture.h"
#include "client/media/vpx_encoder.h"
#include "transport/base/check.h"

#define WIDTH 320
#define HEIGHT 180

static struct vpx_encoder *encoder;
static struct picture *picture;
static struct opus_sender *sender;

struct composite_frame made_picture(bool is_light, bool is_keyframe, int64_t at_us)
{
    static const struct vpx_encoder_config config = {
        .width = WIDTH, .height = HEIGHT, .frames_per_second = 25, .bitrate_bps = 2000000, .temporal_layers = 1};
    struct coded_frame coded;
    if (encoder == NULL) {
        encoder = vpx_encoder_new(&config);
        picture = picture_new(WIDTH, HEIGHT);
    }
    picture_fill(picture, 0, is_light ? 220 : 30);
    CHECK(vpx_encoder_encode(encoder, picture, (uint32_t)(at_us * 9 / 100), is_keyframe, &coded) == 1);
    return (struct composite_frame){.codec = CODEC_VP8,
                                    .keyframe = coded.keyframe,
                                    .data = coded.data,
                                    .length = coded.length,
                                    .at_us = MADE_WALL_US + at_us};
}

struct composite_frame made_sound(bool is_loud, int64_t at_us)
{
    static uint8_t packet[OPUS_PACKET_MAX];
    int16_t samples[OPUS_FRAME * OPUS_CHANNELS_MAX];
    if (sender == NULL)
        sender = opus_sender_new(OPUS_CHANNELS_MAX, 96000);
    for (int i = 0; i < OPUS_FRAME * OPUS_CHANNELS_MAX; i++)
        samples[i] = (int16_t)(!is_loud ? 0 : i / 48 % 2 == 0 ? 8000 : -8000);
    int length = opus_sender_encode(sender, samples, packet, sizeof packet);
    CHECK(length > 0);
    return (struct composite_frame){
        .codec = CODEC_OPUS, .data = packet, .length = (size_t)length, .at_us = MADE_WALL_US + at_us};
}

void made_fini(void)
{
    vpx_encoder_free(encoder);
    picture_free(picture);
    opus_sender_free(sender);
    encoder = NULL;
    picture = NULL;
    sender = NULL;
}
