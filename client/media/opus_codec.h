/* Opus (RFC 6716) at 48 kHz in frames of 20 ms. */
#ifndef HEDDLE_CLIENT_OPUS_CODEC_H
#define HEDDLE_CLIENT_OPUS_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPUS_RATE 48000
#define OPUS_FRAME 960      /* samples per channel in 20 ms */
#define OPUS_FRAME_MAX 5760 /* 120 ms: the longest a packet may hold */
#define OPUS_CHANNELS_MAX 2
#define OPUS_PACKET_MAX 1275

struct opus_sender;
struct opus_sender *opus_sender_new(unsigned channels, unsigned bitrate_bps); /* NULL: libopus refused */
void opus_sender_free(struct opus_sender *sender);
/* OPUS_FRAME samples per channel, interleaved. Returns the packet's length or ERR_INVALID. */
int opus_sender_encode(struct opus_sender *sender, const int16_t *samples, uint8_t *out, size_t capacity);

/* Always decodes to stereo: a packet says by itself how many channels it has. */
struct opus_receiver;
struct opus_receiver *opus_receiver_new(void);
void opus_receiver_free(struct opus_receiver *receiver);
/* Makes up a lost frame of OPUS_FRAME samples, of what the packet behind it says of it (in-band FEC), if it does. */
int opus_receiver_repair(struct opus_receiver *receiver, const uint8_t *next, size_t length,
                         int16_t out[OPUS_FRAME_MAX * OPUS_CHANNELS_MAX]);
/* `data` NULL: conceals one lost frame. Returns samples per channel (OPUS_FRAME_MAX at most) or ERR_INVALID. */
int opus_receiver_decode(struct opus_receiver *receiver, const uint8_t *data, size_t length,
                         int16_t out[OPUS_FRAME_MAX * OPUS_CHANNELS_MAX]);

#endif
