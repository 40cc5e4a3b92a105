#include "signaling/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "signaling/config/access.h"
#include "signaling/config/config.h"
#include "signaling/config/token.h"
#include "signaling/dispatch_chat.h"
#include "signaling/dispatch_host.h"
#include "signaling/request.h"
#include "signaling/room/room.h"
#include "signaling/room/room_lanes.h"
#include "signaling/room/room_mix.h"
#include "signaling/room/room_recording.h"
#include "signaling/router/router_messages.h"
#include "signaling/router/router_mix.h"
#include "signaling/router/router_participant.h"
#include "signaling/services/services.h"
#include "signaling/session/session.h"
#include "transport/base/check.h"
#include "transport/base/log.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"

/* Whether the token opens this room. */
static bool check_token(const struct request *request, const struct config *config, struct token *token,
                        struct refusal *refusal)
{
    const struct services *services = request_signaling(request)->services;
    const char *text = request_text(request, "token"), *room = request_text(request, "room");
    int64_t wall_s = clock_wall_us() / USEC_PER_SEC;
    if (text != NULL && services != NULL && services_know(services, token, text, wall_s))
        return access_is_for_room(token, room, refusal);
    *token = (struct token){.may = permissions_default()};
    token->may.pin = true;
    if (config->open || request_text(request, "resume") != NULL)
        return true; /* its resume token shows that it was let in before */
    return access_check(token, text, room, config, wall_s, refusal);
}

/* A program that is to be a service is not let in as a person, whom everybody would see. */
static bool check_service(const struct request *request, const struct token *token, struct refusal *refusal)
{
    const char *service = request_text(request, "service");
    return service == NULL || strcmp(service, service_kind_name(token->may.service)) == 0 ||
           refusal_set(refusal, "not-allowed", "the access token is not one of a %s", service);
}

static void read_join(const struct request *request, const struct token *token, struct join *join)
{
    const json_t *capabilities = json_object_get(request->message, "capabilities");
    const char *topology = request_text(request, "topology");
    *join = (struct join){.room = request_text(request, "room"),
                          .address = request->session->pace.address,
                          .is_local = request->session->is_local,
                          .name = token->name[0] != '\0' ? token->name : request_text(request, "name"),
                          .resume = request_text(request, "resume"),
                          .returns = request_text(request, "returns"),
                          .topology = token->topology,
                          .may = token->may};
    if (join->may.service != SERVICE_NONE)
        join->kind = ROOM_PARTICIPANT_SERVICE;
    if (request_text(request, "layout") != NULL)
        (void)mix_layout_parse(&join->layout, request_text(request, "layout"));
    if (topology != NULL && token->may.pin)
        join->chose_topology = topology_pin_parse(&join->topology, topology);
    if (request_text(request, "token") != NULL && !request_signaling(request)->config->open)
        join->token_key = bans_key(request_text(request, "token"));
    if (request_text(request, "mix") != NULL)
        (void)mix_wish_parse(&join->mix, request_text(request, "mix"));
    join->capabilities.can_mesh = !json_is_false(json_object_get(capabilities, "mesh")) &&
                                  !json_is_false(json_object_get(capabilities, "direct"));
    join->capabilities.uplink_bps = json_integer_value(json_object_get(capabilities, "uplink_bps"));
    join->is_encrypted = json_is_true(json_object_get(request->message, "encrypted"));
    random_secure_text(join->secret, ROOM_SECRET_SIZE);
}

static void joined(const struct request *request)
{
    struct session *session = request->session;
    const struct room_participant *participant = session->participant;
    snprintf(session->label, sizeof session->label, "%s/%s", participant->room->name, participant->id);
    front_joined(&request_signaling(request)->front, session);
}

/* Whether an earlier entry of the list has the same `name`. */
static bool is_repeated(const json_t *list, size_t index, const char *name)
{
    const char *text = json_string_value(json_object_get(json_array_get(list, index), name));
    for (size_t i = 0; i < index; i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(list, i), name)), text) == 0)
            return true;
    return false;
}

static bool refuse_send(struct refusal *refusal, size_t index, const char *name, const char *expected)
{
    snprintf(refusal->field, sizeof refusal->field, "sends[%zu].%s", index, name);
    snprintf(refusal->expected, sizeof refusal->expected, "%s", expected);
    return false;
}

static bool is_first(const json_t *sends, size_t index, const char *name, const char *expected, struct refusal *refusal)
{
    if (!is_repeated(sends, index, name))
        return true;
    refusal_set(refusal, "bad-message", "a wrong field");
    return refuse_send(refusal, index, name, expected);
}

static bool is_permitted(const struct request *request, const json_t *sends, size_t index, struct refusal *refusal)
{
    const char *source = json_string_value(json_object_get(json_array_get(sends, index), "source"));
    if ((request->session->participant->may.publish & 1u << message_source_index(source)) != 0)
        return true;
    refusal_set(refusal, "not-allowed", "the access token does not allow to publish this source");
    return refuse_send(refusal, index, "source", "");
}

/* Each m-line and each source is named once at most, and is one that the participant may publish. */
static bool check_sends(const struct request *request, const json_t *sends, struct refusal *refusal)
{
    for (size_t i = 0; i < json_array_size(sends); i++)
        if (!is_first(sends, i, "source", "each source at most once", refusal) ||
            !is_first(sends, i, "mid", "each mid at most once", refusal) || !is_permitted(request, sends, i, refusal))
            return false;
    return true;
}

/* `message`: an offer, or what `join` carries of one. */
static void offer_to_router(const struct request *request, const json_t *message, struct refusal *refusal)
{
    struct router_offer offer;
    router_offer_read(&offer, message);
    router_participant_offer(request_signaling(request)->router, request->session->participant, &offer, refusal);
    router_offer_fini(&offer);
}

/* The participant is in the room, whatever becomes of its offer: only now it is known what it may publish. */
static void take_first_offer(const struct request *request)
{
    const json_t *offer = json_object_get(request->message, "offer");
    struct refusal refusal = {.code = NULL};
    if (check_sends(request, json_object_get(offer, "sends"), &refusal))
        offer_to_router(request, offer, &refusal);
    if (refusal.code == NULL)
        return;
    refusal_set_inside(&refusal, "offer");
    request_send_refusal(request, &refusal);
}

static void on_join(const struct request *request)
{
    struct signaling *signaling = request_signaling(request);
    struct refusal refusal = {.code = NULL};
    struct token token;
    struct join join;
    if (!check_token(request, signaling->config, &token, &refusal) || !check_service(request, &token, &refusal)) {
        request_send_refusal(request, &refusal);
        return;
    }
    read_join(request, &token, &join);
    const struct reach reach = session_reach(request->session);
    request->session->participant = rooms_join(signaling->rooms, &join, &reach, request->now, &refusal);
    if (request->session->participant == NULL) {
        request_send_refusal(request, &refusal);
        return;
    }
    const struct room_participant *participant = request->session->participant;
    joined(request);
    if (!participant->is_waiting)
        router_participant_resumed(signaling->router, participant);
    log_info(join.room, "%s %s", participant->id,
             participant->is_waiting ? "waits"
             : join.resume != NULL   ? "resumed"
                                     : "joined");
    if (!participant->is_waiting && json_object_get(request->message, "offer") != NULL)
        take_first_offer(request);
}

static void on_leave(const struct request *request)
{
    struct session *session = request->session;
    struct room_participant *participant = session->participant;
    log_info(participant->room->name, "%s left", participant->id);
    session->participant = NULL;
    room_participant_leave(participant, "left", request->now);
    session_end(session, LWS_CLOSE_STATUS_NORMAL);
}

static void to_router(const struct request *request)
{
    struct signaling *signaling = request_signaling(request);
    struct room_participant *participant = request->session->participant;
    uint64_t generation = (uint64_t)json_integer_value(json_object_get(request->message, "generation"));
    struct refusal refusal = {.code = NULL};
    switch (request->type) {
    case MESSAGE_OFFER:
        offer_to_router(request, request->message, &refusal);
        break;
    case MESSAGE_ICE_CANDIDATE:
        router_participant_candidate(signaling->router, participant, generation, request_text(request, "candidate"));
        break;
    case MESSAGE_REQUEST_NEW_CONNECTION:
        router_participant_renew(signaling->router, participant, generation, &refusal);
        break;
    default:
        refusal_set(&refusal, "no-such-target", "the router makes no offers, so it takes no answers");
        break;
    }
    if (refusal.code != NULL)
        request_send_refusal(request, &refusal);
}

/* offer, answer, ice-candidate, request-new-connection: the same for the router and for everybody else. */
static void on_peer_message(const struct request *request)
{
    struct room_participant *participant = request->session->participant;
    const char *id = request_text(request, "target");
    const json_t *sends = json_object_get(request->message, "sends");
    struct refusal refusal = {.code = NULL};
    if (!check_sends(request, sends, &refusal)) {
        request_send_refusal(request, &refusal);
        return;
    }
    if (strcmp(id, MESSAGE_ROUTER) == 0) {
        to_router(request);
        return;
    }
    struct room_participant *target = request_target(request);
    if (target == NULL)
        return;
    if (request->type == MESSAGE_OFFER)
        room_participant_offer_sends(participant, target, sends, request->now);
    else if (request->type == MESSAGE_ANSWER)
        room_participant_answer_sends(participant, target, sends, request->now);
    if (request->type == MESSAGE_REQUEST_NEW_CONNECTION) /* what it is called where it arrives */
        json_object_set_new(request->message, "type", json_string("connection-request"));
    if (!room_participant_deliver(participant, target, request->message, request->length, &refusal))
        request_send_refusal(request, &refusal);
    else if (request->type == MESSAGE_OFFER || request->type == MESSAGE_REQUEST_NEW_CONNECTION)
        pace_wait(&request->session->pace, room_participant_charge_offer(participant, target, request->now));
}

static void on_receive(const struct request *request)
{
    size_t count;
    struct router_request *requests = router_requests_read(json_object_get(request->message, "slots"), &count);
    router_participant_receive(request_signaling(request)->router, request->session->participant, requests, count);
}

static void on_mute(const struct request *request)
{
    struct session *session = request->session;
    const char *source = request_text(request, "source");
    bool muted = request_flag(request, "muted");
    room_participant_mute(session->participant, message_source_index(source), muted, request->now);
    router_participant_mute(request_signaling(request)->router, session->participant, source, muted);
}

static void on_path(const struct request *request)
{
    struct room_participant *participant = request->session->participant;
    struct room_participant *target = request_target(request);
    enum path_state state;
    if (target != NULL && path_state_parse(&state, request_text(request, "state")))
        room_participant_path(participant, target, state, request->now);
}

static void on_pin(const struct request *request)
{
    enum topology_pin pin;
    enum mix_layout layout;
    const char *wanted = request_text(request, "layout");
    struct room_participant *participant = request->session->participant;
    if (!topology_pin_parse(&pin, request_text(request, "topology")))
        return;
    struct refusal refusal = {.code = NULL};
    bool is_done = wanted == NULL || !mix_layout_parse(&layout, wanted) ||
                   room_participant_set_layout(participant, layout, request->now, &refusal);
    if (!is_done || !room_participant_pin(participant, pin, request->now, &refusal))
        request_send_refusal(request, &refusal);
}

static void on_mix_wish(const struct request *request)
{
    struct room_participant *participant = request->session->participant;
    struct refusal refusal = {.code = NULL};
    enum mix_wish wish;
    if (!mix_wish_parse(&wish, request_text(request, "wish")))
        return;
    if (!room_participant_wish_mix(participant, wish, request->now, &refusal))
        request_send_refusal(request, &refusal);
}

/* Who hears which of the mixer's lanes. The answer says that it is so now: from then on a voice may be in the mixes of
 * the others. */
static void on_mix_lanes(const struct request *request)
{
    struct room *room = request->session->participant->room;
    if (request->session->participant != room->mixer) {
        request_refuse(request, "not-allowed", "this is for the room's mixer");
        return;
    }
    room_set_lanes(room, json_object_get(request->message, "lanes"));
    router_mix_follow(request_signaling(request)->router, room);
    session_send(request->session, json_incref(request->message));
}

static void on_record(const struct request *request)
{
    struct refusal refusal = request_refusal(request, NULL, "");
    if (!room_participant_record(request->session->participant, request_flag(request, "enabled"), request->now,
                                 &refusal))
        session_refuse(request->session, &refusal);
}

/* How the recording goes, as its recorder says. */
static void on_recording(const struct request *request)
{
    struct room *room = request->session->participant->room;
    const char *reason = request_text(request, "reason");
    if (request->session->participant != room->recorder)
        request_refuse(request, "not-allowed", "this is for the room's recorder");
    else if (strcmp(request_text(request, "state"), "on") == 0)
        room_recording_runs(room, reason != NULL ? reason : "", request->now);
    else
        room_recording_failed(room, reason != NULL ? reason : "cannot-write", request->now);
}

static void on_network_changed(const struct request *request)
{
    room_participant_network_changed(request->session->participant, request->now);
}

static void on_report(const struct request *request)
{
    room_participant_note_events(request->session->participant, json_object_get(request->message, "events"),
                                 request->now);
}

/* What participants of a room say. */
static void (*const joined_handlers[])(const struct request *request) = {
    [MESSAGE_LEAVE] = on_leave,
    [MESSAGE_OFFER] = on_peer_message,
    [MESSAGE_ANSWER] = on_peer_message,
    [MESSAGE_ICE_CANDIDATE] = on_peer_message,
    [MESSAGE_REQUEST_NEW_CONNECTION] = on_peer_message,
    [MESSAGE_PATH] = on_path,
    [MESSAGE_NETWORK_CHANGED] = on_network_changed,
    [MESSAGE_MUTE] = on_mute,
    [MESSAGE_RECEIVE] = on_receive,
    [MESSAGE_REPORT] = on_report,
    [MESSAGE_CHAT] = dispatch_chat,
    [MESSAGE_HAND] = dispatch_chat,
    [MESSAGE_REACTION] = dispatch_chat,
    [MESSAGE_PIN] = on_pin,
    [MESSAGE_MIX_WISH] = on_mix_wish,
    [MESSAGE_RECORD] = on_record,
    [MESSAGE_RECORDING] = on_recording,
    [MESSAGE_MUTE_PARTICIPANT] = dispatch_host_act,
    [MESSAGE_ASK_UNMUTE] = dispatch_host_act,
    [MESSAGE_REMOVE] = dispatch_host_act,
    [MESSAGE_TRANSFER_HOST] = dispatch_host_act,
    [MESSAGE_LOCK_ROOM] = dispatch_host_act,
    [MESSAGE_SET_WAITING_ROOM] = dispatch_host_act,
    [MESSAGE_ADMIT] = dispatch_host_act,
    [MESSAGE_DENY] = dispatch_host_act,
    [MESSAGE_END_ROOM] = dispatch_host_act,
    [MESSAGE_MIX_LANES] = on_mix_lanes,
};

/* A message of a session that has joined. */
static void dispatch_joined(const struct request *request)
{
    /* message_parse() lets nothing else through. */
    CHECK(request->type < sizeof joined_handlers / sizeof joined_handlers[0] && joined_handlers[request->type] != NULL);
    joined_handlers[request->type](request);
}

static void dispatch(const struct request *request)
{
    struct session *session = request->session;
    if (request->type == MESSAGE_PING)
        session_send(session, json_pack("{s:s,s:O}", "type", "pong", "id", json_object_get(request->message, "id")));
    else if (request->type == MESSAGE_JOIN && session->participant != NULL)
        request_refuse(request, "already-joined", "this socket has joined; leave and open another");
    else if (request->type == MESSAGE_JOIN)
        on_join(request);
    else if (session->participant == NULL)
        request_refuse(request, "not-joined", "join first");
    else if (session->participant->is_waiting && request->type != MESSAGE_LEAVE)
        request_refuse(request, "not-joined", "wait until a host lets you in");
    else
        dispatch_joined(request);
}

void dispatch_text(struct session *session, const char *text, size_t length, usec_t now)
{
    struct request request = {.session = session, .length = length, .now = now};
    struct refusal refusal;
    json_t *message;
    if (message_parse(&message, &request.type, MESSAGE_TO_SERVER, text, length, &refusal) < 0) {
        session_refuse(session, &refusal);
        return;
    }
    request.message = message;
    dispatch(&request);
    json_decref(message);
}
