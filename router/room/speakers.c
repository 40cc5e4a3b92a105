#include "router/room/speakers.h"

#include <stdio.h>

#define REORDER_INTERVAL (1 * USEC_PER_SEC)

static void announce_speakers(struct room *room)
{
    struct router_event *event = events_add(&room->router->core.events, ROUTER_EVENT_SPEAKERS, room->name);
    size_t length = 0;
    for (size_t i = 0; i < room->speaker_count; i++)
        length += (size_t)snprintf(event->text + length, sizeof event->text - length, "%s%s", i > 0 ? " " : "",
                                   room->speakers[i]->publisher->common->id);
}

void speakers_forget(struct room *room, const struct publication *publication)
{
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

static bool is_listed(const struct room *room, const struct publication *publication)
{
    for (size_t i = 0; i < room->speaker_count; i++)
        if (room->speakers[i] == publication)
            return true;
    return false;
}

/* Former speakers first, in their order, then new ones; after that they are sorted. */
static size_t collect_speakers(struct room *room, struct speaker **speakers)
{
    size_t count = 0;
    for (size_t i = 0; i < room->speaker_count; i++)
        if (room->speakers[i]->speaker.is_speaking)
            speakers[count++] = &room->speakers[i]->speaker;
    for (struct participant *p = room->participants; p != NULL; p = p->next) {
        for (struct publication *publication = p->publisher.publications; publication != NULL;
             publication = publication->next) {
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
        for (struct publication *publication = p->publisher.publications; publication != NULL;
             publication = publication->next) {
            speaker_update(&publication->speaker, now);
            is_heard = is_heard || publication->speaker.is_speaking;
        }
    return is_heard;
}

/* A new speaker is told at once. A new order of the same speakers is told only now and then, or it would change all the
 * time. */
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

void speakers_timeout(struct room *room, usec_t now)
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
    if (is_heard) /* so that it is noticed when they fall silent and send nothing */
        room_heard(room, now);
}
