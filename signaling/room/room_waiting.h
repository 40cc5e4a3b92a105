/* A room's waiting room: participants that are not in the room yet, with the id and the resume token that they
 * keep when a host admits them (room_entry.h). Nobody else is told of them but the hosts. */
#ifndef HEDDLE_SIGNALING_ROOM_WAITING_H
#define HEDDLE_SIGNALING_ROOM_WAITING_H

#include "signaling/room/room_types.h"

struct room_participant *room_waiting_find(const struct room *room, const char *id); /* NULL: there is none */
size_t room_waiting_count(const struct room *room);
/* Puts it at the end of the list, or takes it out. */
void room_waiting_add(struct room_participant *participant);
void room_waiting_remove(struct room_participant *participant);
/* Hosts are to be told, if anybody waits: one has come, or come back. */
void room_waiting_host_came(struct room *room);
/* Tells it that it waits. */
void room_waiting_tell_participant(struct room_participant *participant);
/* Tells the hosts who waits, if that has changed. False: the room's budget is used up: call it again. */
bool room_waiting_tell_hosts(struct room *room, usec_t now);

#endif
