/* Whether audio is sent to a receiver with the frame before in each packet (RED, RFC 2198): while its link loses
 * packets. Else that would only cost bitrate. Pure; embedded in its sender. */
#ifndef HEDDLE_HOP_REDUNDANCY_H
#define HEDDLE_HOP_REDUNDANCY_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/base/time.h"

struct redundancy {
    usec_t needed_until; /* 0: never yet */
};

/* A receiver report on audio; `fraction_lost` of 256 packets. */
void redundancy_report(struct redundancy *redundancy, uint8_t fraction_lost, usec_t now);
bool redundancy_is_needed(const struct redundancy *redundancy, usec_t now);

#endif
