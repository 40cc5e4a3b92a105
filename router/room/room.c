#include "router/room/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

#define SPEAKER_INTERVAL (200 * USEC_PER_MSEC)

struct room *router_find_room(struct router *router, const char *name)
{
    for (struct room *room = router->rooms; room != NULL; room = room->next)
        if (strcmp(room->name, name) == 0)
            return room;
    return NULL;
}

struct participant *room_find_participant(const struct room *room, const char *id)
{
    for (struct participant *p = room->participants; p != NULL; p = p->next)
        if (strcmp(p->common.id, id) == 0)
            return p;
    return NULL;
}

struct room *room_new(struct router *router, const char *name)
{
    struct room *room = mem_alloc(sizeof *room);
    room->router = router;
    snprintf(room->name, sizeof room->name, "%s", name);
    map_init(&room->publications);
    timer_init(&room->speaker_timer, TIMER_ROOM, room);
    room->next = router->rooms;
    router->rooms = room;
    router->room_count++;
    schedule_reserve(&router->core.agenda.schedule, router_timers(router));
    return room;
}

void room_free(struct room *room)
{
    struct room **at = &room->router->rooms;
    CHECK(room->participants == NULL);
    schedule_set(&room->router->core.agenda.schedule, &room->speaker_timer, USEC_NEVER);
    while (*at != room)
        at = &(*at)->next;
    *at = room->next;
    room->router->room_count--;
    map_fini(&room->publications);
    free(room);
}

static uint64_t key_of(const struct room *room, const char *id)
{
    return map_text_key(id, room->router->core.text_seed);
}

struct publication *room_get_publication(const struct room *room, const char *id)
{
    struct publication *publication = map_get(&room->publications, key_of(room, id));
    while (publication != NULL && strcmp(publication->id, id) != 0)
        publication = publication->same_key;
    return publication;
}

void room_add_publication(struct room *room, struct publication *publication)
{
    uint64_t key = key_of(room, publication->id);
    publication->same_key = map_get(&room->publications, key);
    map_put(&room->publications, key, publication);
}

void room_remove_publication(struct room *room, const struct publication *publication)
{
    uint64_t key = key_of(room, publication->id);
    struct publication *first = map_remove(&room->publications, key), **at = &first;
    while (*at != publication)
        at = &(*at)->same_key;
    *at = publication->same_key;
    if (first != NULL)
        map_put(&room->publications, key, first);
}

void room_review(struct room *room, usec_t now)
{
    schedule_by(&room->router->core.agenda.schedule, &room->speaker_timer, now);
}

void room_heard(struct room *room, usec_t now)
{
    schedule_by(&room->router->core.agenda.schedule, &room->speaker_timer, now + SPEAKER_INTERVAL);
}
