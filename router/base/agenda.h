/* What is due when, and who has something to send. Each participant and room has an entry. Parts of the core note there
 * that something must happen, and need not know who does it. Pure. */
#ifndef HEDDLE_ROUTER_BASE_AGENDA_H
#define HEDDLE_ROUTER_BASE_AGENDA_H

#include <stdbool.h>

#include "router/base/schedule.h"

struct agenda_list {
    struct agenda_entry *first, *last;
};

struct agenda {
    struct schedule schedule;
    struct agenda_list marked; /* with output */
    struct agenda_list held;   /* with output that more will join soon; until `held_until` at the latest */
    usec_t hold_max, held_until;
    usec_t now; /* of the latest input or timeout */
};

struct agenda_entry {
    struct agenda *agenda;
    struct timer timer;
    struct agenda_list *list; /* that it is in; NULL: none */
    struct agenda_entry *previous, *next;
    bool is_ready; /* may send: others are not marked */
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
/* The same, but more is expected to be sent with it: it is marked with that, or when it was held for `hold_max`. */
void agenda_hold(struct agenda_entry *entry);
/* When what is held must be marked by agenda_release(); USEC_NEVER: nothing is held. */
usec_t agenda_release_at(const struct agenda *agenda);
void agenda_release(struct agenda *agenda);
/* It has something to do at `at`, or before. */
void agenda_wake_by(struct agenda_entry *entry, usec_t at);
/* Media moves, or something changed that may make it move: it is not idle any more. */
void agenda_wake(struct agenda_entry *entry);

/* Takes the first marked entry, and its mark; NULL: none. Its owner is that of its timer. */
struct agenda_entry *agenda_take(struct agenda *agenda);

#endif
