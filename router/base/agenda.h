/* What is due when, and who has something to send. Each participant and room has an entry. Parts of the core note there
 * that something must happen, and need not know who does it. Pure. */
#ifndef HEDDLE_ROUTER_BASE_AGENDA_H
#define HEDDLE_ROUTER_BASE_AGENDA_H

#include <stdbool.h>

#include "router/base/schedule.h"

struct agenda {
    struct schedule schedule;
    struct agenda_entry *first, *last; /* with output */
    usec_t now;                        /* of the latest input or timeout */
};

struct agenda_entry {
    struct agenda *agenda;
    struct timer timer;
    struct agenda_entry *next; /* marked */
    bool is_ready;             /* may send: others are not marked */
    bool is_marked;
    /* Without media for a while there are no reports to write and nothing to check: its timer is not set. */
    bool is_idle;
    usec_t busy_at;
};

void agenda_init(struct agenda *agenda);
void agenda_fini(struct agenda *agenda);
/* The caller has reserved room for its timer (schedule_reserve). */
void agenda_enter(struct agenda *agenda, struct agenda_entry *entry, enum timer_owner kind, void *owner);
void agenda_leave(struct agenda_entry *entry);
/* While it is not ready, it is not marked, so nothing is sent. */
void agenda_set_ready(struct agenda_entry *entry, bool is_ready);

/* It has something to send. */
void agenda_mark(struct agenda_entry *entry);
/* It has something to do at `at`, or before. */
void agenda_wake_by(struct agenda_entry *entry, usec_t at);
/* Media moves, or something changed that may make it move: it is not idle any more. */
void agenda_wake(struct agenda_entry *entry);

/* Takes the first marked entry, and its mark; NULL: none. Its owner is that of its timer. */
struct agenda_entry *agenda_take(struct agenda *agenda);

#endif
