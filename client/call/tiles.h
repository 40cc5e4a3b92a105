/* The participants that are or were in the call, each with its video and audio; who shares a screen has another tile
 * for that and its audio, and so for a second screen or camera. Of those who left the last
 * TILES_LEFT_MAX are kept, and sums of all before. While the room changes its topology a tile tells when it swapped
 * from the router to a direct connection, or back, and how long its video stood still. No I/O but the recordings; time
 * is an argument. */
#ifndef HEDDLE_CLIENT_TILES_H
#define HEDDLE_CLIENT_TILES_H

#include "client/call/client_room.h"
#include "client/call/remote.h"
#include "client/e2ee/frame_decryptor.h"

#define CODEC_NAME_MAX 16

enum tile_route { TILE_NO_ROUTE, TILE_DIRECT, TILE_BY_ROUTER, TILE_MIXED };

struct tile {
    struct remote *remote;
    bool is_here;
    enum message_tile which;  /* of its participant */
    bool is_followed;         /* by tiles_follow(), while that runs */
    bool is_past;             /* of a former place in the room: another participant may have its id now */
    usec_t since, left_at;    /* left_at: when it was here last */
    enum tile_route shown[2]; /* by kind: how the media comes that is shown or played */
    bool muted[2];
    usec_t last_frame[2];                    /* by kind: when one was decoded last; 0: never */
    struct frame_decryptor decryptor;        /* of an encrypted call: of all that its participant sends */
    bool misses_frames;                      /* of video: some could not be decrypted, and no keyframe came since */
    bool is_cut;                             /* its video is left out by the router, for want of bandwidth */
    char unsupported[2][CODEC_NAME_MAX + 1]; /* by kind: a codec that comes and that we did not negotiate; "": none */
};

#define TILES_LEFT_MAX 256

struct tiles {
    struct tile *at;
    size_t count;
    size_t forgotten_count;                  /* participants that are only in the sums */
    struct receive_track_stats forgotten[2]; /* by kind: those sums */
    struct recordings recordings;
    struct decode_budget decoding;            /* of all of them */
    unsigned compared_width, compared_height; /* remote_compare() */
};

void tiles_init(struct tiles *tiles, const char *record_folder);
int tiles_fini(struct tiles *tiles); /* ERR_IO: a recording is not complete */
/* The call is over: recordings are completed. What was counted stays. */
void tiles_end(struct tiles *tiles);
/* NULL: there is none. A publication is "p3/camera". The first is of camera and microphone. */
struct tile *tiles_find(const struct tiles *tiles, const char *participant);
struct tile *tiles_of_publication(const struct tiles *tiles, const char *publication);
/* Everybody has new ids from now on; a participant with a name of before gets the tile of that name. */
void tiles_renew(struct tiles *tiles);
/* Adds and marks tiles as the room says. Pointers to tiles are valid until the next call. */
void tiles_follow(struct tiles *tiles, const struct client_room *room, usec_t now);
/* Adds the statistics of a track that has ended to those of its participant. */
void tiles_count_ended(struct tiles *tiles, const struct ended_track *ended);
/* Whether of everybody who is here and not muted something of this kind came since then. Mixer, screens and
 * second cameras do not count. */
bool tiles_have_all(const struct tiles *tiles, const struct client_room *room, enum media_kind kind, usec_t since);
/* The view changed from everybody to the mixer or back: nobody stands still because of it. */
void tiles_pause(struct tiles *tiles, enum media_kind kind);
/* A frame that came this way is shown or played. True when the tile swapped to this way; then the frame's `gap` tells
 * how long it stood still. */
bool tile_swapped(struct tile *tile, enum media_kind kind, enum tile_route route);

#endif
