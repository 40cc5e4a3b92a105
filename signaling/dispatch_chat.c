#include "signaling/dispatch_chat.h"

#include "signaling/room/room_chat.h"

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
    struct refusal refusal = {.code = NULL};
    if (!room_participant_chat_to(participant, target, request_text(request, "text"), &refusal, request->now))
        request_send_refusal(request, &refusal);
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
    struct refusal refusal = {.code = NULL};
    if (target != NULL && !room_participant_raise_hand(target, participant, raised, &refusal, request->now))
        request_send_refusal(request, &refusal);
}

static void react(const struct request *request, struct room_participant *participant)
{
    struct refusal refusal = {.code = NULL};
    if (!room_participant_react(participant, request_text(request, "reaction"), &refusal, request->now))
        request_send_refusal(request, &refusal);
}

void dispatch_chat(const struct request *request)
{
    struct room_participant *participant = request->session->participant;
    if (request->type == MESSAGE_CHAT)
        chat(request, participant);
    else if (request->type == MESSAGE_HAND)
        hand(request, participant);
    else
        react(request, participant);
}
