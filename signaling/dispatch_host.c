#include "signaling/dispatch_host.h"

#include "signaling/room/room.h"
#include "signaling/room/room_entry.h"
#include "signaling/room/room_host.h"
#include "signaling/room/room_removal.h"
#include "signaling/room/room_waiting.h"
#include "signaling/router/router_participant.h"

static void mute(const struct request *request, struct room_participant *target, const char *source)
{
    room_host_mute(request->session->participant, target, message_source_index(source), request->now);
    router_participant_mute(request_signaling(request)->router, target, source, true);
}

static void mute_others(const struct request *request, const char *source)
{
    struct room_participant *host = request->session->participant;
    for (struct room_participant *other = host->room->participants; other != NULL; other = other->next)
        if (other != host)
            mute(request, other, source);
}

static void transfer(const struct request *request, struct room_participant *target)
{
    if (target->kind != ROOM_PARTICIPANT_PERSON)
        request_refuse(request, "no-such-target", "that participant is no person");
    else if (room_participant_is_active(target))
        room_host_transfer(request->session->participant, target);
    else
        request_refuse(request, "target-away", "that participant is reconnecting: wait until it is back");
}

static void act_on(const struct request *request, struct room_participant *target)
{
    struct room_participant *host = request->session->participant;
    const char *source = request_text(request, "source"), *reason = request_text(request, "reason");
    switch (request->type) {
    case MESSAGE_MUTE_PARTICIPANT:
        mute(request, target, source);
        break;
    case MESSAGE_ASK_UNMUTE:
        room_host_ask_unmute(host, target, message_source_index(source));
        break;
    case MESSAGE_REMOVE:
        room_participant_remove(target, host, reason != NULL ? reason : "", request->now);
        break;
    default:
        transfer(request, target);
        break;
    }
}

/* One that waits, or everybody. */
static void admit(const struct request *request, struct room *room)
{
    const char *id = request_text(request, "target");
    struct room_participant *participant = id != NULL ? room_waiting_find(room, id) : NULL;
    struct refusal refusal = request_refusal(request, "no-such-target", "nobody of that id is waiting");
    if (id == NULL)
        room_admit_all(room, request->now);
    else if (participant == NULL || !room_participant_admit(participant, request->now, &refusal))
        session_refuse(request->session, &refusal);
}

static void deny(const struct request *request, struct room *room)
{
    struct room_participant *participant = room_waiting_find(room, request_text(request, "target"));
    if (participant != NULL)
        room_deny(participant, request->now);
    else
        request_refuse(request, "no-such-target", "nobody of that id is waiting");
}

/* Locking and the waiting room. False: the message is about something else. */
static bool act_on_entry(const struct request *request, struct room *room)
{
    switch (request->type) {
    case MESSAGE_LOCK_ROOM:
        room_lock(room, request_flag(request, "locked"));
        return true;
    case MESSAGE_SET_WAITING_ROOM:
        room_set_waiting_room(room, request_flag(request, "enabled"), request->now);
        break;
    case MESSAGE_ADMIT:
        admit(request, room);
        break;
    case MESSAGE_DENY:
        deny(request, room);
        break;
    default:
        return false;
    }
    room_waiting_tell_hosts(room, request->now);
    return true;
}

void dispatch_host_act(const struct request *request)
{
    struct room_participant *host = request->session->participant;
    struct refusal refusal = request_refusal(request, NULL, "");
    if (!room_host_may(host, request->now, &refusal)) {
        session_refuse(request->session, &refusal);
        return;
    }
    if (request->type == MESSAGE_END_ROOM) {
        room_end(host->room, host, request->now);
        return;
    }
    if (act_on_entry(request, host->room))
        return;
    if (request->type == MESSAGE_MUTE_PARTICIPANT && request_text(request, "target") == NULL) {
        mute_others(request, request_text(request, "source"));
        return;
    }
    struct room_participant *target = request_target(request);
    if (target != NULL)
        act_on(request, target);
}
