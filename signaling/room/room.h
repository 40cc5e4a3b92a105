/* Rooms, their participants, who is to be connected to whom, and what the participants of one room say to each other.
 * No sockets, no clock: messages leave by each participant's reach, `now` comes in.
 *
 *   rooms -> room -> participant
 *
 * A participant has a reach (reach.h) while its signaling is there; without one it is `reconnecting` for the grace
 * period and can be resumed by its token, and what others sent it meanwhile is kept (bounded). One that never had media
 * has nothing to come back to: no place is kept for it. A room exists while it has participants.
 *
 *   participant: active -> reconnecting   its socket broke, and it has had media
 *                reconnecting -> active   resumed
 *                waiting -> active        a host let it in (rooms with a waiting room; room_entry.h)
 *                active -> gone           left, or its socket broke before it had media
 *                reconnecting -> gone     grace period over, or the oldest of those when somebody new
 *                                         needs the place */
#ifndef HEDDLE_SIGNALING_ROOM_H
#define HEDDLE_SIGNALING_ROOM_H

#include "signaling/room/room_delivery.h"
#include "signaling/room/room_messages.h"
#include "signaling/room/room_publications.h"
#include "signaling/room/room_table.h"
#include "signaling/room/room_topology.h"

void rooms_free(struct rooms *rooms); /* and all participants; their sessions are not told */
/* How far the wall clock is ahead of `now`. TURN servers tell by it what has expired, so when it jumps (it is set, or
 * the machine slept) everybody gets new credentials. Call before the first join, and before rooms_timeout(). */
void rooms_wall_clock(struct rooms *rooms, int64_t ahead);
/* Ends grace periods and hold times that are over, and sends news that had to wait for their budget. Call a few times a
 * second; true: news still wait, call again soon. */
bool rooms_timeout(struct rooms *rooms, usec_t now);

struct join {
    enum room_participant_kind kind;
    const char *room, *name;
    uint64_t address;                  /* it comes from (budget_key_of()) */
    bool is_local;                     /* that is this machine's, where a proxy stands for many people */
    const char *resume;                /* NULL: a new participant */
    const char *returns;               /* the resume token of a place that it had a moment ago; NULL: none */
    char secret[ROOM_SECRET_SIZE + 1]; /* for a new one; drawn by the caller */
    enum topology_pin topology;        /* of a room that is made now */
    bool chose_topology;               /* itself; else its access token did */
    enum mix_layout layout;            /* of a mixer, where nobody has chosen */
    enum mix_wish mix;
    bool is_encrypted; /* its media, end to end; a room that is made now is, too */
    struct permissions may;
    uint64_t token_key; /* bans_key() of the access token; 0: there is none */
    struct topology_participant capabilities;
};
/* The participant; `joined` has been sent, or `waiting`: then it is not in the room yet. `reach` is copied; its owner
 * is told when the participant is gone, or another one's. NULL: `refusal` says why not. */
struct room_participant *rooms_join(struct rooms *rooms, const struct join *join, const struct reach *reach, usec_t now,
                                    struct refusal *refusal);
void room_participant_leave(struct room_participant *participant, const char *reason, usec_t now); /* frees it */
/* Lets in one that waits and is there: `joined` is sent. False: it stays where it is, and `refusal` says why. */
bool room_participant_admit(struct room_participant *participant, usec_t now, struct refusal *refusal);
/* Tells the participant why it is in the room no more, ends its reach and frees it. `left_as` is told to the others. */
void room_participant_end(struct room_participant *participant, const struct refusal *why, const char *left_as,
                          usec_t now);
/* Its reach is gone. It is away from now on, or freed when it has never had media or its reach has no grace. */
void room_participant_disconnected(struct room_participant *participant, usec_t now);
/* Its connection to the router is lost. True: that was what kept its place, and it is freed. */
bool room_participant_lost_media(struct room_participant *participant, usec_t now);

#endif
