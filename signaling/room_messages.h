/* Messages of the server to members. */
#ifndef HEDDLE_SIGNALING_ROOM_MESSAGES_H
#define HEDDLE_SIGNALING_ROOM_MESSAGES_H

#include "signaling/room_types.h"

/* Sends to one member; when it is away, nobody gets it, or with `keep` it gets it when it is back. */
void member_send(struct member *member, json_t *message, bool keep); /* takes message */
/* To everybody in the room but `except` (which may be NULL). */
void room_send(struct room *room, const struct member *except, json_t *message, bool keep); /* takes message */
/* The same as text. False: it is away, and it was to be kept but could not. */
bool member_send_text(struct member *member, struct text *text, bool keep);
/* Everybody in the room will be sent something later because of what is being done now. */
void room_owe(const struct room *room);

#endif
