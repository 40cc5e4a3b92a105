/* All rooms, by name, and what is counted of all of them. */
#ifndef HEDDLE_SIGNALING_ROOM_TABLE_H
#define HEDDLE_SIGNALING_ROOM_TABLE_H

#include "signaling/room/room_types.h"

#define ROOM_BUCKETS 1024 /* a power of two */

struct rooms {
    struct rooms_config config;
    struct room_port port;
    struct rooms_counters counters;
    struct kept_account kept;
    size_t count;
    struct room *buckets[ROOM_BUCKETS];
    size_t chat_bytes;   /* remembered of chats in all rooms */
    int64_t wall_offset; /* of the wall clock, ahead of `now` */
    int64_t wall_ahead;  /* rooms_wall_clock() when credentials were last made */
};

struct rooms *rooms_new(const struct rooms_config *config, const struct room_port *port);
size_t rooms_count(const struct rooms *rooms);
const struct rooms_counters *rooms_get_counters(const struct rooms *rooms);
size_t rooms_kept_bytes(const struct rooms *rooms);
struct room *rooms_find(const struct rooms *rooms, const char *name);
struct room *rooms_next(const struct rooms *rooms, const struct room *room); /* NULL: the first */
/* The token by which the participant resumes. */
void room_participant_resume_token(const struct room_participant *participant, char out[ROOM_RESUME_SIZE]);
struct room_participant *room_find(const struct room *room, const char *id);

/* For room.c: adds a room without participants, and removes one. */
struct room *rooms_add(struct rooms *rooms, const char *name, enum topology_pin pin, usec_t now);
void rooms_remove(struct room *room); /* frees it */

#endif
