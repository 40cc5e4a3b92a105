/* The participants that are or were in the call, each with what it shows and says; of those who left the last
 * TILES_LEFT_MAX are kept, and of the others sums. While the room changes its topology a
 * tile tells when it swapped from the router to a direct connection, or back, and how long it stood still. No I/O but the
 * recordings; time is an argument. */
#ifndef HEDDLE_CLIENT_TILES_H
#define HEDDLE_CLIENT_TILES_H

#include "client/remote.h"
#include "client/room.h"

#define CODEC_NAME_MAX 16

enum tile_way { TILE_NO_WAY, TILE_DIRECT, TILE_BY_ROUTER };

struct tile {
    struct remote *remote;
    bool is_here;
    bool is_past;           /* of an earlier place in the room: its id may be somebody else's now */
    usec_t since, left_at;  /* left_at: when it was here last */
    enum tile_way shown[2]; /* by kind: what it is shown and heard by */
    bool muted[2];
    char unsupported[2][CODEC_NAME_MAX + 1]; /* by kind: a codec that comes and that we did not negotiate; "": none */
};

#define TILES_LEFT_MAX 256

struct tiles {
    struct tile *at;
    size_t count;
    size_t forgotten_count;                  /* who left, and then so many after them */
    struct receive_track_stats forgotten[2]; /* by kind: what came of them */
    struct recordings recordings;
    struct decode_budget decoding; /* of all of them */
};

void tiles_init(struct tiles *tiles, const char *record_folder);
int tiles_fini(struct tiles *tiles); /* ERR_IO: a recording is not complete */
/* The call is over: recordings are completed. What was counted stays. */
void tiles_end(struct tiles *tiles);
/* NULL: there is none. A publication is "p3/camera". */
struct tile *tiles_find(const struct tiles *tiles, const char *participant);
struct tile *tiles_of_publication(const struct tiles *tiles, const char *publication);
/* Everybody has new ids from now on; who has the name of before goes on in the tile of before. */
void tiles_renew(struct tiles *tiles);
/* Pointers to tiles hold until then. */
void tiles_follow(struct tiles *tiles, const struct room *room, usec_t now);
/* Adds what a track brought that has ended to what its participant has brought. */
void tiles_count_ended(struct tiles *tiles, const struct ended_track *ended);
/* Standing still because of a mute is no freeze: what was shown before a change starts afresh. */
void tile_follow_mutes(struct tile *tile, const struct room *room);
/* A frame is shown or heard that came this way. True when it swapped; the frame's own `gap` is how long it stood. */
bool tile_swapped(struct tile *tile, enum media_kind kind, enum tile_way way);

#endif
