#include "signaling/api_json.h"

#include <stdio.h>

#include "router/worker/statistic_tables.h"
#include "router/worker/worker.h"
#include "signaling/room/room.h"
#include "signaling/room/room_json.h"
#include "signaling/router/router_messages.h"
#include "signaling/router/router_participant.h"
#include "signaling/router/slot_names.h"
#include "signaling/server_statistics.h"
#include "signaling/signaling.h"
#include "transport/base/map.h"
#include "transport/net/clock.h"
#include "transport/peer/gcm_engine.h"

/* Writes the numbers of `base`, a struct of what the table is of, into the object. */
static void add_statistics(json_t *json, const struct statistic_table *table, const void *base)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct statistic *row = &table->rows[i];
        json_object_set_new(json, row->name,
                            statistic_is_integer(row) ? json_integer((json_int_t)statistic_integer(row, base))
                                                      : json_real(statistic_number(row, base)));
    }
}

static json_t *statistics_json(const struct statistic_table *table, const void *base)
{
    json_t *json = json_object();
    add_statistics(json, table, base);
    return json;
}

static json_t *encodings_json(const struct publication_stats *stats)
{
    json_t *list = json_array();
    for (size_t i = 0; i < stats->encoding_count; i++) {
        json_t *json = statistics_json(&encoding_statistics, &stats->encoding_bps[i]);
        json_object_set_new(json, "asked", json_boolean((stats->asked_encodings & 1u << i) != 0));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *publications_json(const struct connection_stats *stats)
{
    json_t *list = json_array();
    for (size_t i = 0; i < stats->publication_count; i++) {
        const struct publication_stats *p = &stats->publications[i];
        json_t *json = json_pack("{s:s,s:s,s:s,s:b}", "id", p->id, "kind", media_kind_name(p->kind), "codec",
                                 codec_name(p->codec), "muted", p->muted);
        add_statistics(json, &publication_statistics, p);
        json_object_set_new(json, "encodings", encodings_json(p));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *slots_json(const struct connection_stats *stats)
{
    json_t *list = json_array();
    for (size_t i = 0; i < stats->slot_count; i++) {
        const struct slot_stats *s = &stats->slots[i];
        json_t *json =
            json_pack("{s:s,s:s,s:s,s:s,s:s}", "mid", s->mid, "publication", s->publication, "state",
                      slot_state_name(s->state), "reason", slot_state_reason(s->state), "codec", codec_name(s->codec));
        add_statistics(json, &slot_statistics, s);
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *connection_json(const struct connection_stats *stats)
{
    json_t *json =
        json_pack("{s:i,s:s,s:s}", "worker", (int)stats->worker, "path", stats->path, "profile", stats->profile);
    add_statistics(json, &connection_statistics, stats);
    json_object_set_new(json, "in", statistics_json(&direction_statistics, &stats->totals.in));
    json_object_set_new(json, "out", statistics_json(&direction_statistics, &stats->totals.out));
    json_object_set_new(json, "publications", publications_json(stats));
    json_object_set_new(json, "slots", slots_json(stats));
    return json;
}

static json_t *worker_json(const struct worker_stats *stats, size_t index)
{
    json_t *json = json_pack("{s:i,s:b}", "worker", (int)index, "answers", stats != NULL);
    if (stats != NULL)
        add_statistics(json, &worker_statistics, stats);
    return json;
}

static json_t *server_json(const struct signaling *signaling, struct worker_stats *const *stats, size_t count)
{
    struct server_numbers numbers;
    json_t *json = json_pack("{s:s,s:s}", "version", HEDDLE_VERSION, "crypto", gcm_engine_in_use()->name),
           *workers = json_array();
    server_numbers_read(&numbers, signaling, clock_now());
    add_statistics(json, &server_statistics, &numbers);
    json_object_set_new(json, "limits", statistics_json(&limit_statistics, &numbers.limits));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(workers, worker_json(stats[i], i));
    json_object_set_new(json, "workers", workers);
    return json;
}

static size_t count_publications(const struct room *room)
{
    size_t count = 0;
    for (const struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next)
        count += (size_t)__builtin_popcount(participant->published);
    return count;
}

/* Where the next page begins; null: there is none. */
static json_t *next_json(size_t next, size_t total)
{
    return next < total ? json_integer((json_int_t)next) : json_null();
}

json_t *api_rooms_json(const struct signaling *signaling, struct worker_stats *const *stats, size_t count,
                       const struct api_page *page)
{
    json_t *list = json_array();
    size_t at = 0, limit = page->limit < API_ROOMS_MAX ? page->limit : API_ROOMS_MAX;
    for (struct room *room = rooms_next(signaling->rooms, NULL); room != NULL && json_array_size(list) < limit;
         room = rooms_next(signaling->rooms, room)) {
        if (at++ < page->offset)
            continue;
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:i,s:i}", "name", room->name, "topology",
                                        topology_name(room->topology.topology), "participants",
                                        (int)room->participant_count, "publications", (int)count_publications(room)));
    }
    return json_pack("{s:o,s:I,s:o,s:o}", "rooms", list, "room_count", (json_int_t)rooms_count(signaling->rooms),
                     "next", next_json(at, rooms_count(signaling->rooms)), "server",
                     server_json(signaling, stats, count));
}

/* How much signaling the server delivered from this participant to each other participant. */
static void add_pairs(json_t *list, const struct room_participant *participant)
{
    for (size_t i = 0; i < participant->pair_count && json_array_size(list) < API_PAIRS_MAX; i++) {
        char to[16];
        snprintf(to, sizeof to, "p%u", participant->pairs[i].target);
        json_array_append_new(list, json_pack("{s:s,s:s,s:I,s:I}", "from", participant->id, "to", to, "messages",
                                              (json_int_t)participant->pairs[i].messages, "bytes",
                                              (json_int_t)participant->pairs[i].bytes));
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
    json_t *list = json_array(), *pairs = json_array();
    size_t at = 0, slots = 0, limit = page->limit < API_PARTICIPANTS_MAX ? page->limit : API_PARTICIPANTS_MAX;
    map_connections(&connections, stats, count);
    for (const struct room_participant *participant = room->participants;
         participant != NULL && json_array_size(list) < limit && slots < API_SLOTS_MAX;
         participant = participant->next) {
        if (at++ < page->offset)
            continue;
        json_t *item = room_participant_json(participant);
        const struct connection_stats *connection = map_get(&connections, router_participant_connection(participant));
        slots += connection != NULL ? connection->slot_count : 0;
        json_t *json = connection != NULL ? connection_json(connection) : json_null();
        if (connection != NULL)
            json_object_set_new(json, "rejected", router_rejected_json(router_participant_negotiated(participant)));
        json_object_set_new(item, "connection", json);
        json_array_append_new(list, item);
        add_pairs(pairs, participant);
    }
    map_fini(&connections);
    json_t *json = json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:b,s:o,s:I,s:I,s:o,s:o,s:o,s:o}", "name", room->name,
                             "topology", topology_name(room->topology.topology), "pin", topology_pin_name(room->pin),
                             "reason", topology_reason_text(room->topology.reason), "encrypted", room->is_encrypted,
                             "locked", room->is_locked, "waiting_room", room->has_waiting_room, "waiting",
                             room_waiting_json(room), "epoch", (json_int_t)room->epoch, "participant_count",
                             (json_int_t)room->participant_count, "next", next_json(at, room->participant_count),
                             "participants", list, "pairs", pairs, "events", event_log_json(&room->events));
    room_add_pin_by(room, json);
    room_add_layout(room, json);
    room_add_recording(room, json, "recording", "recording_reason");
    return json;
}
