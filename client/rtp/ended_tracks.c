#include "client/rtp/ended_tracks.h"

#include <string.h>

static struct ended_track *place(struct ended_tracks *ended, const char *publication)
{
    for (size_t i = 0; i < ended->count; i++)
        if (strcmp(ended->at[i].publication, publication) == 0)
            return &ended->at[i];
    if (ended->count == ENDED_TRACKS_MAX)
        return &ended->at[ENDED_TRACKS_MAX - 1];
    struct ended_track *track = &ended->at[ended->count++];
    memset(track, 0, sizeof *track);
    if (ended->count < ENDED_TRACKS_MAX)
        strncpy(track->publication, publication, sizeof track->publication - 1);
    return track;
}

void ended_tracks_add(struct ended_tracks *ended, const char *publication, const struct receive_track_stats *stats)
{
    if (stats->packets != 0 || stats->lost != 0 || stats->keyframe_requests != 0)
        receive_track_stats_add(&place(ended, publication)->stats, stats);
}

bool ended_tracks_sum(const struct ended_tracks *ended, const char *publication, struct receive_track_stats *sum)
{
    for (size_t i = 0; i < ended->count; i++)
        if (strcmp(ended->at[i].publication, publication) == 0) {
            receive_track_stats_add(sum, &ended->at[i].stats);
            return true;
        }
    return false;
}

bool ended_tracks_take(struct ended_tracks *ended, struct ended_track *out)
{
    if (ended->count == 0)
        return false;
    *out = ended->at[--ended->count];
    return true;
}
