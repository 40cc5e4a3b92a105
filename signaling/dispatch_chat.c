#include "signaling/dispatch_chat.h"

#include "signaling/room/room_chat.h"

#define TOO_OFTEN "that was too often just now: wait, then try again"

static void chat(const struct request *request, struct room_participant *participant)
{
    if (!participant->may.chat) {
        request_refuse(request, "not-allowed", "the access token does not allow to write to others");
        return;
    }
    if (request_text(request, "to") == NULL) {
        room_participant_chat(participant, request_text(request, "text"), request->now);
        return;
    }
    struct room_participant *target = request_other(request, "to");
    if (target == NULL)
        return;
    const char *code = room_participant_chat_to(participant, target, request_text(request, "text"), request->now);
    if (code != NULL)
        request_refuse(request, code, "the other participant does not take messages now: wait, then try again");
}

/* One's own; hosts lower others'. */
static void hand(const struct request *request, struct room_participant *participant)
{
    struct room_participant *target = participant;
    bool raised = request_flag(request, "raised");
    if (request_text(request, "target") != NULL) {
        if (!participant->is_host || raised) {
            request_refuse(request, "not-allowed", "only hosts lower others' hands, and nobody raises them");
            return;
        }
        target = request_target(request);
    }
    if (target != NULL && !room_participant_raise_hand(target, participant, raised, request->now))
        request_refuse(request, "too-often", TOO_OFTEN);
}

void dispatch_chat(const struct request *request)
{
    struct room_participant *participant = request->session->participant;
    if (request->type == MESSAGE_CHAT)
        chat(request, participant);
    else if (request->type == MESSAGE_HAND)
        hand(request, participant);
    else if (!room_participant_react(participant, request_text(request, "reaction"), request->now))
        request_refuse(request, "too-often", TOO_OFTEN);
}
