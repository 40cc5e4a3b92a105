#include "router/base/schedule.h"

#include <stdlib.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

void schedule_init(struct schedule *schedule)
{
    *schedule = (struct schedule){0};
}

void schedule_fini(struct schedule *schedule)
{
    free(schedule->timers);
    *schedule = (struct schedule){0};
}

void timer_init(struct timer *timer, enum timer_owner kind, void *owner)
{
    *timer = (struct timer){.at = USEC_NEVER, .kind = kind, .owner = owner};
}

void schedule_reserve(struct schedule *schedule, size_t count)
{
    if (count <= schedule->capacity)
        return;
    schedule->capacity = count + count / 2 + 16;
    schedule->timers = mem_resize(schedule->timers, schedule->capacity, sizeof *schedule->timers);
}

static void place(struct schedule *schedule, struct timer *timer, size_t position)
{
    schedule->timers[position - 1] = timer;
    timer->position = position;
}

static void sift_up(struct schedule *schedule, struct timer *timer, size_t position)
{
    while (position > 1 && schedule->timers[position / 2 - 1]->at > timer->at) {
        place(schedule, schedule->timers[position / 2 - 1], position);
        position /= 2;
    }
    place(schedule, timer, position);
}

static void sift_down(struct schedule *schedule, struct timer *timer, size_t position)
{
    for (;;) {
        size_t child = position * 2;
        if (child > schedule->count)
            break;
        if (child < schedule->count && schedule->timers[child]->at < schedule->timers[child - 1]->at)
            child++;
        if (schedule->timers[child - 1]->at >= timer->at)
            break;
        place(schedule, schedule->timers[child - 1], position);
        position = child;
    }
    place(schedule, timer, position);
}

static void take_out(struct schedule *schedule, struct timer *timer)
{
    size_t position = timer->position;
    struct timer *last = schedule->timers[--schedule->count];
    timer->position = 0;
    if (last == timer)
        return;
    sift_up(schedule, last, position);
    sift_down(schedule, last, last->position);
}

void schedule_set(struct schedule *schedule, struct timer *timer, usec_t at)
{
    if (timer->at == at) /* as for most of those that are sent something and are looked at again */
        return;
    if (timer->position != 0)
        take_out(schedule, timer);
    timer->at = at;
    if (at == USEC_NEVER)
        return;
    CHECK(schedule->count < schedule->capacity);
    sift_up(schedule, timer, ++schedule->count);
}

void schedule_by(struct schedule *schedule, struct timer *timer, usec_t at)
{
    if (at < timer->at)
        schedule_set(schedule, timer, at);
}

usec_t schedule_next(const struct schedule *schedule)
{
    return schedule->count > 0 ? schedule->timers[0]->at : USEC_NEVER;
}

struct timer *schedule_take(struct schedule *schedule, usec_t now)
{
    if (schedule_next(schedule) > now)
        return NULL;
    struct timer *timer = schedule->timers[0];
    take_out(schedule, timer);
    timer->at = USEC_NEVER;
    return timer;
}
