#include "signaling/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/api_json.h"
#include "signaling/config/token.h"
#include "signaling/http/http_answer.h"
#include "signaling/room/room.h"
#include "signaling/room/room_encryption.h"
#include "signaling/room/room_json.h"
#include "signaling/room/room_recording.h"
#include "signaling/router/router_participant.h"
#include "signaling/signaling.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define HEADER_MAX 8192
#define PIN "/pin"
#define RECORDING "/recording"
#define PREVIEW "/preview"
#define ROOM_NAME_SIZE 65

struct api {
    struct signaling *signaling;
    struct http_request *waiting;
    uv_timer_t round; /* runs while the next round is not due yet */
    usec_t round_at;  /* of the last one */
};

static enum http_step refuse_argument(struct http_request *request, const char *name, const char *expected)
{
    struct refusal refusal = {.code = "bad-message", .text = "a wrong argument"};
    refusal_set_field(&refusal, name, expected);
    return http_refuse(request, HTTP_BAD_REQUEST, &refusal);
}

/* The room's name of a path; "" for the list; NULL: no such resource. */
static const char *room_of(const char *path)
{
    static const char prefix[] = "/api/v1/rooms";
    if (strncmp(path, prefix, sizeof prefix - 1) != 0)
        return NULL;
    const char *rest = path + sizeof prefix - 1;
    if (rest[0] == '\0')
        return rest;
    return rest[0] == '/' && message_is_room_name(rest + 1) ? rest + 1 : NULL;
}

/* The room's name of ".../rooms/NAME" with an ending like "/pin"; false: it is no such path. */
static bool read_path(const char *path, const char *ending, char room[ROOM_NAME_SIZE])
{
    char cut[256];
    size_t length = strlen(path), end = strlen(ending);
    if (length < end || strcmp(path + length - end, ending) != 0)
        return false;
    snprintf(cut, sizeof cut, "%.*s", (int)(length - end), path);
    const char *name = room_of(cut);
    if (name == NULL || name[0] == '\0')
        return false;
    snprintf(room, ROOM_NAME_SIZE, "%.64s", name);
    return true;
}

static const char *methods(const char *path)
{
    char name[ROOM_NAME_SIZE];
    if (room_of(path) != NULL || read_path(path, PREVIEW, name))
        return "GET, HEAD";
    return read_path(path, PIN, name) || read_path(path, RECORDING, name) ? "POST" : NULL;
}

/* Reads a number of at least `low`; false: the argument is something else. *out stays as it was when the argument is
 * missing. */
static bool read_argument(const struct http_request *request, const char *name, unsigned long low, size_t *out)
{
    char text[512]; /* an argument that does not fit counts as missing */
    char *end;
    const char *value = http_head_argument(request->head, name, text, sizeof text);
    if (value == NULL)
        return true;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (errno != 0 || value[0] < '0' || value[0] > '9' || *end != '\0' || number < low || number > 1000000000)
        return false;
    *out = (size_t)number;
    return true;
}

static enum http_step answer(const struct api *api, struct http_request *request, struct worker_stats *const *stats,
                             size_t count)
{
    const char *name = room_of(request->path);
    struct api_page page = {.offset = 0, .limit = API_ROOMS_MAX};
    if (!read_argument(request, "offset", 0, &page.offset))
        return refuse_argument(request, "offset", "a number from 0");
    if (!read_argument(request, "limit", 1, &page.limit))
        return refuse_argument(request, "limit", "a number from 1");
    if (name[0] == '\0')
        return http_answer_json(request, HTTP_OK, api_rooms_json(api->signaling, stats, count, &page));
    const struct room *room = rooms_find(api->signaling->rooms, name);
    if (room == NULL)
        return http_fail(request, HTTP_NOT_FOUND, "no-such-room", "no such room");
    return http_answer_json(request, HTTP_OK, api_room_json(room, stats, count, &page));
}

static bool is_too_busy(const struct api *api, const struct http_request *request)
{
    return budget_table_is_spent(&api->signaling->sockets.addresses.time, request->address, clock_now());
}

static enum http_step refuse_too_busy(struct http_request *request)
{
    return http_fail(request, HTTP_TOO_MANY_REQUESTS, "too-fast", "this address keeps the server too busy");
}

static void on_stats(void *user, struct worker_stats *const *stats, size_t count)
{
    struct api *api = user;
    for (struct http_request *request; (request = api->waiting) != NULL;) {
        int64_t started = clock_thread_cpu_ns();
        api->waiting = request->next;
        request->is_waiting = false;
        /* Others of this address, answered in this round, may have used up what was left when the request came. */
        if (is_too_busy(api, request))
            (void)refuse_too_busy(request);
        else
            (void)answer(api, request, stats, count);
        budget_table_charge(&api->signaling->sockets.addresses.time, request->address,
                            (uint64_t)(clock_thread_cpu_ns() - started) / 1000, clock_now());
    }
}

static void start_round(struct api *api)
{
    usec_t now = clock_now();
    if (api->waiting == NULL || uv_is_active((uv_handle_t *)&api->round))
        return;
    if (router_participant_request_stats(api->signaling->router, on_stats, api, now)) /* else one runs already */
        api->round_at = now;
}

static void on_round_due(uv_timer_t *timer)
{
    start_round(timer->data);
}

static void plan_round(struct api *api)
{
    usec_t wait = api->round_at + API_ROUND_INTERVAL - clock_now();
    if (api->round_at == 0 || wait <= 0)
        start_round(api);
    else if (!uv_is_active((uv_handle_t *)&api->round))
        uv_timer_start(&api->round, on_round_due, (uint64_t)(wait / USEC_PER_MSEC) + 1, 0);
}

/* False: the request has no valid one. */
static bool read_token(const struct api *api, const struct http_request *request, struct token *token, uint64_t *key)
{
    const struct config *config = api->signaling->config;
    char header[HEADER_MAX];
    const char *text = http_head_bearer(request->head, header, sizeof header);
    if (text == NULL)
        return false;
    *key = bans_key(text);
    return token_check(token, text, config->secret, config->secret_length, clock_wall_us() / USEC_PER_SEC) == 0;
}

enum api_right { TO_READ, TO_PIN, TO_RECORD };

/* On a server with tokens the API needs one that allows it. */
static bool is_allowed(const struct api *api, const struct http_request *request, enum api_right right)
{
    struct token token;
    uint64_t key;
    if (api->signaling->config->open)
        return true;
    if (!read_token(api, request, &token, &key) || !token.may_api)
        return false;
    return right == TO_PIN ? token.may.pin : right == TO_RECORD ? token.may.record : true;
}

/* The participants in a room, for those that may join it. */
static enum http_step preview(const struct api *api, struct http_request *request, const char *name)
{
    const struct config *config = api->signaling->config;
    const struct room *room = rooms_find(api->signaling->rooms, name);
    struct token token = {.may = permissions_default()};
    uint64_t key = 0;
    if (!config->open && (!read_token(api, request, &token, &key) || strcmp(token.room, name) != 0))
        return http_fail(request, HTTP_UNAUTHORIZED, "bad-token", "an access token for this room is needed");
    if (room != NULL && bans_has(&room->bans, key, clock_now()))
        return http_fail(request, HTTP_UNAUTHORIZED, "removed", "a host has removed you from this room");
    return http_answer_json(request, HTTP_OK, room_preview_json(room, name, token.may.host));
}

static enum http_step get(struct api *api, struct http_request *request)
{
    char name[ROOM_NAME_SIZE];
    if (read_path(request->path, PREVIEW, name))
        return is_too_busy(api, request) ? refuse_too_busy(request) : preview(api, request, name);
    if (!is_allowed(api, request, TO_READ))
        return http_fail(request, HTTP_UNAUTHORIZED, "bad-token", "an access token with the right \"api\" is needed");
    if (is_too_busy(api, request))
        return refuse_too_busy(request);
    request->next = api->waiting;
    request->is_waiting = true;
    api->waiting = request;
    plan_round(api);
    return HTTP_LATER;
}

static enum http_step pin(struct http_request *request, struct room *room)
{
    char argument[32], layout_argument[32];
    enum topology_pin pin;
    enum mix_layout chosen;
    const char *topology = http_head_argument(request->head, "topology", argument, sizeof argument);
    const char *layout = http_head_argument(request->head, "layout", layout_argument, sizeof layout_argument);
    if (topology == NULL || !topology_pin_parse(&pin, topology)) {
        char expected[64];
        topology_pin_list(expected, sizeof expected);
        return refuse_argument(request, "topology", expected);
    }
    if (layout != NULL && !mix_layout_parse(&chosen, layout))
        return refuse_argument(request, "layout", MIX_LAYOUTS);
    struct refusal refusal = {.code = NULL};
    if (!room_encryption_allows(room->is_encrypted, pin, &refusal))
        return http_refuse(request, HTTP_CONFLICT, &refusal);
    if (layout != NULL)
        room_set_layout(room, chosen, clock_now());
    room_pin(room, pin, "", clock_now());
    return http_answer_json(
        request, HTTP_OK,
        json_pack("{s:s,s:s}", "topology", topology_name(room->topology.topology), "pin", topology_pin_name(pin)));
}

static enum http_step record(struct http_request *request, struct room *room)
{
    char argument[32];
    struct refusal refusal = {.code = NULL};
    const char *state = http_head_argument(request->head, "state", argument, sizeof argument);
    bool is_on = state != NULL && strcmp(state, "on") == 0;
    if (!is_on && (state == NULL || strcmp(state, "off") != 0))
        return refuse_argument(request, "state", "on or off");
    if (!room_record(room, is_on, clock_now(), &refusal)) {
        bool is_often = strcmp(refusal.code, "too-often") == 0;
        return http_refuse(request,
                           is_often             ? HTTP_TOO_MANY_REQUESTS
                           : room->is_encrypted ? HTTP_CONFLICT
                                                : HTTP_NOT_IMPLEMENTED,
                           &refusal);
    }
    json_t *answer = json_object();
    room_add_recording(room, answer, "recording", "recording_reason");
    return http_answer_json(request, HTTP_OK, answer);
}

static enum http_step post(struct api *api, struct http_request *request)
{
    char name[ROOM_NAME_SIZE];
    bool is_pin = read_path(request->path, PIN, name), is_named = is_pin || read_path(request->path, RECORDING, name);
    struct room *room = is_named ? rooms_find(api->signaling->rooms, name) : NULL;
    if (!is_allowed(api, request, is_pin ? TO_PIN : TO_RECORD))
        return http_fail(request, HTTP_UNAUTHORIZED, "bad-token",
                         is_pin ? "an access token with the rights \"api\" and \"pin\" is needed"
                                : "an access token with the rights \"api\" and \"record\" is needed");
    if (room == NULL)
        return http_fail(request, HTTP_NOT_FOUND, "no-such-room", "no such room");
    return is_pin ? pin(request, room) : record(request, room);
}

static enum http_step start(void *user, struct http_request *request)
{
    return http_is_method(request, "POST") ? post(user, request) : get(user, request);
}

static void forget(void *user, struct http_request *request)
{
    struct api *api = user;
    struct http_request **at = &api->waiting;
    while (*at != NULL && *at != request)
        at = &(*at)->next;
    if (*at != NULL)
        *at = (*at)->next;
    request->is_waiting = false;
}

struct api *api_new(struct signaling *signaling)
{
    struct api *api = mem_alloc(sizeof *api);
    api->signaling = signaling;
    uv_timer_init(&signaling->loop, &api->round);
    api->round.data = api;
    return api;
}

void api_stop(struct api *api)
{
    uv_close((uv_handle_t *)&api->round, NULL);
}

void api_free(struct api *api)
{
    free(api);
}

struct http_route api_route(struct api *api)
{
    return (struct http_route){.prefix = "/api/", .methods = methods, .start = start, .forget = forget, .user = api};
}
