#include "client/media/opus_codec.h"

#include <opus.h>
#include <stdlib.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

struct opus_sender {
    OpusEncoder *encoder;
};

struct opus_sender *opus_sender_new(unsigned channels, unsigned bitrate_bps)
{
    int error;
    OpusEncoder *encoder = opus_encoder_create(OPUS_RATE, (int)channels, OPUS_APPLICATION_VOIP, &error);
    if (error != OPUS_OK)
        return NULL;
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE((opus_int32)bitrate_bps));
    opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(5));
    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(5));
    struct opus_sender *sender = mem_alloc(sizeof *sender);
    sender->encoder = encoder;
    return sender;
}

void opus_sender_free(struct opus_sender *sender)
{
    if (sender == NULL)
        return;
    opus_encoder_destroy(sender->encoder);
    free(sender);
}

int opus_sender_encode(struct opus_sender *sender, const int16_t *samples, uint8_t *out, size_t capacity)
{
    int length = opus_encode(sender->encoder, samples, OPUS_FRAME, out, (opus_int32)capacity);
    return length > 0 ? length : ERR_INVALID;
}

struct opus_receiver {
    OpusDecoder *decoder;
};

struct opus_receiver *opus_receiver_new(void)
{
    int error;
    OpusDecoder *decoder = opus_decoder_create(OPUS_RATE, OPUS_CHANNELS_MAX, &error);
    if (error != OPUS_OK)
        return NULL;
    struct opus_receiver *receiver = mem_alloc(sizeof *receiver);
    receiver->decoder = decoder;
    return receiver;
}

void opus_receiver_free(struct opus_receiver *receiver)
{
    if (receiver == NULL)
        return;
    opus_decoder_destroy(receiver->decoder);
    free(receiver);
}

int opus_receiver_repair(struct opus_receiver *receiver, const uint8_t *next, size_t length,
                         int16_t out[OPUS_FRAME_MAX * OPUS_CHANNELS_MAX])
{
    int samples = opus_decode(receiver->decoder, next, (opus_int32)length, out, OPUS_FRAME, 1);
    return samples >= 0 ? samples : ERR_INVALID;
}

int opus_receiver_decode(struct opus_receiver *receiver, const uint8_t *data, size_t length,
                         int16_t out[OPUS_FRAME_MAX * OPUS_CHANNELS_MAX])
{
    int frame = data != NULL ? OPUS_FRAME_MAX : OPUS_FRAME;
    int samples = opus_decode(receiver->decoder, data, (opus_int32)length, out, frame, 0);
    return samples >= 0 ? samples : ERR_INVALID;
}
