/* How the encodings are made to fit what the network carries. A single encoding loses size, frame rate and bitrate when
 * the estimate falls: 1920x1080 at 30 frames a second and 2.5 Mbit/s becomes 640x360 at 15 and 500 kbit/s, and less. Of
 * several (simulcast) the larger ones are left out. A step down is taken at once; a step up needs bandwidth to spare
 * and some time since the last one. Pure. */
#ifndef HEDDLE_CLIENT_ADAPTATION_H
#define HEDDLE_CLIENT_ADAPTATION_H

#include <stdbool.h>

#include "transport/base/time.h"
#include "transport/wire/media.h"

#define AUDIO_BPS 60000 /* of the estimate, for audio */

struct encoding_plan {
    bool is_active;
    unsigned width, height, frames_per_second, bitrate_bps;
};

struct adaptation {
    struct encoding_plan full[MEDIA_ENCODINGS_MAX]; /* what is made when everything fits, smallest first */
    struct encoding_plan plan[MEDIA_ENCODINGS_MAX];
    unsigned count;
    unsigned step; /* how many steps below the best; 0: everything is sent in full */
    usec_t changed_at;
};

void adaptation_init(struct adaptation *adaptation, const struct encoding_plan *full, unsigned count);
/* `estimate_bps`: how much can be sent, audio included. True: `plan` has changed. */
bool adaptation_estimate(struct adaptation *adaptation, uint64_t estimate_bps, usec_t now);

#endif
