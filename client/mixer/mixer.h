/* heddle-mix's inside: a client of a room whose video and audio become one video and N-1 mixes. A shell around
 * client/mix/, in the loop's thread. */
#ifndef HEDDLE_CLIENT_MIXER_MIXER_H
#define HEDDLE_CLIENT_MIXER_MIXER_H

#include "client/include/heddle_client.h"

struct mixer_config {
    struct heddle_client_config client;
    unsigned width, height, frames_per_second, bitrate_bps; /* of the picture; the sides are even */
    const char *layout; /* "grid" or "speaker", for a room in which nobody has chosen; NULL: a grid */
};

struct mixer;

/* 0, or a negative number and the reason. Nothing is connected yet. */
int mixer_new(struct mixer **out, uv_loop_t *loop, const struct mixer_config *config, const char **reason);
void mixer_start(struct mixer *mixer);
/* Leaves the room; the loop has nothing left to do soon after. */
void mixer_stop(struct mixer *mixer);
bool mixer_has_ended(const struct mixer *mixer);
/* Why, if it was for another reason than mixer_stop(); else NULL. */
const char *mixer_failure(const struct mixer *mixer);
void mixer_free(struct mixer *mixer); /* when it has ended; the loop then runs until it is empty */

#endif
