#include "signaling/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/worker.h"
#include "signaling/http.h"
#include "signaling/room.h"
#include "signaling/router_link.h"
#include "signaling/server.h"
#include "signaling/token.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

struct api {
    struct server *server;
    struct http_request *waiting;
};

struct api *api_new(struct server *server)
{
    struct api *api = mem_alloc(sizeof *api);
    api->server = server;
    return api;
}

void api_free(struct api *api)
{
    free(api);
}

void api_forget(struct api *api, struct http_request *request)
{
    struct http_request **at = &api->waiting;
    while (*at != NULL && *at != request)
        at = &(*at)->next;
    if (*at != NULL)
        *at = (*at)->next;
    request->is_waiting = false;
}

static json_t *direction_json(const struct direction_stats *stats)
{
    return json_pack("{s:I,s:I,s:I,s:I}", "packets", (json_int_t)stats->packets, "bytes", (json_int_t)stats->bytes,
                     "retransmissions", (json_int_t)stats->retransmissions, "lost", (json_int_t)stats->lost);
}

static json_t *layers_json(const struct publication_stats *stats)
{
    json_t *list = json_array();
    for (size_t i = 0; i < stats->layer_count; i++)
        json_array_append_new(list, json_pack("{s:I,s:b}", "bps", (json_int_t)stats->layer_bps[i], "asked",
                                              (stats->asked_layers & 1u << i) != 0));
    return list;
}

static json_t *publications_json(const struct connection_stats *stats)
{
    json_t *list = json_array();
    for (size_t i = 0; i < stats->publication_count; i++) {
        const struct publication_stats *p = &stats->publications[i];
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:f,s:i,s:o}", "id", p->id, "kind",
                                              p->kind == MEDIA_AUDIO ? "audio" : "video", "codec", codec_name(p->codec),
                                              "muted", p->muted, "packets", (json_int_t)p->packets, "bytes",
                                              (json_int_t)p->bytes, "lost", (json_int_t)p->lost, "keyframes",
                                              (json_int_t)p->keyframes, "keyframe_requests",
                                              (json_int_t)p->keyframe_requests, "jitter_ms", p->jitter_ms,
                                              "subscribers", (int)p->subscribers, "layers", layers_json(p)));
    }
    return list;
}

static json_t *slots_json(const struct connection_stats *stats)
{
    json_t *list = json_array();
    for (size_t i = 0; i < stats->slot_count; i++) {
        const struct slot_stats *s = &stats->slots[i];
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:i,s:I,s:I,s:I,s:f,s:f}", "mid", s->mid,
                                              "publication", s->publication, "state", s->state, "layer", s->layer,
                                              "spatial", s->spatial, "temporal", s->temporal, "width", (int)s->width,
                                              "height", (int)s->height, "packets", (json_int_t)s->packets, "bytes",
                                              (json_int_t)s->bytes, "retransmissions", (json_int_t)s->retransmissions,
                                              "loss", s->loss, "rtt_ms", (double)s->rtt / 1000.0));
    }
    return list;
}

static json_t *connection_json(const struct connection_stats *stats)
{
    const struct participant_stats *t = &stats->totals;
    json_t *json =
        json_pack("{s:i,s:s,s:s,s:f,s:f,s:I,s:o,s:o,s:o,s:o}", "worker", (int)stats->worker, "path", stats->path,
                  "profile", stats->profile, "cpu_ms", (double)stats->cpu_ns / 1e6, "rtt_ms", (double)t->rtt / 1000.0,
                  "estimate_bps", (json_int_t)t->estimate_bps, "in", direction_json(&t->in), "out",
                  direction_json(&t->out), "publications", publications_json(stats), "slots", slots_json(stats));
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {{"nacks_in", t->nacks_in},         {"nacks_out", t->nacks_out},
                    {"plis_in", t->plis_in},           {"plis_out", t->plis_out},
                    {"unknown_ssrc", t->unknown_ssrc}, {"unknown_payload", t->unknown_payload},
                    {"bad_packets", t->bad_packets},   {"egress_drops", t->egress_drops}};
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        json_object_set_new(json, counters[i].name, json_integer((json_int_t)counters[i].value));
    return json;
}

static json_t *worker_json(const struct worker_stats *stats, size_t index)
{
    if (stats == NULL)
        return json_pack("{s:i,s:b}", "worker", (int)index, "answers", 0);
    const struct router_stats *r = &stats->router;
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {{"connections", stats->connection_count},
                    {"rooms", r->rooms},
                    {"mirrors", r->mirrors},
                    {"publications", r->publications},
                    {"slots", r->slots},
                    {"packets_in", r->packets_in},
                    {"packets_out", r->packets_out},
                    {"bytes_in", r->bytes_in},
                    {"bytes_out", r->bytes_out},
                    {"packets_held", r->packets_held},
                    {"packet_memory_bytes", r->packet_memory_bytes},
                    {"memory_evictions", r->memory_evictions},
                    {"memory_drops", r->memory_drops},
                    {"datagrams_in", stats->datagrams_in},
                    {"datagrams_out", stats->datagrams_out},
                    {"receive_calls", stats->receive_calls},
                    {"send_calls", stats->send_calls},
                    {"crossed_in", stats->crossed_in},
                    {"crossed_out", stats->crossed_out},
                    {"crossings_lost", stats->crossings_lost},
                    {"garbage", stats->garbage},
                    {"bad_checks", stats->bad_checks},
                    {"tcp_accepted", stats->tcp_accepted},
                    {"tcp_bad_frames", stats->tcp_bad_frames},
                    {"tcp_unproven", stats->tcp_unproven},
                    {"srtp_errors", stats->srtp_errors},
                    {"dtls_errors", stats->dtls_errors}};
    json_t *json =
        json_pack("{s:i,s:b,s:f}", "worker", (int)index, "answers", 1, "cpu_ms", (double)stats->cpu_ns / 1e6);
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        json_object_set_new(json, counters[i].name, json_integer((json_int_t)counters[i].value));
    return json;
}

static json_t *server_json(const struct server *server, struct worker_stats *const *stats, size_t count)
{
    json_t *workers = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(workers, worker_json(stats[i], i));
    return json_pack("{s:s,s:f,s:i,s:f,s:o}", "version", HEDDLE_VERSION, "uptime_s",
                     (double)(clock_now() - server->started_at) / 1e6, "sockets", (int)server->session_count,
                     "signaling_cpu_ms", (double)clock_thread_cpu_ns() / 1e6, "workers", workers);
}

static size_t count_publications(const struct room *room)
{
    size_t count = 0;
    for (const struct member *member = room->members; member != NULL; member = member->next)
        count += (size_t)__builtin_popcount(member->published);
    return count;
}

static json_t *rooms_json(const struct server *server, struct worker_stats *const *stats, size_t count)
{
    json_t *list = json_array();
    for (struct room *room = rooms_next(server->rooms, NULL); room != NULL; room = rooms_next(server->rooms, room))
        json_array_append_new(list, json_pack("{s:s,s:s,s:i,s:i}", "name", room->name, "shape",
                                              shape_name(room->shape.shape), "participants", (int)room->member_count,
                                              "publications", (int)count_publications(room)));
    return json_pack("{s:o,s:o}", "rooms", list, "server", server_json(server, stats, count));
}

/* What each member sent to each other through the server's relay. */
static json_t *pairs_json(const struct room *room)
{
    json_t *list = json_array();
    for (const struct member *member = room->members; member != NULL; member = member->next) {
        for (size_t i = 0; i < member->pair_count; i++) {
            char to[16];
            snprintf(to, sizeof to, "p%u", member->pairs[i].target);
            json_array_append_new(list, json_pack("{s:s,s:s,s:I,s:I}", "from", member->id, "to", to, "messages",
                                                  (json_int_t)member->pairs[i].messages, "bytes",
                                                  (json_int_t)member->pairs[i].bytes));
        }
    }
    return list;
}

static json_t *room_json(const struct room *room, struct worker_stats *const *stats, size_t count)
{
    struct map connections;
    json_t *participants = json_array();
    map_init(&connections);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; stats[i] != NULL && k < stats[i]->connection_count; k++)
            map_put(&connections, stats[i]->connections[k].id, &stats[i]->connections[k]);
    for (const struct member *member = room->members; member != NULL; member = member->next) {
        json_t *participant = member_json(member);
        const struct connection_stats *connection = map_get(&connections, router_link_connection(member));
        json_object_set_new(participant, "connection", connection != NULL ? connection_json(connection) : json_null());
        json_array_append_new(participants, participant);
    }
    map_fini(&connections);
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:o,s:o,s:O}", "name", room->name, "shape", shape_name(room->shape.shape),
                     "pin", shape_pin_name(room->pin), "reason", shape_reason_text(room->shape.reason), "epoch",
                     (json_int_t)room->epoch, "participants", participants, "pairs", pairs_json(room), "events",
                     room->events);
}

static int refuse(struct http_request *request, unsigned status, const char *text)
{
    return http_answer_json(request, status, json_pack("{s:s}", "error", text));
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

static int answer(const struct api *api, struct http_request *request, struct worker_stats *const *stats, size_t count)
{
    const char *name = room_of(request->path);
    if (name[0] == '\0')
        return http_answer_json(request, HTTP_STATUS_OK, rooms_json(api->server, stats, count));
    const struct room *room = rooms_find(api->server->rooms, name);
    if (room == NULL)
        return refuse(request, HTTP_STATUS_NOT_FOUND, "no such room");
    return http_answer_json(request, HTTP_STATUS_OK, room_json(room, stats, count));
}

static void on_stats(void *user, struct worker_stats *const *stats, size_t count)
{
    struct api *api = user;
    for (struct http_request *request; (request = api->waiting) != NULL;) {
        api->waiting = request->next;
        request->is_waiting = false;
        if (answer(api, request, stats, count) < 0)
            lws_set_timeout(request->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
    }
}

/* With tokens the API is for those that carry the right: "Authorization: Bearer TOKEN". */
static bool is_allowed(const struct api *api, struct lws *wsi, bool to_pin)
{
    static const char scheme[] = "Bearer ";
    const struct config *config = api->server->config;
    char header[4096];
    struct token token;
    if (config->open)
        return true;
    return lws_hdr_copy(wsi, header, sizeof header, WSI_TOKEN_HTTP_AUTHORIZATION) > 0 &&
           strncmp(header, scheme, sizeof scheme - 1) == 0 &&
           token_check(&token, header + sizeof scheme - 1, config->secret, config->secret_length,
                       clock_wall_us() / USEC_PER_SEC) == 0 &&
           token.may_api && (token.may_pin || !to_pin);
}

int api_start(struct api *api, struct http_request *request)
{
    if (room_of(request->path) == NULL)
        return refuse(request, HTTP_STATUS_NOT_FOUND, "no such resource");
    if (!is_allowed(api, request->wsi, false))
        return refuse(request, HTTP_STATUS_UNAUTHORIZED, "an access token with the right \"api\" is needed");
    request->next = api->waiting;
    request->is_waiting = true;
    api->waiting = request;
    (void)router_link_request_stats(api->server->link, on_stats, api, clock_now()); /* false: a round runs already */
    return 0;
}

int api_post(struct api *api, struct http_request *request)
{
    static const char ending[] = "/pin";
    char *end = strrchr(request->path, '/');
    char argument[32];
    enum shape_pin pin;
    if (end == NULL || strcmp(end, ending) != 0)
        return refuse(request, HTTP_STATUS_NOT_FOUND, "no such resource");
    *end = '\0';
    const char *name = room_of(request->path);
    struct room *room = name != NULL ? rooms_find(api->server->rooms, name) : NULL;
    if (!is_allowed(api, request->wsi, true))
        return refuse(request, HTTP_STATUS_UNAUTHORIZED,
                      "an access token with the rights \"api\" and \"pin\" is needed");
    if (room == NULL)
        return refuse(request, HTTP_STATUS_NOT_FOUND, "no such room");
    const char *shape = lws_get_urlarg_by_name(request->wsi, "shape=", argument, sizeof argument);
    if (shape == NULL || !shape_pin_parse(&pin, shape))
        return refuse(request, HTTP_STATUS_BAD_REQUEST, "shape: expected auto, mesh or sfu");
    room_pin(room, pin, clock_now());
    return http_answer_json(request, HTTP_STATUS_OK,
                            json_pack("{s:s,s:s}", "shape", shape_name(room->shape.shape), "pin", shape_pin_name(pin)));
}
