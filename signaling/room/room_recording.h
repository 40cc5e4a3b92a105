/* Whether a room is recorded. A recorder is a service; what it is asked to do, and how it goes, everybody in the room
 * is told. Who wants a recording is asked for it here; whoever starts recorders looks at room_wants_recorder(). */
#ifndef HEDDLE_SIGNALING_ROOM_RECORDING_H
#define HEDDLE_SIGNALING_ROOM_RECORDING_H

#include "signaling/proto/refusal.h"
#include "signaling/room/room_types.h"

bool room_wants_recorder(const struct room *room);
/* False: this server cannot, or the room is encrypted, and `refusal` says so. */
bool room_record(struct room *room, bool enabled, usec_t now, struct refusal *refusal);
/* A participant asks for it. */
bool room_participant_record(struct room_participant *participant, bool enabled, usec_t now, struct refusal *refusal);
/* There is nobody to record yet: the time in which a recorder has to come has not begun. */
void room_recording_waits(struct room *room, usec_t now);
/* The recorder says that it records, and what is wrong all the same ("": nothing); or why it cannot. */
void room_recording_runs(struct room *room, const char *trouble, usec_t now);
void room_recording_failed(struct room *room, const char *reason, usec_t now);
/* The room's recorder is gone: another one is to come, if it is wanted still. */
void room_recorder_left(struct room *room, usec_t now);

#endif
