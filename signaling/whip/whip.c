#include "signaling/whip/whip.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/http/http_answer.h"
#include "signaling/proto/ice_fragment.h"
#include "signaling/room/room.h"
#include "signaling/router/router_participant.h"
#include "signaling/whip/whip_host.h"
#include "signaling/whip/whip_offer.h"
#include "signaling/whip/whip_request.h"
#include "signaling/whip/whip_session.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"

#define SILENT_MAX 8 /* sessions of an address that send nothing yet, in one room: they go after half a minute */
/* Ten restarts of ICE at once and one a second, as a WebSocket's offers are bounded by its messages; or a hundred
 * fragments and ten a second: clients send one for each candidate. */
#define RESTART_COST 10
static const struct budget_limit changes_limit = {.per_second = 10, .burst = 100};

#define FRAGMENT_SIZE ((size_t)16 * 1024) /* 256 bundled m-lines and 16 candidates take ten of it */

static bool may_publish(const struct whip_request *request, const struct router_offer *offer,
                        const struct permissions *may)
{
    for (size_t i = 0; i < offer->send_count; i++)
        if ((may->publish & 1u << message_source_index(offer->sends[i].source)) == 0)
            return refusal_set(request->refusal, "not-allowed", "the access token does not allow to publish %s",
                               offer->sends[i].source);
    return true;
}

/* There is something to watch. */
static bool has_target(const struct whip_request *request)
{
    const struct room *room = rooms_find(request->host->rooms, request->path.room);
    char id[PUBLICATION_ID_MAX + 1];
    if (room == NULL)
        return refusal_set(request->refusal, "no-such-room", "no such room");
    snprintf(id, sizeof id, "%.*s", (int)strcspn(request->path.publication, "/"), request->path.publication);
    bool is_of_one = strchr(request->path.publication, '/') != NULL;
    return !is_of_one || room_find(room, id) != NULL ||
           refusal_set(request->refusal, "no-such-publication", "no such participant in this room");
}

/* Everybody in a room is told of each session, and another costs one request. */
static bool may_add(const struct whip_request *request, uint64_t address)
{
    const struct room *room = rooms_find(request->host->rooms, request->path.room);
    unsigned silent = 0;
    for (const struct room_participant *each = room != NULL ? room->participants : NULL; each != NULL;
         each = each->next)
        silent += each->kind == ROOM_PARTICIPANT_INGEST && each->address == address && !each->has_had_media;
    return request->path.is_egress || silent < SILENT_MAX ||
           refusal_set(request->refusal, "too-many-sessions", "%u sessions of this address wait for their media",
                       silent);
}

static bool plan(const struct whip_request *request, struct router_offer *offer, const struct sdp *sdp,
                 const struct permissions *may)
{
    return request->path.is_egress
               ? has_target(request) && whip_offer_receives(offer, sdp, request->path.publication, request->refusal)
               : whip_offer_sends(offer, sdp, request->refusal) && may_publish(request, offer, may);
}

/* NULL: `refusal` says why it is not let in. */
static struct whip_session *join(const struct whip_request *request, const struct token *token, uint64_t key,
                                 const char *name)
{
    uint64_t address = request->http->address;
    struct join join = {
        .kind = request->path.is_egress ? ROOM_PARTICIPANT_VIEWER : ROOM_PARTICIPANT_INGEST,
        .room = request->path.room,
        .name = token->name[0] != '\0' ? token->name : name,
        .address = address,
        .is_local = request->http->is_local,
        .topology = token->topology,
        .may = {.host = token->may.host, .publish = request->path.is_egress ? 0 : token->may.publish},
        .token_key = key,
    };
    if (!may_add(request, address))
        return NULL;
    random_secure_text(join.secret, ROOM_SECRET_SIZE);
    struct whip_session *session = whip_session_new(&request->host->sessions, address, &request->path);
    if (session == NULL) {
        refusal_set(request->refusal, "too-many-sessions", "there are too many sessions, in all or of this address");
        return NULL;
    }
    const struct reach reach = whip_session_reach(session);
    session->participant = rooms_join(request->host->rooms, &join, &reach, request->now, request->refusal);
    if (session->participant != NULL) {
        log_info(join.room, "%s joined by %s", session->participant->id, request->path.is_egress ? "WHEP" : "WHIP");
        return session;
    }
    whip_session_free(session);
    return NULL;
}

/* False: the session is gone. */
static bool connect_session(const struct whip_request *request, struct whip_session *session,
                            const struct router_offer *offer, const struct sdp *sdp)
{
    struct router_participant *router = request->host->router;
    struct room_participant *participant = session->participant;
    router_participant_offer(router, participant, offer, request->refusal);
    if (request->refusal->code == NULL && !session->is_accepted)
        refusal_set(request->refusal, "not-acceptable", "no m-line can be accepted");
    if (request->refusal->code != NULL) {
        room_participant_leave(participant, "left", request->now);
        return false;
    }
    session->offer = mem_text(offer->sdp);
    snprintf(session->ufrag, sizeof session->ufrag, "%s", negotiate_transport(sdp)->ice_ufrag);
    if (session->is_egress) {
        size_t count;
        struct router_request *requests = whip_offer_requests(offer, sdp, session->publication, &count);
        router_participant_receive(router, participant, requests, count);
    }
    return true;
}

/* Inside of a quoted string (RFC 9110 section 5.6.4). Heap. */
static char *escaped(const char *text)
{
    char *out = mem_alloc(2 * strlen(text) + 1), *at = out;
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            *at++ = '\\';
        *at++ = *text;
    }
    return out;
}

static void add_turn_server(const struct whip_request *request, const char *url, const char *username,
                            const char *password)
{
    char *user = escaped(username), *credential = escaped(password);
    http_add_field(request->http, "link:",
                   "<%s>; rel=\"ice-server\"; username=\"%s\"; credential=\"%s\"; credential-type=\"password\"", url,
                   user, credential);
    free(user);
    free(credential);
}

/* RFC 9725 section 4.6: STUN and TURN servers as links. */
static void add_ice_servers(const struct whip_request *request, const char *participant)
{
    json_t *list = ice_servers_json(&request->host->config->ice_servers, participant, clock_wall_us() / USEC_PER_SEC),
           *server;
    size_t index;
    json_array_foreach(list, index, server)
    {
        const char *url = json_string_value(json_array_get(json_object_get(server, "urls"), 0));
        const char *username = json_string_value(json_object_get(server, "username"));
        const char *password = json_string_value(json_object_get(server, "credential"));
        if (username == NULL)
            http_add_field(request->http, "link:", "<%s>; rel=\"ice-server\"", url);
        else
            add_turn_server(request, url, username, password);
    }
    json_decref(list);
}

static void add_etag(const struct whip_request *request, const struct whip_session *session)
{
    http_add_field(request->http, "etag:", "\"%" PRIu64 "\"", session->generation);
}

static enum http_step answer_created(const struct whip_request *request, const struct whip_session *session)
{
    http_add_field(request->http, "location:", "/%s/%s/%s", session->is_egress ? "whep" : "whip", request->path.room,
                   session->id);
    add_etag(request, session);
    add_ice_servers(request, session->participant->id);
    return http_answer(request->http, HTTP_CREATED, WHIP_SDP_TYPE, mem_text(session->answer), strlen(session->answer));
}

/* A full agent gathers after the answer, and there is no way to tell of candidates then. */
static bool can_answer(const struct whip_request *request)
{
    return !request->host->config->ice_full || refusal_set(request->refusal, "not-implemented",
                                                           "this server runs with --ice full: WHIP and WHEP need lite");
}

/* NULL: `refusal` says why there is none. */
static struct whip_session *make_session(const struct whip_request *request)
{
    struct token token;
    struct sdp *sdp = NULL;
    uint64_t key;
    char name[WHIP_NAME_SIZE];
    struct router_offer offer = {.sdp = request->http->input.data, .generation = 1};
    struct whip_session *session = NULL;
    if (can_answer(request) && whip_request_has_type(request, WHIP_SDP_TYPE) && whip_request_accepts_sdp(request) &&
        whip_request_access(request, &token, &key) && whip_request_may_join(request) &&
        whip_request_name(request, name) &&
        sdp_parse(&sdp, offer.sdp, request->http->input.length, request->refusal) == 0 &&
        plan(request, &offer, sdp, &token.may) && whip_offer_is_acceptable(sdp, request->refusal))
        session = join(request, &token, key, name);
    if (session != NULL && !connect_session(request, session, &offer, sdp))
        session = NULL;
    sdp_free(sdp);
    free(offer.sends);
    free(offer.receives);
    return session;
}

static enum http_step post(const struct whip_request *request)
{
    struct whip_session *session = make_session(request);
    if (session == NULL)
        return whip_request_refuse(request);
    enum http_step result = answer_created(request, session);
    whip_session_drop_answer(session);
    return result;
}

/* NULL: `refusal` says why not. */
static struct whip_session *find_session(const struct whip_request *request)
{
    struct whip_session *session = whip_session_find(&request->host->sessions, &request->path);
    if (!whip_request_may_change(request))
        return NULL;
    request->refusal->code = NULL;
    if (session == NULL)
        refusal_set(request->refusal, "no-such-session", "no such session, or it has ended");
    return session;
}

/* The offer that was accepted last, with the new credentials. The resource has another ETag then. */
static bool restart(const struct whip_request *request, struct whip_session *session,
                    const struct ice_fragment *fragment)
{
    char *text = ice_fragment_restart(session->offer, fragment);
    struct router_offer offer = {.sdp = text, .generation = session->generation + 1};
    struct sdp *sdp = NULL;
    bool is_planned = sdp_parse(&sdp, text, strlen(text), request->refusal) == 0;
    if (is_planned && session->is_egress)
        is_planned = whip_offer_receives(&offer, sdp, session->publication, request->refusal);
    else if (is_planned)
        is_planned = whip_offer_sends(&offer, sdp, request->refusal);
    if (is_planned)
        router_participant_offer(request->host->router, session->participant, &offer, request->refusal);
    sdp_free(sdp);
    free(offer.sends);
    free(offer.receives);
    if (request->refusal->code != NULL) {
        free(text);
        return false;
    }
    free(session->offer);
    session->offer = text;
    session->generation++;
    snprintf(session->ufrag, sizeof session->ufrag, "%s", fragment->ufrag);
    return true;
}

static void give_candidates(const struct whip_request *request, const struct whip_session *session,
                            const struct ice_fragment *fragment)
{
    struct router_participant *router = request->host->router;
    for (size_t i = 0; i < fragment->candidate_count; i++)
        router_participant_candidate(router, session->participant, session->generation, fragment->candidates[i]);
    if (fragment->end_of_candidates)
        router_participant_candidate(router, session->participant, session->generation, "");
}

static enum http_step answer_restarted(const struct whip_request *request, const struct whip_session *session)
{
    struct sdp *sdp;
    char *body = mem_alloc(FRAGMENT_SIZE);
    int length = sdp_parse(&sdp, session->answer, strlen(session->answer), request->refusal);
    if (length == 0)
        length = ice_fragment_write(sdp, body, FRAGMENT_SIZE);
    sdp_free(sdp);
    if (length < 0) {
        free(body);
        return http_fail(request->http, HTTP_INTERNAL_ERROR, "bad-sdp", "the answer does not fit");
    }
    add_etag(request, session);
    return http_answer(request->http, HTTP_OK, WHIP_FRAGMENT_TYPE, body, (size_t)length);
}

static enum http_step patch(const struct whip_request *request)
{
    struct ice_fragment fragment;
    struct whip_session *session = find_session(request);
    if (session == NULL || !whip_request_has_type(request, WHIP_FRAGMENT_TYPE) ||
        !whip_request_matches(request, session->generation) ||
        ice_fragment_parse(&fragment, request->http->input.data, request->http->input.length, request->refusal) != 0)
        return whip_request_refuse(request);
    bool is_restart = fragment.ufrag[0] != '\0' && strcmp(fragment.ufrag, session->ufrag) != 0;
    if (!budget_take(&session->changes, &changes_limit, is_restart ? RESTART_COST : 1, request->now)) {
        refusal_set(request->refusal, "too-fast", "this session is changed too often");
        return whip_request_refuse(request);
    }
    if (is_restart && !restart(request, session, &fragment))
        return whip_request_refuse(request);
    give_candidates(request, session, &fragment);
    if (!is_restart)
        return http_answer(request->http, HTTP_NO_CONTENT, NULL, NULL, 0);
    enum http_step result = answer_restarted(request, session);
    whip_session_drop_answer(session);
    return result;
}

static enum http_step delete (const struct whip_request *request) {
    const struct whip_session *session = find_session(request);
    if (session == NULL) return whip_request_refuse(request);
    log_info(request->path.room, "%s left", session->participant->id);
    room_participant_leave(session->participant, "left", request->now);
    return http_answer_text(request->http, HTTP_OK, "");
}

static enum http_step options(const struct whip_request *request)
{
    http_add_field(request->http, "access-control-allow-methods:", "%s", request->http->methods);
    http_add_field(request->http, "access-control-allow-headers:", "authorization, content-type, if-match");
    http_add_field(request->http, "access-control-max-age:", "600");
    if (request->path.session[0] == '\0')
        http_add_field(request->http, "accept-post:", WHIP_SDP_TYPE);
    else
        http_add_field(request->http, "accept-patch:", WHIP_FRAGMENT_TYPE);
    return http_answer_text(request->http, HTTP_OK, "");
}

static const char *methods(const char *path)
{
    struct whip_path read;
    if (!whip_path_read(&read, path))
        return NULL;
    return read.session[0] == '\0' ? "OPTIONS, POST" : "DELETE, OPTIONS, PATCH";
}

static enum http_step start(void *user, struct http_request *http)
{
    struct refusal refusal = {.code = NULL};
    struct whip_request request = {.host = user, .http = http, .now = clock_now(), .refusal = &refusal};
    (void)whip_path_read(&request.path, http->path); /* methods() has read it */
    bool has_body = http_is_method(http, "POST") || http_is_method(http, "PATCH");
    if (has_body && !whip_request_has_time(&request))
        return whip_request_refuse(&request);
    if (has_body && http->input.data == NULL)
        return http_fail(http, HTTP_BAD_REQUEST, "bad-message", "there is no body");
    if (http_is_method(http, "POST"))
        return post(&request);
    if (http_is_method(http, "PATCH"))
        return patch(&request);
    return http_is_method(http, "DELETE") ? delete (&request) : options(&request);
}

struct http_route whip_route(struct whip_host *host, bool is_egress)
{
    return (struct http_route){.prefix = is_egress ? "/whep/" : "/whip/",
                               .input_max = HTTP_INPUT_MAX,
                               .is_for_pages = true,
                               .methods = methods,
                               .start = start,
                               .user = host};
}
