/* IVF files: a 32-byte header, then frames of VP8 or VP9 with their times. */
#ifndef HEDDLE_CLIENT_IVF_H
#define HEDDLE_CLIENT_IVF_H

#include <stddef.h>
#include <stdint.h>

#include "transport/wire/codec.h"

struct ivf_info {
    enum codec codec; /* CODEC_VP8, CODEC_VP9 or CODEC_AV1 */
    unsigned width, height;
    unsigned rate, scale; /* a time unit is scale/rate seconds */
};

struct ivf_reader;
/* 0; ERR_IO (errno), ERR_TRUNCATED, ERR_INVALID or ERR_UNSUPPORTED (another codec). */
int ivf_reader_open(struct ivf_reader **out, const char *path, struct ivf_info *info);
void ivf_reader_close(struct ivf_reader *reader);
/* The next frame, valid until the next call. 1, 0 at the end of the file, or an error. */
int ivf_reader_next(struct ivf_reader *reader, const uint8_t **data, size_t *length, uint64_t *time);
void ivf_reader_rewind(struct ivf_reader *reader);

struct ivf_writer;
/* Never writes into a file that is there: ERR_IO with errno EEXIST. Every ERR_IO of a writer leaves errno telling why,
 * that of the first failure. */
int ivf_writer_open(struct ivf_writer **out, const char *path, const struct ivf_info *info);
int ivf_writer_frame(struct ivf_writer *writer, const uint8_t *data, size_t length, uint64_t time);
/* Completes the header. 0 or ERR_IO when something could not be written. NULL is fine. */
int ivf_writer_close(struct ivf_writer *writer);

#endif
