/* Rooms on several workers: which worker a participant's connection goes to, and which others the participant is
 * relayed to (router/relay.h): each that has participants of the room, if it publishes. */
#ifndef HEDDLE_SIGNALING_ROUTER_RELAYS_H
#define HEDDLE_SIGNALING_ROUTER_RELAYS_H

#include "signaling/router/router_participant_state.h"

/* Where the next connection of the room goes; see placement.h. */
unsigned router_choose_worker(const struct router_participant *router, const struct room *room);
/* The lowest worker that has connections of the room; the number of workers: none has. */
unsigned router_first_worker(const struct router_participant *router, const struct room *room);
/* Tells the workers where the room's participants are to be relayed to. Call after each change of the room's
 * connections or of publishers. */
void router_review_relays(const struct router_participant *router, const struct room *room);

#endif
