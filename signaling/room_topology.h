/* A room and its topology: decided again whenever something that it depends on has changed. */
#ifndef HEDDLE_SIGNALING_ROOM_TOPOLOGY_H
#define HEDDLE_SIGNALING_ROOM_TOPOLOGY_H

#include "signaling/room_types.h"

/* Decides again and tells everybody but `except` whom to connect to, if those are other lists than before. True: they
 * were told. */
bool room_review_topology(struct room *room, const struct member *except, bool members_changed, usec_t now);
/* Whether its members are to connect to each other: in a Mesh, or to prove their paths. Then each one's lists name the
 * others, and change with everybody who comes or goes. */
bool room_connects_members(const struct room *room);
usec_t room_next_review(const struct room *room); /* when time alone may change it */
/* At once, or with its turn when the room was pinned often just now: then the last one counts. */
void room_pin(struct room *room, enum topology_pin pin, usec_t now);
bool room_apply_pin(struct room *room, usec_t now); /* false: it is not its turn yet; call again in a moment */
const char *member_pin(struct member *member, enum topology_pin pin, usec_t now); /* NULL or an error code */
/* What `member` found of its direct path to `target`. */
void member_path(struct member *member, struct member *target, enum path_state state, usec_t now);
/* Its network changed: direct paths that failed may work now. */
void member_network_changed(struct member *member, usec_t now);
/* Events that a client measured; overload changes the topology. */
void member_report(struct member *member, const json_t *events, usec_t now);

#endif
