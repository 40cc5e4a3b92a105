/* What a mixer sent, and when. */
#ifndef HEDDLE_CLIENT_COMPOSITE_FRAME_H
#define HEDDLE_CLIENT_COMPOSITE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/wire/codec.h"

struct composite_frame {
    enum codec codec; /* VP8, VP9 or Opus */
    bool keyframe;
    const uint8_t *data;
    size_t length;
    int64_t at_us; /* the wall clock when it was made */
};

#endif
