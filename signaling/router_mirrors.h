/* Rooms on several workers: which worker a member's connection goes to, and a mirror (router/mirror.h) of everybody who
 * publishes on each other worker that has members of the room. */
#ifndef HEDDLE_SIGNALING_ROUTER_MIRRORS_H
#define HEDDLE_SIGNALING_ROUTER_MIRRORS_H

#include "signaling/router_link_state.h"

/* Where the next connection of the room goes; see placement.h. */
unsigned choose_worker(const struct router_link *router, const struct room *room);
/* The lowest worker that has connections of the room; the number of workers: none has. */
unsigned first_worker(const struct router_link *router, const struct room *room);
/* Opens and closes mirrors as the room's connections ask for; after each change of those. */
void mirrors_review(const struct router_link *router, const struct room *room);
/* The link was negotiated again. */
void mirrors_configure(const struct router_link *router, const struct link *link);
void mirrors_mute(const struct router_link *router, struct link *link, const char *source, bool muted);
/* The link's connection goes. */
void mirrors_close(const struct router_link *router, struct link *link);

#endif
