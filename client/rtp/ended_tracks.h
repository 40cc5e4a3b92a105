/* The statistics of receiving tracks that have ended, by publication, until the owner takes them out and adds them to
 * its own sums. Bounded: when all places are taken, further publications are added up under the name "". Pure;
 * embedded. */
#ifndef HEDDLE_CLIENT_ENDED_TRACKS_H
#define HEDDLE_CLIENT_ENDED_TRACKS_H

#include "client/rtp/negotiation.h"
#include "client/rtp/receive_track.h"

#define ENDED_TRACKS_MAX 64

struct ended_tracks {
    size_t count;
    struct ended_track {
        char publication[PUBLICATION_ID_MAX + 1];
        struct receive_track_stats stats;
    } at[ENDED_TRACKS_MAX]; /* the last place is for "" when all others are taken */
};

void ended_tracks_add(struct ended_tracks *ended, const char *publication, const struct receive_track_stats *stats);
/* Adds what is kept of a publication to `sum`, without taking it out. True: there was something. */
bool ended_tracks_sum(const struct ended_tracks *ended, const char *publication, struct receive_track_stats *sum);
/* Takes one out; false: there is none. */
bool ended_tracks_take(struct ended_tracks *ended, struct ended_track *out);

#endif
