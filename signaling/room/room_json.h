/* The objects of PROTOCOL.md that tell of a room and its participants. Each is the caller's. */
#ifndef HEDDLE_SIGNALING_ROOM_JSON_H
#define HEDDLE_SIGNALING_ROOM_JSON_H

#include "signaling/room/room_types.h"

json_t *room_participant_json(const struct room_participant *participant);
json_t *room_participant_publications_json(const struct room_participant *participant);
/* The participants that wait to be admitted: [{"id", "name", "state"}]. */
json_t *room_waiting_json(const struct room *room);
json_t *room_connect_message(const struct room_participant *participant);
/* Adds who chose how the room is pinned, if a participant did. */
void room_add_pin_by(const struct room *room, json_t *object);
void room_add_layout(const struct room *room, json_t *object); /* of the mixer's picture, unless it is a grid */
/* Adds whether the room is recorded, and why it is so if there is a reason. */
void room_add_recording(const struct room *room, json_t *object, const char *state_key, const char *reason_key);
json_t *room_joined_message(const struct room_participant *participant, bool resumed);
/* What who may join is told before: {"room", "locked", "waiting_room", "participants" (how many are there), "names"
 * (the first ROOM_PREVIEW_NAMES of them; none of a locked room, but to a host)}. `room` NULL: there is none yet. */
#define ROOM_PREVIEW_NAMES 12
json_t *room_preview_json(const struct room *room, const char *name, bool is_host);

#endif
