/* Whether the queue of the link is filled by others who do not give way as we do (TCP): then giving way only leaves
 * them the link. A queue of our own drains by what we send less than the link carried; one that stays although we gave
 * way is not ours, and as long as it stays we go by loss, as they do. Lasting loss ends in a pause that would empty a
 * queue of our own; an empty queue ends the contest. Pure; embedded; zeroed memory is a new one. */
#ifndef HEDDLE_HOP_CONTEST_H
#define HEDDLE_HOP_CONTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/base/time.h"

struct contest {
    bool is_on;
    bool is_yielding; /* a pause after losses */
    usec_t updated;
    uint64_t estimate_bps; /* before the queue stood */
    /* While it is off, of a queue that does not drain: */
    usec_t since;         /* since when; 0: there is none */
    usec_t longest;       /* the longest that the queue was */
    usec_t due_drain;     /* by how much it should be shorter by now if it were ours */
    uint64_t carried_sum; /* what the link carried of us in the first second */
    unsigned carried_count;
    double carried_earlier_bps; /* a part of that, from before the queue grew longer still; 0: it did not */
    /* While it is on: */
    double bps, share_bps; /* what we take: up to a share fast, above it slowly */
    usec_t empty_since;    /* 0: the queue is not empty */
    usec_t yielded, held_until;
    unsigned received, lost; /* of one window */
    usec_t window_start;
    double loss;
    unsigned lossy_windows; /* one after the other */
};

/* What is known when feedback came. */
struct contest_look {
    usec_t queue;         /* its length now */
    uint64_t drained_bps; /* of our packets; 0: not known */
    uint64_t sending_bps, acknowledged_bps, estimate_bps;
};

void contest_update(struct contest *contest, const struct contest_look *look, usec_t now);
/* Takes the counts of one feedback packet; `rtt` with the queue. */
void contest_loss(struct contest *contest, unsigned received, unsigned lost, usec_t rtt, usec_t now);
/* Nothing is known of the queue any more. */
void contest_forget(struct contest *contest);
/* What may be sent, while it is on. */
uint64_t contest_bps(const struct contest *contest);

#endif
