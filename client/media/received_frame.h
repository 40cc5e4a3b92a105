/* One coded frame, or packet of audio, as it came in. */
#ifndef HEDDLE_CLIENT_RECEIVED_FRAME_H
#define HEDDLE_CLIENT_RECEIVED_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

struct received_frame {
    const uint8_t *data; /* valid until the next call */
    size_t length;
    uint32_t timestamp;
    bool keyframe;
    uint8_t temporal_id;
    usec_t arrival;   /* of its last packet */
    unsigned skipped; /* packets given up just before it */
};

#endif
