/* The objects of PROTOCOL.md that tell of a room and its members. Each is the caller's. */
#ifndef HEDDLE_SIGNALING_ROOM_JSON_H
#define HEDDLE_SIGNALING_ROOM_JSON_H

#include "signaling/room_types.h"

json_t *member_json(const struct member *member);
json_t *member_publications_json(const struct member *member);
json_t *room_connect_message(const struct member *member);
json_t *room_joined_message(const struct member *member, bool resumed);

#endif
