/* How a negotiated m-line is written for other threads and other cores. `receive`, `send` and the send SSRCs are not
 * part of it. All numbers are in network byte order; a text is its length (1 byte) and its characters.
 *
 *   m-line       mid (text), flags (1: bit 0 video, 1 extmap-allow-mixed, 2 reduced-size RTCP), codecs (1), then those,
 *                extensions (1), an id (1) for each of enum extension, encodings (1), then those
 *   codec        enum codec (1), payload type (1), RTX payload type (1), clock rate (4), channels (1), profile (4),
 *                flags (1: bit 0 NACK, 1 PLI, 2 FIR, 3 transport-cc, 4 REMB), payload type inside (1),
 *                parameters (text)
 *   encoding     rid (text), SSRC (4), RTX SSRC (4)
 *
 * If the numbers of enum codec or enum extension change, the versions of all messages with this in them have to change,
 * too. Pure. */
#ifndef HEDDLE_WIRE_MEDIA_FORM_H
#define HEDDLE_WIRE_MEDIA_FORM_H

#include "transport/wire/media.h"

struct byte_reader;
struct byte_writer;

#define MEDIA_FORM_MAX 4096 /* bytes of any m-line */

void media_form_write(struct byte_writer *writer, const struct media *media);
/* Reads into a cleared `media`. False: a value is impossible; whether the bytes were there, `reader` tells in the
 * end. */
bool media_form_read(struct byte_reader *reader, struct media *media);

#endif
