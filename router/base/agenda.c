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

static void take_off(struct agenda_entry *entry)
{
    struct agenda_list *list = entry->list;
    if (list == NULL)
        return;
    *(entry->previous != NULL ? &entry->previous->next : &list->first) = entry->next;
    *(entry->next != NULL ? &entry->next->previous : &list->last) = entry->previous;
    entry->list = NULL;
}

static void put(struct agenda_list *list, struct agenda_entry *entry)
{
    take_off(entry);
    entry->list = list;
    entry->previous = list->last;
    entry->next = NULL;
    *(list->last != NULL ? &list->last->next : &list->first) = entry;
    list->last = entry;
}

void agenda_leave(struct agenda_entry *entry)
{
    take_off(entry);
    schedule_set(&entry->agenda->schedule, &entry->timer, USEC_NEVER);
}

void agenda_set_ready(struct agenda_entry *entry, bool is_ready)
{
    entry->is_ready = is_ready;
    if (!is_ready)
        take_off(entry);
}

void agenda_mark(struct agenda_entry *entry)
{
    struct agenda_list *marked = &entry->agenda->marked;
    if (entry->is_ready && entry->list != marked)
        put(marked, entry);
}

void agenda_hold(struct agenda_entry *entry)
{
    struct agenda *agenda = entry->agenda;
    if (agenda->hold_max == 0) {
        agenda_mark(entry);
        return;
    }
    if (!entry->is_ready || entry->list != NULL)
        return;
    if (agenda->held.first == NULL)
        agenda->held_until = agenda->now + agenda->hold_max;
    put(&agenda->held, entry);
}

usec_t agenda_release_at(const struct agenda *agenda)
{
    return agenda->held.first != NULL ? agenda->held_until : USEC_NEVER;
}

void agenda_release(struct agenda *agenda)
{
    while (agenda->held.first != NULL)
        put(&agenda->marked, agenda->held.first);
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
    struct agenda_entry *entry = agenda->marked.first;
    if (entry != NULL)
        take_off(entry);
    return entry;
}
