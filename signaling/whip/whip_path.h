/* The paths of WHIP and WHEP: endpoints, where one posts an offer, and the sessions that come of it. Pure.
 *
 *   /whip/ROOM               endpoint       /whep/ROOM                 endpoint: the active speaker
 *                                           /whep/ROOM/p3/camera       endpoint: one publication
 *                                           /whep/ROOM/mix             endpoint: what the room's mixer makes
 *   /whip/ROOM/SESSION       session        /whep/ROOM/SESSION         session */
#ifndef HEDDLE_SIGNALING_WHIP_PATH_H
#define HEDDLE_SIGNALING_WHIP_PATH_H

#include <stdbool.h>

#include "router/router.h"

#define WHIP_SESSION_ID 32 /* hexadecimal digits: 128 bits that nobody guesses */

struct whip_path {
    bool is_egress; /* WHEP */
    char room[ROOM_NAME_MAX + 1];
    char publication[PUBLICATION_ID_MAX + 1]; /* "": none in particular; SHOW_MIX: what the mixer makes */
    char session[WHIP_SESSION_ID + 1];        /* "": an endpoint */
};

/* False: it is no such path. */
bool whip_path_read(struct whip_path *out, const char *path);

#endif
