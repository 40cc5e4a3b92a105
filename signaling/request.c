#include "signaling/request.h"

#include <stdio.h>

#include "signaling/room/room_table.h"

const char *request_text(const struct request *request, const char *name)
{
    return json_string_value(json_object_get(request->message, name));
}

bool request_flag(const struct request *request, const char *name)
{
    return json_is_true(json_object_get(request->message, name));
}

struct signaling *request_signaling(const struct request *request)
{
    return request->session->host->owner;
}

struct room_participant *request_other(const struct request *request, const char *field)
{
    const struct room_participant *self = request->session->participant;
    struct room_participant *other = room_find(self->room, request_text(request, field));
    if (other != NULL && other != self)
        return other;
    request_refuse(request, "no-such-target", "no such other participant in this room");
    return NULL;
}

struct room_participant *request_target(const struct request *request)
{
    return request_other(request, "target");
}

struct refusal request_refusal(const struct request *request, const char *code, const char *text)
{
    struct refusal refusal = {.code = NULL};
    refusal_set(&refusal, code, "%s", text);
    snprintf(refusal.request, sizeof refusal.request, "%s", message_type_name(request->type));
    return refusal;
}

void request_send_refusal(const struct request *request, struct refusal *refusal)
{
    snprintf(refusal->request, sizeof refusal->request, "%s", message_type_name(request->type));
    session_refuse(request->session, refusal);
    if (refusal->end != REFUSAL_GOES_ON)
        session_end(request->session,
                    refusal->end == REFUSAL_ENDS ? LWS_CLOSE_STATUS_POLICY_VIOLATION : CLOSE_TRY_AGAIN_LATER);
}

void request_refuse(const struct request *request, const char *code, const char *text)
{
    struct refusal refusal = request_refusal(request, code, text);
    session_refuse(request->session, &refusal);
}
