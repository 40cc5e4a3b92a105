/* The programs that rooms need, on this machine or, by a queue, on others: a mixer for each room that is pinned to one
 * and has people in it, and a recorder for each that is to be recorded and has somebody who has had media. They are
 * started, started again when they end, and dismissed when the room needs them no more. A service is a participant like
 * others (ROOM_PARTICIPANT_SERVICE), so that one from elsewhere with a token may come first: then none is started.
 * Whatever becomes of a program, the call goes on without it. */
#ifndef HEDDLE_SIGNALING_SERVICES_H
#define HEDDLE_SIGNALING_SERVICES_H

#include <uv.h>

#include "signaling/config/config.h"
#include "signaling/config/token.h"
#include "signaling/room/room_types.h"

struct services;

/* `folder` of the programs; NULL: none are started. `url`, where they reach the server, is copied; the others are
 * borrowed. */
struct services *services_new(uv_loop_t *loop, const struct config *config, const char *folder, const char *url,
                              struct rooms *rooms);
/* Call a few times a second. */
void services_timeout(struct services *services, usec_t now);
/* Ends the programs; run the loop once more before services_free(). */
void services_stop(struct services *services);
void services_free(struct services *services);

/* Whether the token is one that a program of ours was given. */
bool services_know(const struct services *services, struct token *out, const char *token, int64_t wall_s);

#endif
