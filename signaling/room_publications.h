/* What members publish: what they said that they send, to whomever. */
#ifndef HEDDLE_SIGNALING_ROOM_PUBLICATIONS_H
#define HEDDLE_SIGNALING_ROOM_PUBLICATIONS_H

#include "signaling/room_types.h"

/* What `member` sends to one end (target NULL: the router) from now on, as bits by message_source_index(); `muted` is
 * part of `sources`. Tells the room what changed. */
void member_set_sources(struct member *member, const struct member *target, unsigned sources, unsigned muted);
/* What it offers to send to another one, as a message lists it: that is published when the other one answers, because
 * anybody can offer. What is left out of the offer ends at once. */
void member_offer_sends(struct member *member, const struct member *target, const json_t *sends);
/* Both ends send what they said; nothing happens if `target` has not offered. */
void member_answer_sends(struct member *member, struct member *target, const json_t *sends);
/* The connection to the router is gone for good. */
void member_clear_sends(struct member *member, const struct member *target);
/* The room has had a router for long: that its direct connections were closed nobody tells. */
void member_forget_direct_sends(struct member *member);
void member_mute(struct member *member, int source, bool muted);
bool member_wants_router(const struct member *member);
/* By the other end's number; NULL: it said nothing. */
struct member_sends *member_find_sends(struct member *member, uint32_t target);

#endif
