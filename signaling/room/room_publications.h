/* What participants publish: all that they said they send, to the router or to others. */
#ifndef HEDDLE_SIGNALING_ROOM_PUBLICATIONS_H
#define HEDDLE_SIGNALING_ROOM_PUBLICATIONS_H

#include "signaling/room/room_types.h"

/* What `participant` sends to one remote peer (target NULL: the router) from now on, as bits by message_source_index();
 * `muted` is part of `sources`. The room is told what changed, as often as ROOM_NEWS allows. */
void room_participant_set_sources(struct room_participant *participant, const struct room_participant *target,
                                  unsigned sources, unsigned muted, usec_t now);
/* What it offers to send to another participant, as a message lists it. That is published only when the other one
 * answers, because anybody can offer anything. Sources that the offer no longer lists end at once. */
void room_participant_offer_sends(struct room_participant *participant, const struct room_participant *target,
                                  const json_t *sends, usec_t now);
/* `participant` answered an offer of `target`: now both send what they said. Nothing happens if `target` has not
 * offered. In an SFU room nothing is added to what they sent each other before. */
void room_participant_answer_sends(struct room_participant *participant, struct room_participant *target,
                                   const json_t *sends, usec_t now);
/* The connection to the router is gone for good. */
void room_participant_clear_sends(struct room_participant *participant, const struct room_participant *target,
                                  usec_t now);
/* The room has used the router for long, so its direct connections count as closed: clients do not tell when they close
 * them. */
void room_participant_forget_direct_sends(struct room_participant *participant, usec_t now);
void room_participant_mute(struct room_participant *participant, int source, bool muted, usec_t now);
/* Tells the room what has changed since it was last told. False: the budget (ROOM_NEWS) does not allow it now, call
 * again in a moment. */
bool room_participant_tell_publications(struct room_participant *participant, usec_t now);
bool room_participant_uses_router(const struct room_participant *participant);
/* By the remote peer's number; NULL: it said nothing. */
struct room_participant_sends *room_participant_find_sends(struct room_participant *participant, uint32_t target);

#endif
