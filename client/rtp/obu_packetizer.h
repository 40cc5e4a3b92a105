/* AV1 (its RTP specification, section 4): the OBUs of a temporal unit, as many as a packet takes, without the sizes
 * that they have in a file; temporal delimiters and padding are not sent. Used through packetizer.h, which says what
 * the functions do. */
#ifndef HEDDLE_CLIENT_OBU_PACKETIZER_H
#define HEDDLE_CLIENT_OBU_PACKETIZER_H

#include "client/media/vpx_encoder.h"

struct obu_packetizer {
    size_t payload_max;
    const uint8_t *rest, *end; /* of the frame, behind the OBU that is being cut */
    uint8_t head[2];           /* the OBU's header, as it is sent */
    size_t head_left;
    const uint8_t *body; /* what is left of the rest of it */
    size_t left;
    bool has_obu, is_first, continues;
    bool is_keyframe;
};

void obu_packetizer_frame(struct obu_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max);
size_t obu_packetizer_next(struct obu_packetizer *packetizer, uint8_t *out, bool *is_last);

#endif
