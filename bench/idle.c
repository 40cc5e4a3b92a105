#include "bench/idle.h"

#include "bench/commands.h"
#include "transport/base/error.h"

#define ROOM_SIZE 100 /* one publisher that sends nothing, and its subscribers */
#define SETTLE (3 * USEC_PER_SEC)

static void add_row(struct capacity *capacity, size_t connections, const struct measurement *m)
{
    double count = (double)connections;
    int64_t memory = m->server_memory - capacity->first.server.resident_bytes;
    json_array_append_new(
        capacity->results->rows,
        json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "connections", (json_int_t)connections, "core_percent",
                  m->server_cpu_s / m->seconds * 100, "noise_percent", capacity->noise_percent, "us_per_connection_s",
                  m->server_cpu_s * 1e6 / m->seconds / count, "kb_per_connection", (double)memory / 1e3 / count,
                  "generator_percent", m->generator_cpu_s / m->seconds * 100));
    results_set(capacity->results, "connections", count);
    results_set(capacity->results, "us_per_connection_s", m->server_cpu_s * 1e6 / m->seconds / count);
    results_set(capacity->results, "memory_per_connection_bytes", (double)memory / count);
    if (m->others_percent > capacity->others_percent)
        capacity->others_percent = m->others_percent;
}

static size_t rooms_for(size_t connections)
{
    return (connections + ROOM_SIZE - 1) / ROOM_SIZE;
}

int idle_connections(struct capacity *capacity)
{
    struct results *results = capacity->results;
    size_t most = rooms_for(capacity->options.subscribers);
    size_t rooms = capacity->options.first > 0 ? rooms_for(capacity->options.first) : 1;
    results_add_column(results, "connections", "connections", 0);
    results_add_column(results, "core_percent", "% of a core", 2);
    results_add_column(results, "noise_percent", "+- %", 1);
    results_add_column(results, "us_per_connection_s", "CPU us/s and connection", 1);
    results_add_column(results, "kb_per_connection", "kB/connection", 1);
    results_add_column(results, "generator_percent", "generator %", 1);
    results_add_chart(results, &(struct results_chart){"CPU by connections", "connections", {"core_percent"}});
    for (unsigned i = 0; i < capacity->options.steps; i++) {
        struct measurement m;
        progress(&capacity->options, "connecting %zu participants", rooms * ROOM_SIZE);
        int error = load_grow(&capacity->load, rooms, ROOM_SIZE - 1);
        if (error != 0)
            return capacity_complain(capacity, error);
        progress(&capacity->options, "%zu connections: measuring", swarm_count(capacity->swarm));
        swarm_run(capacity->swarm, SETTLE);
        measure_spans(capacity->swarm, (usec_t)(capacity->options.seconds * 1e6), capacity->options.repeats, &m,
                      &capacity->noise_percent);
        add_row(capacity, rooms * ROOM_SIZE, &m);
        if (rooms >= most)
            break;
        rooms = rooms * 4 < most ? rooms * 4 : most;
    }
    results_note(results,
                 "Memory and CPU are of the whole server: WebSocket, participant, DTLS and SRTP. Each connection has "
                 "one m-line and answers ICE checks every 5 s.");
    return 0;
}
