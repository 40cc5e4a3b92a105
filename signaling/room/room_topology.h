/* A room and its topology: decided again whenever something that it depends on has changed. */
#ifndef HEDDLE_SIGNALING_ROOM_TOPOLOGY_H
#define HEDDLE_SIGNALING_ROOM_TOPOLOGY_H

#include "signaling/proto/refusal.h"
#include "signaling/room/room_types.h"

/* Decides again, and tells everybody but `except` whom to connect to if that has changed. True: they were told. */
bool room_review_topology(struct room *room, const struct room_participant *except, bool participants_changed,
                          usec_t now);
/* Whether its participants are to connect to each other: in a Mesh, or to prove their paths. Then the list of each
 * names the others, and changes whenever somebody comes or goes. */
bool room_connects_participants(const struct room *room);
usec_t room_next_review(const struct room *room); /* when time alone may change it */
/* Applies the pin at once, or later if the room was pinned often just now: then only the last pin counts. `by`: name of
 * the participant that chose it, "" if none did. To be asked for before: room_encryption_allows(). */
void room_pin(struct room *room, enum topology_pin pin, const char *by, usec_t now);
/* The same for how a mixer arranges its picture. */
void room_set_layout(struct room *room, enum mix_layout layout, usec_t now);
/* Applies a pin, or a layout, that waits. False: it has to wait longer, call again in a moment. */
bool room_apply_pin(struct room *room, usec_t now);
/* False: the participant may not, or too often just now, and `refusal` says why. */
bool room_participant_pin(struct room_participant *participant, enum topology_pin pin, usec_t now,
                          struct refusal *refusal);
/* The same for the layout of the mixer's picture. */
bool room_participant_set_layout(struct room_participant *participant, enum mix_layout layout, usec_t now,
                                 struct refusal *refusal);
/* Whether it would be sent the mix alone; nobody else has a say in that. False: the room cannot have a mixer. */
bool room_participant_wish_mix(struct room_participant *participant, enum mix_wish wish, usec_t now,
                               struct refusal *refusal);
/* What `participant` found of its direct path to `target`. */
void room_participant_path(struct room_participant *participant, struct room_participant *target, enum path_state state,
                           usec_t now);
/* Its network changed: direct paths that failed may work now. */
void room_participant_network_changed(struct room_participant *participant, usec_t now);
/* Events that a client measured; overload changes the topology, and who is weak gets the mix. */
void room_participant_note_events(struct room_participant *participant, const json_t *events, usec_t now);

#endif
