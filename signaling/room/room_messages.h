/* Messages to participants. */
#ifndef HEDDLE_SIGNALING_ROOM_MESSAGES_H
#define HEDDLE_SIGNALING_ROOM_MESSAGES_H

#include "signaling/proto/refusal.h"
#include "signaling/room/room_types.h"

/* Sends to one participant. When it is away, the message is dropped, or with `keep` it is sent when the participant is
 * back. */
void room_participant_send(struct room_participant *participant, json_t *message, bool keep); /* takes message */
/* To everybody in the room but `except` (which may be NULL). Takes the message. */
void room_send(struct room *room, const struct room_participant *except, json_t *message, bool keep);
/* The same as text. False: the participant is away, and the text could not be kept for it. */
bool room_participant_send_text(struct room_participant *participant, struct text *text, bool keep);
/* Whether the participant reads too slowly for so many bytes more. Messages of others must not fill its queue, for
 * which it would lose its socket. */
bool room_participant_is_busy(const struct room_participant *participant, size_t bytes);
/* Sends what another participant wrote to this one alone, or keeps it. False, counted, and `refusal` is for the
 * sender: this one does not read what already waits for it, or is away and has too much kept. */
bool room_participant_take(struct room_participant *participant, struct text *text, struct refusal *refusal);
/* Everybody in the room will be sent a message later because of what is done now: whoever asked for it is charged for
 * that (pace.h). */
void room_charge_broadcast(const struct room *room);

#endif
