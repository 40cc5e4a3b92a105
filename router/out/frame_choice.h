/* Which frames of an encoding a slot forwards: those up to a spatial and a temporal layer. A late packet is forwarded
 * if its picture was. Pure; embedded in a slot.
 *
 * To lower layers it changes at once, with the next picture; to a higher temporal layer where the encoder allows it, to
 * a higher spatial layer with a keyframe. */
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

/* Call before a keyframe, from which all layers up to `limit` are forwarded. */
void frame_choice_start(struct frame_choice *choice, struct quality limit);
/* Whether a packet with layers is forwarded. `is_newest`: it is newer than all before it; only such packets change the
 * layers that are forwarded. */
bool frame_choice_takes(struct frame_choice *choice, const struct frame_info *frame, uint32_t timestamp, bool is_newest,
                        struct quality limit);

#endif
