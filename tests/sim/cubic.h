/* A model of a TCP download for simulations: slow start and CUBIC (RFC 9438) of one bulk transfer that always has more
 * to send. The path keeps the order, so an acknowledgment of a segment means that those before it came or were lost;
 * what is lost is sent again as new data, which costs the link the same. Pure; it sends through the caller. */
#ifndef HEDDLE_SIM_CUBIC_H
#define HEDDLE_SIM_CUBIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define CUBIC_SEGMENT 1500 /* bytes of a whole IP packet */
#define CUBIC_IN_FLIGHT 8192

struct cubic {
    usec_t way_back;            /* of acknowledgments */
    double window, threshold;   /* segments */
    double window_max, plateau; /* before the last reduction; when it is reached again, in seconds */
    double reno_window;         /* what Reno would have */
    usec_t epoch;               /* 0: slow start, or just reduced */
    uint64_t next, expected;    /* segments: to send, to be acknowledged */
    uint64_t recovered_at;      /* one reduction for each window */
    usec_t last_progress;
    struct {
        usec_t at;
        uint64_t segment;
    } acknowledgments[CUBIC_IN_FLIGHT];
    uint64_t acknowledgments_first, acknowledgments_end;
};

void cubic_init(struct cubic *cubic, usec_t way_back, usec_t now);
/* A segment came to the receiver. */
void cubic_arrived(struct cubic *cubic, uint64_t segment, usec_t at);
/* What acknowledgments and the retransmission timer bring about until `now`. */
void cubic_timeout(struct cubic *cubic, usec_t now);
/* The next segment that the window allows to send now. */
bool cubic_take(struct cubic *cubic, uint64_t *segment, usec_t now);

#endif
