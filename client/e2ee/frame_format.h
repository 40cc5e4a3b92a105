/* What of a frame stays in the clear, so that a router can find keyframes and a packetizer can cut it; all else is
 * encrypted (PROTOCOL.md, "End-to-end encryption"). Of the codecs that this client sends or decodes;
 * client/web/e2ee/frame_format.js has the others, too. Pure. */
#ifndef HEDDLE_CLIENT_FRAME_FORMAT_H
#define HEDDLE_CLIENT_FRAME_FORMAT_H

#include "transport/wire/codec.h"

/* How many bytes at the start of a frame, encrypted or not, are in the clear. ERR_TRUNCATED: it has less;
 * ERR_UNSUPPORTED: a codec of which that is not known. */
int frame_format_clear(enum codec codec, const uint8_t *frame, size_t length);

#endif
