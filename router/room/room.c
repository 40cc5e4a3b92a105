#include "router/room/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/in/publication.h"
#include "router/out/slot.h"
#include "router/room/viewing.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"

#define SPEAKER_INTERVAL (200 * USEC_PER_MSEC)
#define REORDER_INTERVAL (1 * USEC_PER_SEC)

struct room *router_find_room(struct router *router, const char *name)
{
    for (struct room *room = router->rooms; room != NULL; room = room->next)
        if (strcmp(room->name, name) == 0)
            return room;
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
    schedule_reserve(&router->schedule, router_timers(router));
    return room;
}

void room_free(struct room *room)
{
    struct room **at = &room->router->rooms;
    CHECK(room->participants == NULL);
    schedule_set(&room->router->schedule, &room->speaker_timer, USEC_NEVER);
    while (*at != room)
        at = &(*at)->next;
    *at = room->next;
    room->router->room_count--;
    map_fini(&room->publications);
    free(room);
}

static uint64_t key_of(const struct room *room, const char *id)
{
    return map_text_key(id, room->router->text_seed);
}

struct publication *room_get_publication(const struct room *room, const char *id)
{
    struct publication *publication = map_get(&room->publications, key_of(room, id));
    while (publication != NULL && strcmp(publication->id, id) != 0)
        publication = publication->same_key;
    return publication;
}

static void show_to(const struct participant *viewer, struct publication *publication, usec_t now)
{
    for (struct slot *slot = viewer->slots; slot != NULL; slot = slot->next)
        if (slot->media.send && slot->media.kind == publication->media.kind &&
            strcmp(slot->wanted, publication->id) == 0) {
            slot_show(slot, publication, now);
            return; /* one of its slots is enough, see viewing_settle() */
        }
}

void room_published(struct room *room, struct publication *publication, usec_t now)
{
    uint64_t key = key_of(room, publication->id);
    publication->same_key = map_get(&room->publications, key);
    map_put(&room->publications, key, publication);
    for (struct participant *p = room->participants; p != NULL; p = p->next)
        show_to(p, publication, now);
    room_review(room, now);
}

static void announce_speakers(struct room *room)
{
    struct router_event *event = router_add_event(room->router, ROUTER_EVENT_SPEAKERS, room);
    size_t length = 0;
    for (size_t i = 0; i < room->speaker_count; i++)
        length += (size_t)snprintf(event->text + length, sizeof event->text - length, "%s%s", i > 0 ? " " : "",
                                   room->speakers[i]->participant->id);
}

static void forget_publication(struct room *room, const struct publication *publication)
{
    uint64_t key = key_of(room, publication->id);
    struct publication *first = map_remove(&room->publications, key), **at = &first;
    while (*at != publication)
        at = &(*at)->same_key;
    *at = publication->same_key;
    if (first != NULL)
        map_put(&room->publications, key, first);
}

void room_unpublished(struct room *room, const struct publication *publication, usec_t now)
{
    forget_publication(room, publication);
    room_review(room, now);
    for (size_t i = 0; i < room->speaker_count; i++) {
        if (room->speakers[i] != publication)
            continue;
        room->speaker_count--;
        for (; i < room->speaker_count; i++)
            room->speakers[i] = room->speakers[i + 1];
        announce_speakers(room);
        return;
    }
}

void room_review(struct room *room, usec_t now)
{
    schedule_by(&room->router->schedule, &room->speaker_timer, now);
}

void room_heard(struct room *room, usec_t now)
{
    schedule_by(&room->router->schedule, &room->speaker_timer, now + SPEAKER_INTERVAL);
}

static bool is_listed(const struct room *room, const struct publication *publication)
{
    for (size_t i = 0; i < room->speaker_count; i++)
        if (room->speakers[i] == publication)
            return true;
    return false;
}

/* Who spoke before keeps its place; the new ones come after, then the order is looked at. */
static size_t collect_speakers(struct room *room, struct speaker **speakers)
{
    size_t count = 0;
    for (size_t i = 0; i < room->speaker_count; i++)
        if (room->speakers[i]->speaker.is_speaking)
            speakers[count++] = &room->speakers[i]->speaker;
    for (struct participant *p = room->participants; p != NULL; p = p->next) {
        for (struct publication *publication = p->publications; publication != NULL; publication = publication->next) {
            if (!is_listed(room, publication) && publication->speaker.is_speaking && count < ROOM_SPEAKERS_MAX)
                speakers[count++] = &publication->speaker;
        }
    }
    return count;
}

static bool update_speakers(struct room *room, usec_t now)
{
    bool is_heard = false;
    for (struct participant *p = room->participants; p != NULL; p = p->next)
        for (struct publication *publication = p->publications; publication != NULL; publication = publication->next) {
            speaker_update(&publication->speaker, now);
            is_heard = is_heard || publication->speaker.is_speaking;
        }
    return is_heard;
}

/* A new speaker is told at once; who is louder among the same ones only now and then, or the list would flicker. */
static bool is_news(const struct room *room, struct publication *const *speakers, size_t count, usec_t now)
{
    bool is_reordered = false;
    for (size_t i = 0; i < count; i++) {
        if (!is_listed(room, speakers[i]))
            return true;
        is_reordered = is_reordered || speakers[i] != room->speakers[i];
    }
    return count != room->speaker_count || (is_reordered && now - room->last_announced >= REORDER_INTERVAL);
}

void room_timeout(struct room *room, usec_t now)
{
    struct speaker *speakers[ROOM_SPEAKERS_MAX];
    struct publication *publications[ROOM_SPEAKERS_MAX];
    bool is_heard = update_speakers(room, now);
    size_t count = collect_speakers(room, speakers);
    speakers_order(speakers, count);
    for (size_t i = 0; i < count; i++)
        publications[i] = (struct publication *)(void *)((char *)speakers[i] - offsetof(struct publication, speaker));
    if (is_news(room, publications, count, now)) {
        for (size_t i = 0; i < count; i++)
            room->speakers[i] = publications[i];
        room->speaker_count = count;
        room->last_announced = now;
        announce_speakers(room);
    }
    viewing_assign(room, now);
    if (is_heard) /* it must also be noticed when they fall silent and send nothing */
        room_heard(room, now);
}
