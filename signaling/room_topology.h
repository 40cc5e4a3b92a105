/* A room and its topology: decided again whenever something that it depends on has changed. */
#ifndef HEDDLE_SIGNALING_ROOM_TOPOLOGY_H
#define HEDDLE_SIGNALING_ROOM_TOPOLOGY_H

#include "signaling/room_types.h"

/* Decides again and tells everybody but `except` whom to connect to, if those are other lists than before. True: they
 * were told. */
bool room_review_topology(struct room *room, const struct room_participant *except, bool participants_changed,
                          usec_t now);
/* Whether its participants are to connect to each other: in a Mesh, or to prove their paths. Then each one's lists name
 * the others, and change with everybody who comes or goes. */
bool room_connects_participants(const struct room *room);
usec_t room_next_review(const struct room *room); /* when time alone may change it */
/* At once, or with its turn when the room was pinned often just now: then the last one counts. */
void room_pin(struct room *room, enum topology_pin pin, usec_t now);
bool room_apply_pin(struct room *room, usec_t now); /* false: it is not its turn yet; call again in a moment */
const char *room_participant_pin(struct room_participant *participant, enum topology_pin pin,
                                 usec_t now); /* NULL or an error code */
/* What `participant` found of its direct path to `target`. */
void room_participant_path(struct room_participant *participant, struct room_participant *target, enum path_state state,
                           usec_t now);
/* Its network changed: direct paths that failed may work now. */
void room_participant_network_changed(struct room_participant *participant, usec_t now);
/* Events that a client measured; overload changes the topology. */
void room_participant_report(struct room_participant *participant, const json_t *events, usec_t now);

#endif
