/* A binary heap of timers, which are embedded in their owners. Pure. */
#ifndef HEDDLE_ROUTER_BASE_SCHEDULE_H
#define HEDDLE_ROUTER_BASE_SCHEDULE_H

#include <stddef.h>

#include "transport/base/time.h"

enum timer_owner { TIMER_PARTICIPANT, TIMER_ROOM, TIMER_MEMORY };

struct timer {
    usec_t at;
    size_t position; /* in the heap, from 1; 0: not in it */
    enum timer_owner kind;
    void *owner;
};

struct schedule {
    struct timer **timers;
    size_t count, capacity;
};

void schedule_init(struct schedule *schedule);
void schedule_fini(struct schedule *schedule);
void timer_init(struct timer *timer, enum timer_owner kind, void *owner);
/* Makes room for one more timer, so that setting one never allocates. */
void schedule_reserve(struct schedule *schedule, size_t count);
/* USEC_NEVER takes the timer out. */
void schedule_set(struct schedule *schedule, struct timer *timer, usec_t at);
/* Sets the timer only if that is earlier than what it is set to. */
void schedule_by(struct schedule *schedule, struct timer *timer, usec_t at);
usec_t schedule_next(const struct schedule *schedule);
/* Takes out and returns the first timer that is due; NULL: none. */
struct timer *schedule_take(struct schedule *schedule, usec_t now);

#endif
