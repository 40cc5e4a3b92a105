/* VP9 as different senders packetize it: with every form of the payload descriptor (RFC 9628 section 4.2) the decoder
 * gets the frame and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "client/media/pattern.h"
#include "client/media/vpx_decoder.h"
#include "client/rtp/receive_track.h"

#define WIDTH 320
#define HEIGHT 180
#define FRAMES 30
#define PAYLOAD_TYPE 98
#define BODY_MAX 300 /* bytes of a frame in a packet: several of them */
#define BEGIN 0x08
#define END 0x04

/* Each packet of a frame has the same, but for the bits B and E; a structure (V) is in the first one only. */
struct descriptor {
    uint8_t length, bytes[12];
    uint8_t structure_length, structure[24];
};

#define SIZE 0x01, 0x40, 0x00, 0xb4 /* 320 x 180 */
#define NO_STRUCTURE                                                                                                   \
    0,                                                                                                                 \
    {                                                                                                                  \
        0                                                                                                              \
    }

static const struct {
    const char *name;
    struct descriptor key, delta;
} forms[] = {
    {"flags alone", {1, {0x00}, NO_STRUCTURE}, {1, {0x40}, NO_STRUCTURE}},
    {"picture id of 7 bits", {2, {0x80, 5}, NO_STRUCTURE}, {2, {0xc0, 6}, NO_STRUCTURE}},
    {"layers and TL0PICIDX, a group of one picture",
     {5, {0xa0, 0x80, 5, 0x00, 7}, 8, {0x18, SIZE, 1, 0x04, 1}},
     {5, {0xe0, 0x80, 6, 0x00, 8}, NO_STRUCTURE}},
    {"flexible, with two references",
     {4, {0xb0, 0x80, 5, 0x00}, 5, {0x10, SIZE}},
     {6, {0xf0, 0x80, 6, 0x00, 0x03, 0x04}, NO_STRUCTURE}},
    {"flexible, with three references", {2, {0x90, 5}, NO_STRUCTURE}, {5, {0xd0, 6, 0x03, 0x05, 0x06}, NO_STRUCTURE}},
    {"a group of four pictures",
     {3, {0x80, 0x80, 5}, 14, {0x18, SIZE, 4, 0x00, 0x54, 1, 0x38, 1, 2, 0x54, 1}},
     {3, {0xc0, 0x80, 6}, NO_STRUCTURE}},
};

struct sender {
    vpx_codec_ctx_t encoder;
    struct packet_pool *pool;
    struct receive_track *track;
    uint16_t sequence;
};

static void open_encoder(struct sender *sender)
{
    vpx_codec_enc_cfg_t settings;
    assert_int_equal(vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &settings, 0), VPX_CODEC_OK);
    settings.g_w = WIDTH;
    settings.g_h = HEIGHT;
    settings.g_timebase = (vpx_rational_t){1, 30};
    settings.g_lag_in_frames = 0;
    settings.rc_target_bitrate = 400;
    assert_int_equal(vpx_codec_enc_init(&sender->encoder, vpx_codec_vp9_cx(), &settings, 0), VPX_CODEC_OK);
    vpx_codec_control(&sender->encoder, VP8E_SET_CPUUSED, 8);
}

static void open_track(struct sender *sender)
{
    struct media media = {.kind = MEDIA_VIDEO, .receive = true, .codec_count = 1};
    media.codecs[0] = (struct media_codec){.codec = CODEC_VP9,
                                           .payload_type = PAYLOAD_TYPE,
                                           .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                           .primary_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                           .clock_rate = 90000};
    sender->pool = packet_pool_new(1000);
    sender->track = receive_track_new(&media);
}

static void send_packet(struct sender *sender, const struct descriptor *form, bool is_first, bool is_last,
                        const uint8_t *body, size_t length, uint32_t timestamp)
{
    struct packet *packet = packet_new(sender->pool);
    uint8_t *out = packet->data;
    bool has_structure = is_first && form->structure_length > 0;
    assert_non_null(packet);
    memcpy(out, form->bytes, form->length);
    out[0] = (uint8_t)(out[0] | (is_first ? BEGIN : 0) | (is_last ? END : 0) | (has_structure ? 0x02 : 0));
    out += form->length;
    if (has_structure) {
        memcpy(out, form->structure, form->structure_length);
        out += form->structure_length;
    }
    memcpy(out, body, length);
    packet->length = (uint16_t)((size_t)(out - packet->data) + length);
    packet->rtp = (struct rtp_header){.payload_type = PAYLOAD_TYPE,
                                      .sequence = sender->sequence++,
                                      .timestamp = timestamp,
                                      .ssrc = 7,
                                      .marker = is_last,
                                      .payload_length = packet->length};
    assert_int_equal(receive_track_packet(sender->track, packet, 0), 0);
    packet_release(packet);
}

static void send_frame(struct sender *sender, size_t form, const vpx_codec_cx_pkt_t *coded, uint32_t timestamp)
{
    const uint8_t *data = coded->data.frame.buf;
    size_t length = coded->data.frame.sz;
    bool is_key = (coded->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
    for (size_t at = 0; at < length; at += BODY_MAX) {
        size_t part = length - at < BODY_MAX ? length - at : BODY_MAX;
        send_packet(sender, is_key ? &forms[form].key : &forms[form].delta, at == 0, at + part == length, data + at,
                    part, timestamp);
    }
}

static void encode(struct sender *sender, size_t form, struct picture *picture, uint32_t number)
{
    vpx_image_t image;
    vpx_codec_iter_t iterator = NULL;
    const vpx_codec_cx_pkt_t *coded;
    pattern_draw(picture, number, 0, 1);
    assert_non_null(vpx_img_wrap(&image, VPX_IMG_FMT_I420, WIDTH, HEIGHT, 1, picture->planes[0]));
    for (int plane = 0; plane < 3; plane++) {
        image.planes[plane] = picture->planes[plane];
        image.stride[plane] = (int)picture->strides[plane];
    }
    assert_int_equal(vpx_codec_encode(&sender->encoder, &image, number, 1, 0, VPX_DL_REALTIME), VPX_CODEC_OK);
    while ((coded = vpx_codec_get_cx_data(&sender->encoder, &iterator)) != NULL)
        if (coded->kind == VPX_CODEC_CX_FRAME_PKT)
            send_frame(sender, form, coded, number * 3000);
}

static void expect_picture(struct sender *sender, struct vpx_decoder *decoder, uint32_t number)
{
    struct received_frame frame;
    struct picture seen;
    uint32_t read;
    int64_t wall_us;
    assert_true(receive_track_frame(sender->track, &frame, 0));
    assert_int_equal(frame.keyframe, number == 0);
    assert_int_equal(vpx_decoder_decode(decoder, frame.data, frame.length, &seen), 1);
    assert_true(pattern_read(&seen, 0, &read, &wall_us));
    assert_int_equal(read, number);
}

static void every_descriptor_is_taken_off(void **state)
{
    (void)state;
    for (size_t form = 0; form < sizeof forms / sizeof forms[0]; form++) {
        struct sender sender = {.sequence = 65530};
        struct picture *picture = picture_new(WIDTH, HEIGHT);
        struct vpx_decoder *decoder = vpx_decoder_new(CODEC_VP9);
        print_message("%s\n", forms[form].name);
        open_encoder(&sender);
        open_track(&sender);
        for (uint32_t i = 0; i < FRAMES; i++) {
            encode(&sender, form, picture, i);
            expect_picture(&sender, decoder, i);
        }
        vpx_decoder_free(decoder);
        picture_free(picture);
        receive_track_free(sender.track);
        packet_pool_free(sender.pool);
        vpx_codec_destroy(&sender.encoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_descriptor_is_taken_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
