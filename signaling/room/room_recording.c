#include "signaling/room/room_recording.h"

#include <stdio.h>
#include <string.h>

#include "signaling/room/room_encryption.h"
#include "signaling/room/room_host.h"
#include "signaling/room/room_json.h"
#include "signaling/room/room_messages.h"
#include "signaling/room/room_table.h"
#include "transport/base/log.h"

bool room_wants_recorder(const struct room *room)
{
    return room->recording.state == RECORDING_STARTING || room->recording.state == RECORDING_ON;
}

static void set_state(struct room *room, enum recording_state state, const char *reason, usec_t now)
{
    if (room->recording.state == state && strcmp(room->recording.reason, reason) == 0)
        return;
    if (room->recording.state != state)
        room->recording.since = now;
    room->recording.state = state;
    if (!room_wants_recorder(room))
        room->recording.is_ending = room->recorder != NULL;
    snprintf(room->recording.reason, sizeof room->recording.reason, "%s", reason);
    json_t *message = json_pack("{s:s}", "type", "recording");
    room_add_recording(room, message, "state", "reason");
    log_info(room->name, "recording: %s %s", json_string_value(json_object_get(message, "state")), reason);
    room_send(room, NULL, message, true);
}

bool room_record(struct room *room, bool enabled, usec_t now, struct refusal *refusal)
{
    if (!room->rooms->config.can_record)
        return refusal_set(refusal, "not-available", "this server makes no recordings");
    if (enabled && !room_encryption_allows_services(room->is_encrypted, refusal))
        return false;
    if (enabled == room_wants_recorder(room))
        return true;
    if (!budget_take(&room->recording.changes, &ROOM_RECORDING_CHANGES, 1, now))
        return refusal_set_too_often(refusal);
    set_state(room, enabled ? RECORDING_STARTING : RECORDING_OFF, "", now);
    return true;
}

bool room_participant_record(struct room_participant *participant, bool enabled, usec_t now, struct refusal *refusal)
{
    bool has_right = participant->may.record && !participant->is_host;
    if (!has_right && !room_host_may(participant, now, refusal))
        return false;
    if (has_right && !budget_take(&participant->acts, &ROOM_ACTS, 1, now))
        return refusal_set_too_often(refusal);
    return room_record(participant->room, enabled, now, refusal);
}

void room_recording_waits(struct room *room, usec_t now)
{
    if (room->recording.state == RECORDING_STARTING)
        room->recording.since = now;
}

void room_recording_runs(struct room *room, const char *trouble, usec_t now)
{
    if (room_wants_recorder(room) && !room->recording.is_ending)
        set_state(room, RECORDING_ON, trouble, now);
}

void room_recording_failed(struct room *room, const char *reason, usec_t now)
{
    if (room_wants_recorder(room) && !room->recording.is_ending)
        set_state(room, RECORDING_FAILED, reason, now);
}

void room_recorder_left(struct room *room, usec_t now)
{
    room->recording.is_ending = false;
    if (room->recording.state == RECORDING_ON)
        set_state(room, RECORDING_STARTING, "interrupted", now);
}
