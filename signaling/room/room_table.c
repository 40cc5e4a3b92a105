#include "signaling/room/room_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

struct rooms *rooms_new(const struct rooms_config *config, const struct room_port *port)
{
    struct rooms *rooms = mem_alloc(sizeof *rooms);
    rooms->config = *config;
    rooms->port = *port;
    rooms->kept.max = KEPT_SERVER_MAX;
    return rooms;
}

const struct rooms_counters *rooms_get_counters(const struct rooms *rooms)
{
    return &rooms->counters;
}

size_t rooms_kept_bytes(const struct rooms *rooms)
{
    return rooms->kept.bytes;
}

size_t rooms_count(const struct rooms *rooms)
{
    return rooms->count;
}

/* FNV-1a. */
static size_t bucket_of(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return (hash ^ hash >> 16) & (ROOM_BUCKETS - 1);
}

struct room *rooms_find(const struct rooms *rooms, const char *name)
{
    struct room *room = rooms->buckets[bucket_of(name)];
    while (room != NULL && strcmp(room->name, name) != 0)
        room = room->next;
    return room;
}

struct room *rooms_next(const struct rooms *rooms, const struct room *room)
{
    if (room != NULL && room->next != NULL)
        return room->next;
    for (size_t i = room != NULL ? bucket_of(room->name) + 1 : 0; i < ROOM_BUCKETS; i++)
        if (rooms->buckets[i] != NULL)
            return rooms->buckets[i];
    return NULL;
}

struct room_participant *room_find(const struct room *room, const char *id)
{
    struct room_participant *participant = room->participants;
    while (participant != NULL && strcmp(participant->id, id) != 0)
        participant = participant->next;
    return participant;
}

void room_participant_resume_token(const struct room_participant *participant, char out[ROOM_RESUME_SIZE])
{
    snprintf(out, ROOM_RESUME_SIZE, "%s.%s", participant->id, participant->secret);
}

struct room *rooms_add(struct rooms *rooms, const char *name, enum topology_pin pin, usec_t now)
{
    struct room *room = mem_alloc(sizeof *room);
    struct room **bucket = &rooms->buckets[bucket_of(name)];
    snprintf(room->name, sizeof room->name, "%s", name);
    room->rooms = rooms;
    room->pin = room->requested_pin = pin;
    room->epoch = 1;
    room->topology_since = now;
    topology_init(&room->topology);
    room->kept = (struct kept_account){.above = &rooms->kept, .max = KEPT_ROOM_MAX};
    room->next = *bucket;
    *bucket = room;
    rooms->count++;
    return room;
}

void rooms_remove(struct room *room)
{
    struct room **at = &room->rooms->buckets[bucket_of(room->name)];
    while (*at != room)
        at = &(*at)->next;
    *at = room->next;
    room->rooms->count--;
    bans_fini(&room->bans);
    chat_history_drop(&room->chat, &room->rooms->chat_bytes);
    event_log_fini(&room->events);
    paths_fini(&room->paths);
    free(room);
}
