/* What members publish: what they said that they send, to whomever. */
#ifndef HEDDLE_SIGNALING_ROOM_PUBLICATIONS_H
#define HEDDLE_SIGNALING_ROOM_PUBLICATIONS_H

#include "signaling/room_types.h"

/* What `member` sends to one end (target NULL: the router) from now on, as bits by message_source_index(); `muted` is
 * part of `sources`. The room is told what changed, as often as ROOM_NEWS allows. */
void member_set_sources(struct member *member, const struct member *target, unsigned sources, unsigned muted,
                        usec_t now);
/* What it offers to send to another one, as a message lists it: that is published when the other one answers, because
 * anybody can offer. What is left out of the offer ends at once. */
void member_offer_sends(struct member *member, const struct member *target, const json_t *sends, usec_t now);
/* Both ends send what they said; nothing happens if `target` has not offered. In a room of the router nothing is added
 * to what they sent each other before. */
void member_answer_sends(struct member *member, struct member *target, const json_t *sends, usec_t now);
/* The connection to the router is gone for good. */
void member_clear_sends(struct member *member, const struct member *target, usec_t now);
/* The room has had a router for long: that its direct connections were closed nobody tells. */
void member_forget_direct_sends(struct member *member, usec_t now);
void member_mute(struct member *member, int source, bool muted, usec_t now);
/* Tells the room what has changed since it was told, if that was not just now. False: call again in a moment. */
bool member_tell_publications(struct member *member, usec_t now);
bool member_wants_router(const struct member *member);
/* By the remote peer's number; NULL: it said nothing. */
struct member_sends *member_find_sends(struct member *member, uint32_t target);

#endif
