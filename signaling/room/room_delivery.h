/* Messages of participants to each other. */
#ifndef HEDDLE_SIGNALING_ROOM_DELIVERY_H
#define HEDDLE_SIGNALING_ROOM_DELIVERY_H

#include "signaling/proto/refusal.h"
#include "signaling/room/room_types.h"

/* Delivers `message` with `from` instead of `target`, and counts its `bytes` for the pair. False, and
 * `refusal` is for the sender: the other one does not read what already waits for it. */
bool room_participant_deliver(struct room_participant *participant, struct room_participant *target, json_t *message,
                              size_t bytes, struct refusal *refusal);
/* An offer or a request for a new connection was delivered. Returns when the sender may send the next one to the same
 * participant; until then the sender's messages have to wait. */
usec_t room_participant_charge_offer(struct room_participant *participant, const struct room_participant *target,
                                     usec_t now);

#endif
