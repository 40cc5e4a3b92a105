#include "bench/storms.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/commands.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define RUNNING_SUBSCRIBERS 5 /* of the call that runs meanwhile and must not be disturbed */
#define JOIN_SPAN USEC_PER_SEC
#define STORM_TIMEOUT (60 * USEC_PER_SEC)
#define WARM_UP (3 * USEC_PER_SEC)
#define SWITCH_TIMEOUT (15 * USEC_PER_SEC)
#define SWITCH_SAMPLE_EVERY 2

struct join_storm {
    struct capacity *capacity;
    usec_t start;
    size_t count, joined, connecting;
    struct bench_participant **participants;
};

static bool drive_joins(void *user)
{
    struct join_storm *storm = user;
    usec_t now = clock_now();
    size_t ready = 0;
    while (storm->joined < storm->count &&
           storm->start + JOIN_SPAN * (usec_t)storm->joined / (usec_t)storm->count <= now)
        bench_participant_join(storm->participants[storm->joined++]);
    for (size_t i = 0; i < storm->joined; i++) {
        if (bench_participant_get_state(storm->participants[i]) == BENCH_PARTICIPANT_JOINED)
            load_connect_subscriber(&storm->capacity->load, 0, storm->participants[i]);
        ready += bench_participant_has_media(storm->participants[i]);
    }
    return ready == storm->count;
}

static uint64_t running_lost(const struct capacity *capacity)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < capacity->load.rooms[0].subscriber_count; i++)
        lost += bench_participant_lost(capacity->load.rooms[0].subscribers[i]);
    return lost;
}

static void note_joins(struct join_storm *storm, const struct measurement *m, uint64_t lost, int error)
{
    struct results *results = storm->capacity->results;
    struct delays times = {0};
    for (size_t i = 0; i < storm->count; i++) {
        usec_t at = bench_participant_media_at(storm->participants[i]);
        if (at != 0)
            delays_add(&times, at - bench_participant_join_at(storm->participants[i]));
    }
    double scale = 1e-3;
    storm->capacity->others_percent = m->others_percent;
    json_array_append_new(results->rows,
                          json_pack("{s:I, s:I, s:f, s:f, s:f, s:I, s:f, s:f}", "joins", (json_int_t)storm->count,
                                    "with_media", (json_int_t)times.count, "media_p50_ms",
                                    delays_at(&times, 0.5) * scale, "media_p99_ms", delays_at(&times, 0.99) * scale,
                                    "media_max_ms", delays_at(&times, 1) * scale, "running_lost", (json_int_t)lost,
                                    "server_ms_per_join", m->server_cpu_s * 1e3 / (double)storm->count,
                                    "generator_ms_per_join", m->generator_cpu_s * 1e3 / (double)storm->count));
    results_set(results, "joins", (double)storm->count);
    results_set(results, "with_media", (double)times.count);
    results_set(results, "media_p50_ms", delays_at(&times, 0.5) * scale);
    results_set(results, "media_max_ms", delays_at(&times, 1) * scale);
    results_set(results, "running_lost", (double)lost);
    if (error == ERR_TIMEOUT)
        results_note(results, "Not everybody got media within %d s.", (int)(STORM_TIMEOUT / USEC_PER_SEC));
    results_note(results, "CPU counts the media of the running call, too, while the storm lasts.");
    delays_fini(&times);
}

int storm_of_joins(struct capacity *capacity)
{
    struct results *results = capacity->results;
    struct measure_point before, after;
    struct measurement m;
    results_add_column(results, "joins", "joins", 0);
    results_add_column(results, "with_media", "with media", 0);
    results_add_column(results, "media_p50_ms", "join to media p50 ms", 0);
    results_add_column(results, "media_p99_ms", "p99", 0);
    results_add_column(results, "media_max_ms", "last", 0);
    results_add_column(results, "running_lost", "lost by the running call", 0);
    results_add_column(results, "server_ms_per_join", "server ms/join", 2);
    results_add_column(results, "generator_ms_per_join", "generator ms/join", 2);
    int error = capacity_grow(capacity, 1, RUNNING_SUBSCRIBERS);
    if (error != 0)
        return capacity_complain(capacity, error);
    error = load_check_room(&capacity->load, capacity->options.subscribers);
    if (error != 0)
        return capacity_complain(capacity, error);
    swarm_run(capacity->swarm, WARM_UP);
    struct join_storm storm = {.capacity = capacity, .count = capacity->options.subscribers};
    storm.participants = mem_array(storm.count, sizeof *storm.participants);
    for (size_t i = 0; i < storm.count; i++) {
        char name[32];
        snprintf(name, sizeof name, "storm-%zu", i);
        storm.participants[i] = swarm_add(capacity->swarm, capacity->load.rooms[0].name, name);
    }
    progress(&capacity->options, "%zu join", storm.count);
    uint64_t lost = running_lost(capacity);
    measure_now(capacity->swarm, &before);
    storm.start = clock_now();
    error = swarm_until(capacity->swarm, drive_joins, &storm, STORM_TIMEOUT);
    measure_now(capacity->swarm, &after);
    measure_between(&before, &after, &m);
    if (error == ERR_IO)
        complain("a join failed: %s", swarm_error(capacity->swarm));
    else
        note_joins(&storm, &m, running_lost(capacity) - lost, error);
    free(storm.participants);
    return error == ERR_IO ? error : 0;
}

/* Waiting until all subscribers receive an encoding. */
struct encoding_wait {
    struct load_room *room;
    uint8_t encoding;
};

static size_t count_at(const struct encoding_wait *wait)
{
    size_t count = 0;
    usec_t since;
    for (size_t i = 0; i < wait->room->subscriber_count; i++)
        count += bench_participant_encoding(wait->room->subscribers[i], &since) == wait->encoding;
    return count;
}

static bool all_see(void *user)
{
    const struct encoding_wait *wait = user;
    return count_at(wait) == wait->room->subscriber_count;
}

static int add_switch(struct capacity *capacity, const char *name, uint8_t encoding)
{
    struct encoding_wait wait = {&capacity->load.rooms[0], encoding};
    struct measure_point before, after;
    struct measurement m;
    struct delays times = {0};
    unsigned below_top = capacity->config.encodings - encoding;
    progress(&capacity->options, "everybody switches: %s", name);
    measure_now(capacity->swarm, &before);
    usec_t start = clock_now();
    for (size_t i = 0; i < wait.room->subscriber_count; i++)
        bench_participant_view(wait.room->subscribers[i], capacity->config.width >> below_top,
                               capacity->config.height >> below_top);
    int error = swarm_until(capacity->swarm, all_see, &wait, SWITCH_TIMEOUT);
    measure_now(capacity->swarm, &after);
    measure_between(&before, &after, &m);
    if (error == ERR_IO) {
        complain("a viewer failed: %s", swarm_error(capacity->swarm));
        return error;
    }
    for (size_t i = 0; i < wait.room->subscriber_count; i++) {
        usec_t since;
        if (bench_participant_encoding(wait.room->subscribers[i], &since) == encoding)
            delays_add(&times, since - start);
    }
    if (m.others_percent > capacity->others_percent)
        capacity->others_percent = m.others_percent;
    json_array_append_new(capacity->results->rows,
                          json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:I}", "switch", name, "viewers",
                                    (json_int_t)wait.room->subscriber_count, "switched", (json_int_t)times.count,
                                    "p50_ms", delays_at(&times, 0.5) / 1e3, "p99_ms", delays_at(&times, 0.99) / 1e3,
                                    "last_ms", delays_at(&times, 1) / 1e3, "core_percent",
                                    m.server_cpu_s / m.seconds * 100, "lost", (json_int_t)m.lost));
    delays_fini(&times);
    return 0;
}

int storm_of_switches(struct capacity *capacity)
{
    struct results *results = capacity->results;
    struct encoding_wait top = {NULL, (uint8_t)capacity->config.encodings};
    results_add_column(results, "switch", "switch", 0);
    results_add_column(results, "viewers", "viewers", 0);
    results_add_column(results, "switched", "switched", 0);
    results_add_column(results, "p50_ms", "p50 ms", 0);
    results_add_column(results, "p99_ms", "p99", 0);
    results_add_column(results, "last_ms", "last", 0);
    results_add_column(results, "core_percent", "% of a core", 1);
    results_add_column(results, "lost", "lost", 0);
    swarm_host(capacity->swarm)->sample_every = SWITCH_SAMPLE_EVERY;
    int error = capacity_grow(capacity, 1, capacity->options.subscribers);
    if (error != 0)
        return capacity_complain(capacity, error);
    progress(&capacity->options, "waiting for the top encoding");
    top.room = &capacity->load.rooms[0];
    if (swarm_until(capacity->swarm, all_see, &top, SWITCH_TIMEOUT) != 0)
        results_note(results, "Before the storm %zu of %zu viewers had the top encoding.", count_at(&top),
                     top.room->subscriber_count);
    swarm_run(capacity->swarm, WARM_UP);
    error = add_switch(capacity, "down to the lowest", 1);
    if (error == 0) {
        swarm_run(capacity->swarm, WARM_UP);
        error = add_switch(capacity, "up to the highest", top.encoding);
    }
    return error;
}
