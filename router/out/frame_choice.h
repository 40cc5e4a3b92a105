/* Which frames of an encoding a slot forwards: those up to a spatial and a temporal layer. All frames of one picture
 * share its fate, also the packets that come late. Pure; embedded in a slot.
 *
 * Down at once, with the next picture. Up in time where the encoder made that possible, up in size with a keyframe. */
#ifndef HEDDLE_ROUTER_OUT_FRAME_CHOICE_H
#define HEDDLE_ROUTER_OUT_FRAME_CHOICE_H

#include <stdint.h>

#include "router/base/quality.h"
#include "transport/wire/frame.h"

#define PICTURES_REMEMBERED 16 /* a power of two */

struct picture_choice {
    bool is_known;
    uint32_t timestamp; /* as received */
    int spatial, temporal;
};

struct frame_choice {
    int spatial, temporal; /* forwarded now */
    struct picture_choice pictures[PICTURES_REMEMBERED];
    unsigned next;
};

/* Before a keyframe, which begins with everything up to `limit`. */
void frame_choice_start(struct frame_choice *choice, struct quality limit);
/* Whether a packet with layers is forwarded. `is_newest`: it is ahead of all before it; only such ones change what is
 * forwarded. */
bool frame_choice_wants(struct frame_choice *choice, const struct frame_info *frame, uint32_t timestamp, bool is_newest,
                        struct quality limit);

#endif
