#include "router/base/agenda.h"

#include <stddef.h>

void agenda_init(struct agenda *agenda)
{
    *agenda = (struct agenda){0};
    schedule_init(&agenda->schedule);
}

void agenda_fini(struct agenda *agenda)
{
    schedule_fini(&agenda->schedule);
}

void agenda_enter(struct agenda *agenda, struct agenda_entry *entry, enum timer_owner kind, void *owner)
{
    *entry = (struct agenda_entry){.agenda = agenda, .busy_at = agenda->now};
    timer_init(&entry->timer, kind, owner);
}

static void unmark(struct agenda_entry *entry)
{
    struct agenda *agenda = entry->agenda;
    struct agenda_entry *before = NULL, *at = agenda->first;
    if (!entry->is_marked)
        return;
    while (at != entry) {
        before = at;
        at = at->next;
    }
    *(before != NULL ? &before->next : &agenda->first) = entry->next;
    if (agenda->last == entry)
        agenda->last = before;
    entry->is_marked = false;
}

void agenda_leave(struct agenda_entry *entry)
{
    unmark(entry);
    schedule_set(&entry->agenda->schedule, &entry->timer, USEC_NEVER);
}

void agenda_set_ready(struct agenda_entry *entry, bool is_ready)
{
    entry->is_ready = is_ready;
    if (!is_ready)
        unmark(entry);
}

void agenda_mark(struct agenda_entry *entry)
{
    struct agenda *agenda = entry->agenda;
    if (entry->is_marked || !entry->is_ready)
        return;
    entry->is_marked = true;
    entry->next = NULL;
    *(agenda->last != NULL ? &agenda->last->next : &agenda->first) = entry;
    agenda->last = entry;
}

void agenda_wake_by(struct agenda_entry *entry, usec_t at)
{
    schedule_by(&entry->agenda->schedule, &entry->timer, at);
}

void agenda_wake(struct agenda_entry *entry)
{
    if (!entry->is_idle)
        return;
    entry->is_idle = false;
    entry->busy_at = entry->agenda->now;
    agenda_wake_by(entry, entry->agenda->now);
}

struct agenda_entry *agenda_take(struct agenda *agenda)
{
    struct agenda_entry *entry = agenda->first;
    if (entry == NULL)
        return NULL;
    agenda->first = entry->next;
    if (agenda->first == NULL)
        agenda->last = NULL;
    entry->is_marked = false;
    return entry;
}
