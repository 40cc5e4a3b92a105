/* Packets that wait to be sent to one subscriber, in order: each item is a shared packet and how this receiver's copy
 * differs. Adding one marks the subscriber in the agenda, or has it held there. Private to the core. */
#ifndef HEDDLE_ROUTER_OUT_EGRESS_QUEUE_H
#define HEDDLE_ROUTER_OUT_EGRESS_QUEUE_H

#include "router/base/agenda.h"
#include "router/base/outgoing.h"
#include "router/out/pacer.h"

struct egress_queue {
    struct agenda_entry *agenda; /* the owner's */
    struct egress *items;
    size_t count, capacity;
    size_t most;    /* that waited at once since `trim_at` was set */
    usec_t trim_at; /* when what was not needed by then is given back */
    size_t handed;  /* how many, from the first, are handed out between egress_queue_take() and egress_queue_sent() */
    struct pacer pacer;
    uint64_t drops; /* it was full */
};

void egress_queue_init(struct egress_queue *queue, struct agenda_entry *agenda);
void egress_queue_fini(struct egress_queue *queue);
/* A cleared place at the end; NULL when it is full (counted). `more_follows`: of the same picture, so that it may wait
 * for that (agenda_hold). */
struct egress *egress_queue_add(struct egress_queue *queue, bool more_follows);
/* The slot is about to be freed: drops its items. */
void egress_queue_forget(struct egress_queue *queue, const struct slot *slot);
void egress_queue_clear(struct egress_queue *queue);
/* The items that may be sent now, at this pace (0: all). They stay until egress_queue_sent(), which must follow. */
size_t egress_queue_take(struct egress_queue *queue, const struct egress **items, uint64_t pace_bps, usec_t now);
void egress_queue_sent(struct egress_queue *queue);
/* When to call egress_queue_take() again for items that wait; USEC_NEVER: none wait. */
usec_t egress_queue_next(const struct egress_queue *queue);

#endif
