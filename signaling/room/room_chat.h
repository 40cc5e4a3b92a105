/* Chat, raised hands and reactions of a room. */
#ifndef HEDDLE_SIGNALING_ROOM_CHAT_H
#define HEDDLE_SIGNALING_ROOM_CHAT_H

#include "signaling/proto/refusal.h"
#include "signaling/room/room_types.h"

/* To everybody in the room, the sender included, and to those who come later. A participant that reads too slowly does
 * not get it; for one that is away it is kept. */
void room_participant_chat(struct room_participant *participant, const char *text, usec_t now);
/* To one other, and back to the sender; nobody else ever sees it. False, and `refusal` is for the sender: the other one
 * takes nothing now. */
bool room_participant_chat_to(struct room_participant *participant, struct room_participant *target, const char *text,
                              struct refusal *refusal, usec_t now);
/* What was written before it came. */
void room_participant_send_history(struct room_participant *participant);

/* Raises or lowers a hand; hands have numbers in the order in which they were raised. `by` asks for it, and is charged.
 * False, and `refusal` says so: too often just now. */
bool room_participant_raise_hand(struct room_participant *participant, struct room_participant *by, bool raised,
                                 struct refusal *refusal, usec_t now);
/* Shows everybody in the room a reaction for a moment. False, and `refusal` says so: too often just now. */
bool room_participant_react(struct room_participant *participant, const char *reaction, struct refusal *refusal,
                            usec_t now);

#endif
