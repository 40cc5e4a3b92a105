/* Opus in Ogg (RFC 7845). */
#ifndef HEDDLE_CLIENT_OGG_OPUS_H
#define HEDDLE_CLIENT_OGG_OPUS_H

#include <stddef.h>
#include <stdint.h>

struct ogg_reader;
/* 0; ERR_IO (errno), ERR_INVALID or ERR_UNSUPPORTED (Ogg, but not Opus in one or two channels). */
int ogg_reader_open(struct ogg_reader **out, const char *path, unsigned *channels);
void ogg_reader_close(struct ogg_reader *reader);
/* The next Opus packet, valid until the next call. 1, or 0 at the end of the file. */
int ogg_reader_next(struct ogg_reader *reader, const uint8_t **data, size_t *length);
void ogg_reader_rewind(struct ogg_reader *reader);

struct ogg_writer;
/* Never writes into a file that is there: ERR_IO with errno EEXIST. Every ERR_IO of a writer leaves errno telling why,
 * that of the first failure. */
int ogg_writer_open(struct ogg_writer **out, const char *path, unsigned channels, uint32_t serial);
/* `position`: samples at 48 kHz since the start, at the end of this packet. */
int ogg_writer_packet(struct ogg_writer *writer, const uint8_t *data, size_t length, uint64_t position);
int ogg_writer_close(struct ogg_writer *writer); /* 0 or ERR_IO; NULL is fine */

/* Samples at 48 kHz that an Opus packet holds (its TOC, RFC 6716 section 3.1); 0 when it is damaged. */
unsigned opus_packet_samples(const uint8_t *data, size_t length);

#endif
