/* Tells from the delay of packets whether a link queues: the slope of the one-way delay over the last groups of packets
 * against a threshold that adapts to the path's jitter (draft-ietf-rmcat-gcc-02 section 5). Pure; embedded. */
#ifndef HEDDLE_HOP_TRENDLINE_H
#define HEDDLE_HOP_TRENDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/base/time.h"

#define TRENDLINE_WINDOW 20

enum link_usage { LINK_NORMAL, LINK_OVERUSE, LINK_UNDERUSE };

struct trendline {
    /* The group of packets being collected, and the one before: sent together, or arrived together. */
    bool has_group, has_previous;
    usec_t first_sent, last_sent, first_arrival, last_arrival;
    usec_t previous_sent;
    /* the regression */
    usec_t origin_delay; /* of the first packet, with the difference of the clocks */
    double smoothed_ms;  /* increase of the delay since the start */
    bool has_origin;
    double at_ms[TRENDLINE_WINDOW], delay_ms[TRENDLINE_WINDOW];
    size_t count, next;
    unsigned deltas;
    usec_t origin;
    bool is_paused;
    double threshold, last_trend, overuse_ms;
    unsigned overuses;
    usec_t last_update;
    enum link_usage usage;
};

void trendline_init(struct trendline *trendline);
/* A packet arrived, in the order of sending; `arrival` is on the receiver's clock. */
void trendline_packet(struct trendline *trendline, usec_t sent, usec_t arrival);
/* While paused, the slope is not evaluated (a probe causes a queue of its own); afterwards it starts again. */
void trendline_pause(struct trendline *trendline, bool paused);

#endif
