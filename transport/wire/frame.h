/* Reads of a payload what a router must know of it (frame_info.h). One parse per packet. Formats: VP8 RFC 7741,
 * VP9 RFC 9628, H.264 RFC 6184, AV1 (AOM RTP specification: the aggregation header), RED RFC 2198. */
#ifndef HEDDLE_WIRE_FRAME_H
#define HEDDLE_WIRE_FRAME_H

#include "transport/wire/codec.h"
#include "transport/wire/codec/frame_info.h"

struct dependency;
struct dependency_structure;

/* Fills `info` from a payload (padding removed). 0, ERR_TRUNCATED, ERR_INVALID or ERR_UNSUPPORTED (nothing in this
 * codec's payloads has to be known). An empty payload (padding-only packet) is 0 with everything cleared. */
int frame_parse(struct frame_info *info, enum codec codec, const uint8_t *payload, size_t length);
/* Adds what the packet's dependency descriptor says, for codecs whose payload does not tell layers. */
void frame_add_dependency(struct frame_info *info, const struct dependency *dependency,
                          const struct dependency_structure *structure);

#endif
