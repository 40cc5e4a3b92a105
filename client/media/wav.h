/* WAV files: 16-bit PCM, one or two channels, any rate; read as 48 kHz. */
#ifndef HEDDLE_CLIENT_WAV_H
#define HEDDLE_CLIENT_WAV_H

#include <stddef.h>
#include <stdint.h>

struct wav_info {
    unsigned channels, rate;
};

struct wav_reader;
/* 0; ERR_IO (errno), ERR_INVALID, ERR_TRUNCATED or ERR_UNSUPPORTED (compressed, or other than 16 bits). */
int wav_reader_open(struct wav_reader **out, const char *path, struct wav_info *info);
void wav_reader_close(struct wav_reader *reader);
/* Fills `count` samples per channel, interleaved, resampled to 48 kHz. Returns how many there were; 0 at the end. */
size_t wav_reader_next(struct wav_reader *reader, int16_t *out, size_t count);
void wav_reader_rewind(struct wav_reader *reader);

#endif
