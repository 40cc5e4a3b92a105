/* Who is host of a room, and what hosts do to one participant. A host is one whose access token says so; in rooms that
 * choose their host (`chooses_host`: a server without tokens) the first participant, and when no host is left, the one
 * that has been there longest. A host that is away keeps its role as it keeps its place. */
#ifndef HEDDLE_SIGNALING_ROOM_HOST_H
#define HEDDLE_SIGNALING_ROOM_HOST_H

#include "signaling/proto/refusal.h"
#include "signaling/room/room_types.h"

/* Makes `preferred` (NULL: of those that are there the one that came first) the host of a room that chooses its host
 * and has none. NULL: nothing was to be done, or nobody is there; else who it is now, and nobody was told. */
struct room_participant *room_choose_host(struct room *room, struct room_participant *preferred);
/* One that was host comes back: it takes the role from who got it by its leaving. With tokens nobody does, and it is
 * host again even if its token does not say so, since it was handed the role. NULL: nobody had it; else who is host no
 * more, and nobody was told. */
struct room_participant *room_host_returns(struct room_participant *participant);
/* Tells everybody in the room what this one is now: a host or not. */
void room_participant_tell_role(const struct room_participant *participant);

/* Acts of `host`. False: it may not, or not now, and `refusal` says why. */

/* Takes one act from the host's budget. */
bool room_host_may(struct room_participant *host, usec_t now, struct refusal *refusal);
/* The target's source is not forwarded until its owner unmutes it (in a Mesh the others do not play it). The caller
 * tells the router. Nothing happens if it is not published, or muted already. */
void room_host_mute(const struct room_participant *host, struct room_participant *target, int source, usec_t now);
void room_host_ask_unmute(const struct room_participant *host, struct room_participant *target, int source);
/* The target is host from now on, and `host` no more. */
void room_host_transfer(struct room_participant *host, struct room_participant *target);

#endif
