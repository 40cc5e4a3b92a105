#include "client/call/tiles.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

void tiles_init(struct tiles *tiles, const char *record_folder)
{
    *tiles = (struct tiles){0};
    recordings_init(&tiles->recordings, record_folder);
}

void tiles_end(struct tiles *tiles)
{
    for (size_t i = 0; i < tiles->count; i++)
        remote_left(tiles->at[i].remote);
}

int tiles_fini(struct tiles *tiles)
{
    for (size_t i = 0; i < tiles->count; i++)
        remote_free(tiles->at[i].remote);
    free(tiles->at);
    recordings_fini(&tiles->recordings);
    return tiles->recordings.failure[0] != '\0' ? ERR_IO : 0;
}

/* Looks from `start` on, and around: whoever goes through all in their order finds each at once. */
static struct tile *find_from(const struct tiles *tiles, size_t start, const char *participant, enum message_tile which)
{
    for (size_t i = 0; i < tiles->count; i++) {
        struct tile *tile = &tiles->at[(start + i) % tiles->count];
        if (!tile->is_past && tile->which == which && strcmp(remote_participant(tile->remote), participant) == 0)
            return tile;
    }
    return NULL;
}

struct tile *tiles_find(const struct tiles *tiles, const char *participant)
{
    return find_from(tiles, 0, participant, MESSAGE_TILE_PERSON);
}

struct tile *tiles_of_publication(const struct tiles *tiles, const char *publication)
{
    char participant[PARTICIPANT_ID_MAX + 1];
    size_t length = strcspn(publication, "/");
    if (length > PARTICIPANT_ID_MAX)
        return NULL;
    memcpy(participant, publication, length);
    participant[length] = '\0';
    return find_from(tiles, 0, participant,
                     publication[length] == '/' ? message_source_tile(publication + length + 1) : MESSAGE_TILE_PERSON);
}

void tiles_renew(struct tiles *tiles)
{
    for (size_t i = 0; i < tiles->count; i++) {
        struct tile *tile = &tiles->at[i];
        tile->is_past = true;
        tile->is_here = false;
        tile->shown[MEDIA_AUDIO] = tile->shown[MEDIA_VIDEO] = TILE_NO_ROUTE;
    }
}

static struct tile *take_past(struct tiles *tiles, const struct client_participant *participant,
                              enum message_tile which)
{
    for (size_t i = 0; i < tiles->count; i++) {
        struct tile *tile = &tiles->at[i];
        if (!tile->is_past || tile->which != which || strcmp(remote_name(tile->remote), participant->name) != 0)
            continue;
        tile->is_past = false;
        remote_set_participant(tile->remote, participant->id);
        return tile;
    }
    return NULL;
}

static struct tile *add(struct tiles *tiles, const struct client_participant *participant, enum message_tile which,
                        usec_t now)
{
    tiles->at = mem_resize(tiles->at, tiles->count + 1, sizeof *tiles->at);
    struct tile *tile = &tiles->at[tiles->count++];
    *tile = (struct tile){
        .remote = remote_new(&tiles->decoding, participant->id, participant->name), .which = which, .since = now};
    remote_compare(tile->remote, tiles->compared_width, tiles->compared_height);
    return tile;
}

static void forget(struct tiles *tiles, size_t index)
{
    struct remote_stats stats;
    remote_get_stats(tiles->at[index].remote, &stats, tiles->at[index].left_at);
    receive_track_stats_add(&tiles->forgotten[MEDIA_AUDIO], &stats.past_audio);
    receive_track_stats_add(&tiles->forgotten[MEDIA_VIDEO], &stats.past_video);
    remote_free(tiles->at[index].remote);
    tiles->forgotten_count++;
    tiles->count--;
    memmove(&tiles->at[index], &tiles->at[index + 1], (tiles->count - index) * sizeof *tiles->at);
}

/* True when there were more than TILES_LEFT_MAX, and one was forgotten. */
static bool forget_oldest(struct tiles *tiles)
{
    size_t left = 0, oldest = 0;
    for (size_t i = tiles->count; i-- > 0;) {
        if (tiles->at[i].is_here)
            continue;
        if (left++ == 0 || tiles->at[i].left_at <= tiles->at[oldest].left_at)
            oldest = i;
    }
    if (left <= TILES_LEFT_MAX)
        return false;
    forget(tiles, oldest);
    return true;
}

static void look_who_left(struct tiles *tiles, usec_t now)
{
    for (size_t i = 0; i < tiles->count; i++) {
        struct tile *tile = &tiles->at[i];
        if (!tile->is_here || tile->is_followed)
            continue;
        tile->is_here = false;
        tile->left_at = now;
        remote_left(tile->remote);
    }
}

/* All who are no mixer, and oneself. */
static size_t count_people(const struct client_room *room)
{
    size_t count = 1;
    for (size_t i = 0; i < room->participant_count; i++)
        count += !room->participants[i].is_mixer;
    return count;
}

/* Standing still because of a mute is no freeze: when a mute changes, the time without frames does not count. */
static void follow_mutes(struct tile *tile, const struct client_participant *participant)
{
    bool muted[2] = {false, false};
    for (size_t i = 0; i < participant->publication_count; i++) {
        const struct client_publication *publication = &participant->publications[i];
        if (message_source_tile(publication->source) == tile->which)
            muted[publication->kind] = muted[publication->kind] || publication->muted;
    }
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++)
        if (muted[kind] != tile->muted[kind]) {
            tile->muted[kind] = muted[kind];
            remote_pause(tile->remote, (enum media_kind)kind);
        }
}

static bool has_tile(const struct client_participant *participant, enum message_tile which)
{
    for (size_t i = 0; i < participant->publication_count; i++)
        if (message_source_tile(participant->publications[i].source) == which)
            return true;
    return which == MESSAGE_TILE_PERSON; /* whatever is published */
}

/* Returns where the next one is to be looked for. */
static size_t follow(struct tiles *tiles, size_t start, const struct client_participant *participant,
                     enum message_tile which, usec_t now)
{
    struct tile *tile = find_from(tiles, start, participant->id, which);
    if (tile == NULL)
        tile = take_past(tiles, participant, which);
    if (tile == NULL)
        tile = add(tiles, participant, which, now);
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO && !tile->is_here; kind++)
        remote_pause(tile->remote, (enum media_kind)kind);
    if (tiles->recordings.folder != NULL)
        remote_record(tile->remote, &tiles->recordings, which);
    tile->is_here = tile->is_followed = true;
    tile->left_at = now;
    follow_mutes(tile, participant);
    return (size_t)(tile - tiles->at) + 1;
}

void tiles_follow(struct tiles *tiles, const struct client_room *room, usec_t now)
{
    size_t next = 0;
    for (size_t i = 0; i < tiles->count; i++)
        tiles->at[i].is_followed = false;
    for (size_t i = 0; i < room->participant_count; i++) {
        const struct client_participant *participant = &room->participants[i];
        for (int which = MESSAGE_TILE_PERSON; which < MESSAGE_TILES; which++)
            if (has_tile(participant, (enum message_tile)which))
                next = follow(tiles, next, participant, (enum message_tile)which, now);
        struct tile *person = tiles_find(tiles, participant->id);
        remote_set_tiles(person->remote, participant->is_mixer ? count_people(room) : 0);
    }
    look_who_left(tiles, now);
    while (forget_oldest(tiles))
        continue;
}

void tiles_count_ended(struct tiles *tiles, const struct ended_track *ended)
{
    int source = message_source_index(ended->publication + strcspn(ended->publication, "/") + 1);
    struct tile *tile = tiles_of_publication(tiles, ended->publication);
    bool is_audio = source >= 0 && strcmp(message_source_kind(source), "audio") == 0;
    enum media_kind kind = is_audio ? MEDIA_AUDIO : MEDIA_VIDEO;
    if (tile != NULL)
        remote_count(tile->remote, kind, &ended->stats);
    else
        receive_track_stats_add(&tiles->forgotten[kind], &ended->stats);
}

bool tile_swapped(struct tile *tile, enum media_kind kind, enum tile_route route)
{
    bool has_swapped = tile->shown[kind] != TILE_NO_ROUTE && tile->shown[kind] != route;
    tile->shown[kind] = route;
    return has_swapped;
}

bool tiles_have_all(const struct tiles *tiles, const struct client_room *room, enum media_kind kind, usec_t since)
{
    for (size_t i = 0; i < room->participant_count; i++) {
        const struct client_participant *participant = &room->participants[i];
        for (size_t k = 0; !participant->is_mixer && k < participant->publication_count; k++) {
            const struct client_publication *publication = &participant->publications[k];
            const struct tile *tile = tiles_of_publication(tiles, publication->id);
            if (publication->kind == kind && !publication->muted &&
                message_source_tile(publication->source) == MESSAGE_TILE_PERSON &&
                (tile == NULL || tile->last_frame[kind] < since))
                return false;
        }
    }
    return true;
}

void tiles_pause(struct tiles *tiles, enum media_kind kind)
{
    for (size_t i = 0; i < tiles->count; i++)
        remote_pause(tiles->at[i].remote, kind);
}
