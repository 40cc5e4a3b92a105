/* Messages of the server to participants. */
#ifndef HEDDLE_SIGNALING_ROOM_MESSAGES_H
#define HEDDLE_SIGNALING_ROOM_MESSAGES_H

#include "signaling/room_types.h"

/* Sends to one participant; when it is away, nobody gets it, or with `keep` it gets it when it is back. */
void room_participant_send(struct room_participant *participant, json_t *message, bool keep); /* takes message */
/* To everybody in the room but `except` (which may be NULL). */
void room_send(struct room *room, const struct room_participant *except, json_t *message,
               bool keep); /* takes message */
/* The same as text. False: it is away, and it was to be kept but could not. */
bool room_participant_send_text(struct room_participant *participant, struct text *text, bool keep);
/* Everybody in the room will be sent something later because of what is being done now. */
void room_owe(const struct room *room);

#endif
