/* One direction of a network link: a policer, a queue served at a rate, by a token bucket or by a trace, then delay,
 * jitter, loss, reordering and duplication. Pure: time and the seed are arguments, so the emulator (linkem.c) and a
 * simulation in virtual time see the same link.
 *
 * The model holds numbers of packets, not packets. Every number pushed with success comes back exactly once as
 * LINK_DELIVER or LINK_LOST; before a LINK_DELIVER it may come as LINK_COPY. */
#ifndef HEDDLE_LAB_LINK_MODEL_H
#define HEDDLE_LAB_LINK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lab/link_trace.h"
#include "transport/base/random.h"
#include "transport/base/time.h"

struct link_config {
    usec_t delay;                   /* one way */
    usec_t jitter;                  /* uniform in +-jitter around the delay; never changes the order */
    double rate_bps;                /* of whole IP packets; 0: unlimited */
    size_t bucket_bytes;            /* what was not used of the rate, up to so much, is sent at once later; 0: lost */
    const struct link_trace *trace; /* in place of the rate, from when it is set on; borrowed, NULL: none */
    double police_bps; /* what comes faster, beyond a burst of so much, is dropped before the queue; 0: none */
    size_t police_bytes;
    size_t queue_bytes; /* limits of what waits for the rate; 0: none. The tail is dropped. */
    usec_t queue_time;
    double loss; /* probabilities are 0..1 */
    /* Gilbert: from good to bad with `burst_enter` a packet, back with `burst_exit`; in bad all is lost. The share lost
     * is enter / (enter + exit), the mean burst 1 / exit packets. */
    double burst_enter, burst_exit;
    double reorder;       /* this share is held back by `reorder_delay`, so that later ones overtake */
    usec_t reorder_delay; /* 0: 10 ms */
    double duplicate;
};

enum link_event {
    LINK_NONE,    /* nothing is due */
    LINK_COPY,    /* deliver; the same number comes again */
    LINK_DELIVER, /* deliver, and it is the caller's again */
    LINK_LOST,    /* the caller's again */
};

struct link_stats {
    uint64_t offered, delivered, copies, lost, policed, queue_drops, reordered;
    uint64_t delivered_bytes;
    usec_t longest_queue; /* waiting time of the last byte, at its worst */
};

struct link_queued;
struct link_arrival;
struct link_model {
    struct link_config config;
    struct link_stats stats;
    struct rng rng;
    bool in_burst;
    struct link_queued *queue; /* a ring of what waits for the rate; the first is being sent */
    size_t queue_capacity, queue_first, queue_count;
    size_t queue_bytes;
    double head_bits;                /* still to send of the first */
    double bucket_bits, police_bits; /* what may be sent at once, and let in */
    usec_t policed_at, trace_start;
    uint64_t opportunity; /* of the trace: the next one */
    usec_t served_until;
    struct link_arrival *heap; /* on its way, by time */
    size_t heap_capacity, heap_count;
    uint64_t heap_serial;
    usec_t last_arrival;
};

void link_model_init(struct link_model *model, const struct link_config *config, uint64_t seed, usec_t now);
void link_model_fini(struct link_model *model); /* the numbers still inside are forgotten */
/* Takes effect at once, for what waits in the queue too; what is on its way is not changed. */
void link_model_set(struct link_model *model, const struct link_config *config, usec_t now);
/* False: dropped by the policer or the queue limit. */
bool link_model_push(struct link_model *model, uint64_t number, size_t bytes, usec_t now);
/* What has happened until `now`; call until LINK_NONE. `at`: when exactly. */
enum link_event link_model_pop(struct link_model *model, usec_t now, uint64_t *number, usec_t *at);
/* When to pop again; USEC_NEVER: nothing is inside. */
usec_t link_model_next(const struct link_model *model);
/* How long the last byte in the queue will wait. */
usec_t link_model_queue_time(const struct link_model *model);

#endif
