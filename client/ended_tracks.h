/* What came in by receiving tracks that have ended, by publication, until somebody adds it to what they count. Bounded:
 * what finds no place of its own is added up under the name "". Pure; embedded. */
#ifndef HEDDLE_CLIENT_ENDED_TRACKS_H
#define HEDDLE_CLIENT_ENDED_TRACKS_H

#include "client/negotiation.h"
#include "client/receive_track.h"

#define ENDED_TRACKS_MAX 64

struct ended_tracks {
    size_t count;
    struct ended_track {
        char publication[PUBLICATION_MAX + 1];
        struct receive_track_stats stats;
    } at[ENDED_TRACKS_MAX]; /* the last place is for "" when all others are taken */
};

void ended_tracks_add(struct ended_tracks *ended, const char *publication, const struct receive_track_stats *stats);
/* Adds what is kept of a publication to `sum`, which stays kept. True: there was something. */
bool ended_tracks_sum(const struct ended_tracks *ended, const char *publication, struct receive_track_stats *sum);
/* Gives one out, and forgets it; false: there is none. */
bool ended_tracks_take(struct ended_tracks *ended, struct ended_track *out);

#endif
