/* How the encodings are made for what the network carries. One encoding gets smaller, slower and coarser as less is
 * there: 1920x1080 at 30 frames a second and 2.5 Mbit/s becomes 640x360 at 15 and 500 kbit/s, and less. Of several
 * (simulcast) the larger ones are left out. Down at once, up with room to spare and not often. Pure. */
#ifndef HEDDLE_CLIENT_ADAPTATION_H
#define HEDDLE_CLIENT_ADAPTATION_H

#include <stdbool.h>

#include "transport/base/time.h"
#include "transport/wire/media.h"

struct encoding_plan {
    bool is_active;
    unsigned width, height, frames_per_second, bitrate_bps;
};

struct adaptation {
    struct encoding_plan full[MEDIA_ENCODINGS_MAX]; /* what is made when everything fits, smallest first */
    struct encoding_plan plan[MEDIA_ENCODINGS_MAX];
    unsigned count;
    unsigned step; /* down from the best; 0: everything */
    usec_t changed_at;
};

void adaptation_init(struct adaptation *adaptation, const struct encoding_plan *full, unsigned count);
/* So much can be sent, audio included. True: `plan` is another one. */
bool adaptation_estimate(struct adaptation *adaptation, uint64_t estimate_bps, usec_t now);

#endif
