#include "signaling/api_json.h"

#include <stdio.h>

#include "router/worker/worker.h"
#include "signaling/room.h"
#include "signaling/room_json.h"
#include "signaling/router_link.h"
#include "signaling/service.h"
#include "transport/base/map.h"
#include "transport/net/clock.h"

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
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:i,s:I,s:I,s:I,s:f,s:f}", "mid",
                                              s->mid, "publication", s->publication, "state", s->state, "reason",
                                              s->reason, "codec", codec_name(s->codec), "layer", s->layer, "spatial",
                                              s->spatial, "temporal", s->temporal, "width", (int)s->width, "height",
                                              (int)s->height, "packets", (json_int_t)s->packets, "bytes",
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
    } counters[] = {{"nacks_in", t->nacks_in},
                    {"nacks_out", t->nacks_out},
                    {"plis_in", t->plis_in},
                    {"plis_out", t->plis_out},
                    {"unknown_ssrc", t->unknown_ssrc},
                    {"unknown_payload", t->unknown_payload},
                    {"bad_packets", t->bad_packets},
                    {"egress_drops", t->egress_drops},
                    {"report_timeouts", t->report_timeouts},
                    {"keyframes_refused", t->keyframes_refused},
                    {"over_budget", t->over_budget},
                    {"nacks_held", t->nacks_held}};
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
                    {"path_proofs", stats->path_proofs},
                    {"bad_answers", stats->bad_answers},
                    {"withheld", stats->withheld},
                    {"checks_over_budget", stats->checks_over_budget},
                    {"datagrams_over_budget", stats->datagrams_over_budget},
                    {"rtcp_over_budget", stats->rtcp_over_budget},
                    {"socket_drops", stats->socket_drops},
                    {"tcp_accepted", stats->tcp_accepted},
                    {"tcp_bad_frames", stats->tcp_bad_frames},
                    {"tcp_unproven", stats->tcp_unproven},
                    {"tcp_pauses", stats->tcp_pauses},
                    {"srtp_errors", stats->srtp_errors},
                    {"dtls_errors", stats->dtls_errors}};
    json_t *json =
        json_pack("{s:i,s:b,s:f}", "worker", (int)index, "answers", 1, "cpu_ms", (double)stats->cpu_ns / 1e6);
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        json_object_set_new(json, counters[i].name, json_integer((json_int_t)counters[i].value));
    return json;
}

/* Everything that was refused, dropped or held back, so that nobody has to guess. */
static json_t *limits_json(const struct service *service)
{
    const struct session_counters *s = &service->sockets.counters;
    const struct http_counters *h = &service->http.counters;
    const struct rooms_counters *r = rooms_get_counters(service->rooms);
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {{"connections_refused", service->admission.refused},
                    {"connections_evicted", service->admission.evicted},
                    {"handshakes_refused", service->handshakes_refused},
                    {"accept_pauses", service->listener.pauses},
                    {"upgrades_refused", h->refused_upgrades},
                    {"foreign_origins", h->foreign_origins},
                    {"answers_refused", h->overloaded},
                    {"messages_held", s->held},
                    {"too_fast", s->too_fast},
                    {"too_large", s->too_large},
                    {"sockets_cut_off", s->cut_off},
                    {"relay_busy", r->relay_busy},
                    {"kept_refused", r->kept_refused},
                    {"chat_dropped", r->chat_dropped},
                    {"events_refused", r->events_refused},
                    {"places_given_up", r->places_given_up}};
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        json_object_set_new(json, counters[i].name, json_integer((json_int_t)counters[i].value));
    return json;
}

static json_t *server_json(const struct service *service, struct worker_stats *const *stats, size_t count)
{
    json_t *workers = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(workers, worker_json(stats[i], i));
    return json_pack("{s:s,s:f,s:i,s:i,s:i,s:I,s:I,s:f,s:o,s:o}", "version", HEDDLE_VERSION, "uptime_s",
                     (double)(clock_now() - service->started_at) / 1e6, "sockets", (int)service->sockets.count,
                     "connections", (int)service->admission.total, "connections_max",
                     (int)service->admission.limits.total, "queued_bytes", (json_int_t)service->sockets.texts.bytes,
                     "kept_bytes", (json_int_t)rooms_kept_bytes(service->rooms), "signaling_cpu_ms",
                     (double)clock_thread_cpu_ns() / 1e6, "limits", limits_json(service), "workers", workers);
}

static size_t count_publications(const struct room *room)
{
    size_t count = 0;
    for (const struct member *member = room->members; member != NULL; member = member->next)
        count += (size_t)__builtin_popcount(member->published);
    return count;
}

/* Where the next page begins; null: there is none. */
static json_t *next_json(size_t next, size_t total)
{
    return next < total ? json_integer((json_int_t)next) : json_null();
}

json_t *api_rooms_json(const struct service *service, struct worker_stats *const *stats, size_t count,
                       const struct api_page *page)
{
    json_t *list = json_array();
    size_t at = 0, limit = page->limit < API_ROOMS_MAX ? page->limit : API_ROOMS_MAX;
    for (struct room *room = rooms_next(service->rooms, NULL); room != NULL && json_array_size(list) < limit;
         room = rooms_next(service->rooms, room)) {
        if (at++ < page->offset)
            continue;
        json_array_append_new(list, json_pack("{s:s,s:s,s:i,s:i}", "name", room->name, "shape",
                                              shape_name(room->shape.shape), "participants", (int)room->member_count,
                                              "publications", (int)count_publications(room)));
    }
    return json_pack("{s:o,s:I,s:o,s:o}", "rooms", list, "room_count", (json_int_t)rooms_count(service->rooms), "next",
                     next_json(at, rooms_count(service->rooms)), "server", server_json(service, stats, count));
}

/* What a member sent to each other through the server's relay. */
static void add_pairs(json_t *list, const struct member *member)
{
    for (size_t i = 0; i < member->pair_count && json_array_size(list) < API_PAIRS_MAX; i++) {
        char to[16];
        snprintf(to, sizeof to, "p%u", member->pairs[i].target);
        json_array_append_new(list, json_pack("{s:s,s:s,s:I,s:I}", "from", member->id, "to", to, "messages",
                                              (json_int_t)member->pairs[i].messages, "bytes",
                                              (json_int_t)member->pairs[i].bytes));
    }
}

static void map_connections(struct map *connections, struct worker_stats *const *stats, size_t count)
{
    map_init(connections);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; stats[i] != NULL && k < stats[i]->connection_count; k++)
            map_put(connections, stats[i]->connections[k].id, &stats[i]->connections[k]);
}

json_t *api_room_json(const struct room *room, struct worker_stats *const *stats, size_t count,
                      const struct api_page *page)
{
    struct map connections;
    json_t *participants = json_array(), *pairs = json_array();
    size_t at = 0, slots = 0, limit = page->limit < API_PARTICIPANTS_MAX ? page->limit : API_PARTICIPANTS_MAX;
    map_connections(&connections, stats, count);
    for (const struct member *member = room->members;
         member != NULL && json_array_size(participants) < limit && slots < API_SLOTS_MAX; member = member->next) {
        if (at++ < page->offset)
            continue;
        json_t *participant = member_json(member);
        const struct connection_stats *connection = map_get(&connections, router_link_connection(member));
        slots += connection != NULL ? connection->slot_count : 0;
        json_t *json = connection != NULL ? connection_json(connection) : json_null();
        if (connection != NULL)
            json_object_set_new(json, "rejected", router_link_rejected_json(member));
        json_object_set_new(participant, "connection", json);
        json_array_append_new(participants, participant);
        add_pairs(pairs, member);
    }
    map_fini(&connections);
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:o,s:o,s:o,s:o}", "name", room->name, "shape",
                     shape_name(room->shape.shape), "pin", shape_pin_name(room->pin), "reason",
                     shape_reason_text(room->shape.reason), "epoch", (json_int_t)room->epoch, "participant_count",
                     (json_int_t)room->member_count, "next", next_json(at, room->member_count), "participants",
                     participants, "pairs", pairs, "events", event_log_json(&room->events));
}
