/* capacity: more and more load until the server is full. Full is: packets are lost, delays grow long, or its threads
 * have no time left. When the load generator is full first, the results say so. */
#include <string.h>
#include <unistd.h>

#include "bench/capacity_run.h"
#include "bench/commands.h"
#include "bench/idle.h"
#include "bench/storms.h"
#include "transport/base/error.h"

#define WARM_UP (3 * USEC_PER_SEC)
#define ROOM_SUBSCRIBERS_MAX 800 /* more go into further rooms of this size */
#define LOSS_MAX 0.01
#define DELAY_P99_MAX_US 100000.0
#define OTHERS_QUIET 20.0 /* percent of the machine: when others use more, long delays may be their fault */
#define BUSY 0.95

static const struct scenario scenarios[] = {
    {.name = "livestream",
     .title = "Livestream: one to many",
     .publishers = 1,
     .video = true,
     .encodings = 1,
     .first = 50},
    {.name = "meeting",
     .title = "Meeting: everybody sees everybody, up to 25, in simulcast",
     .video = true,
     .views = true,
     .encodings = 3,
     .visible = 25,
     .grows = GROWS_MEETING,
     .first = 4},
    {.name = "audio",
     .title = "Audio: ten speakers to many",
     .publishers = 10,
     .audio = true,
     .encodings = 1,
     .first = 25},
    {.name = "small-rooms",
     .title = "Small rooms: many of four",
     .publishers = 4,
     .video = true,
     .audio = true,
     .views = true,
     .encodings = 1,
     .grows = GROWS_ROOMS,
     .first = 4},
    {.name = "idle",
     .title = "Idle: connections that carry nothing",
     .publishers = 1,
     .video = true,
     .encodings = 1,
     .run = idle_connections},
    {.name = "join-storm",
     .title = "Join storm: all within a second, into a running call",
     .publishers = 1,
     .video = true,
     .encodings = 1,
     .run = storm_of_joins},
    {.name = "switch-storm",
     .title = "Switch storm: all change the encoding at once",
     .publishers = 1,
     .video = true,
     .encodings = 3,
     .run = storm_of_switches},
};

static void apply(const struct scenario *scenario, struct options *options, struct load_config *config)
{
    if (options->video_bps == 0) {
        options->width = 1280;
        options->height = 720;
        options->frames_per_second = 30;
        options->video_bps = 2000000;
    }
    if (options->subscribers == 0)
        options->subscribers = scenario->run != NULL ? 100 : 1600;
    if (options->publishers == 0)
        options->publishers = scenario->grows == GROWS_MEETING ? 25 : scenario->publishers;
    if (options->steps == 0)
        options->steps = 8;
    *config = (struct load_config){
        .publishers = scenario->grows == GROWS_ROOMS ? scenario->publishers : options->publishers,
        .publishers_view = scenario->views,
        .visible = options->visible > 0 ? options->visible : scenario->visible,
        .audio = scenario->audio || options->audio,
        .video = scenario->video,
        .burst = options->burst,
        .video_bps = options->video_bps,
        .frames_per_second = options->frames_per_second,
        .width = options->width,
        .height = options->height,
        .encodings = options->encodings > 0 ? options->encodings : scenario->encodings,
    };
}

/* What a step is limited by; NULL: nothing yet. */
static const char *find_limit(const struct capacity *capacity, const struct measurement *m)
{
    double cores = m->server_cpu_s / m->seconds, generator = m->generator_cpu_s / m->seconds;
    double machine = (double)sysconf(_SC_NPROCESSORS_ONLN);
    bool is_full = cores + generator + m->others_percent / 100 * machine >= BUSY * machine;
    if (cores >= BUSY * capacity->options.workers)
        return "the server's workers are full";
    if (generator >= BUSY)
        return "the load generator is full";
    if (m->packets > 0 && (double)m->lost > LOSS_MAX * (double)m->packets)
        return is_full ? "packets are lost, the whole machine is full" : "packets are lost";
    if (m->delay_p99 > DELAY_P99_MAX_US && m->others_percent < OTHERS_QUIET)
        return "delays are long";
    return NULL;
}

static void add_step(struct capacity *capacity, size_t participants, const struct measurement *m, const char *limit)
{
    double packets = (double)m->packets, cores = m->server_cpu_s / m->seconds;
    int64_t memory = m->server_memory - capacity->first.server.resident_bytes;
    json_array_append_new(
        capacity->results->rows,
        json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s}",
                  "participants", (json_int_t)participants, "streams", (json_int_t)load_streams(&capacity->load),
                  "packets_per_s", packets / m->seconds, "mbit_per_s", (double)m->bytes * 8 / m->seconds / 1e6,
                  "core_percent", cores * 100, "cpu_us", per_packet_us(m->server_cpu_s, m->packets), "noise_percent",
                  capacity->noise_percent, "user_us", per_packet_us(m->user_cpu_s, m->packets), "system_us",
                  per_packet_us(m->system_cpu_s, m->packets), "packets_per_s_core",
                  cores > 0 ? packets / m->seconds / cores : 0, "generator_percent",
                  m->generator_cpu_s / m->seconds * 100, "lost_percent",
                  m->packets > 0 ? (double)m->lost / (packets + (double)m->lost) * 100 : 0, "delay_p50_us",
                  m->delay_p50, "delay_p99_us", m->delay_p99, "delay_p999_us", m->delay_p999, "kb_per_participant",
                  (double)memory / 1e3 / (double)participants, "limit", limit != NULL ? limit : ""));
    if (packets / m->seconds > capacity->best_rate) {
        capacity->best_rate = packets / m->seconds;
        capacity->best_rate_core = cores > 0 ? packets / m->seconds / cores : 0;
        capacity->best_mbit_core = cores > 0 ? (double)m->bytes * 8 / m->seconds / 1e6 / cores : 0;
        capacity->best_participants = participants;
    }
    if (m->others_percent > capacity->others_percent)
        capacity->others_percent = m->others_percent;
    capacity->memory_per_participant = (double)memory / (double)participants;
}

/* How large step `index` is: doubled each time, up to the most that was asked for. */
static size_t step_size(const struct capacity *capacity, unsigned index)
{
    size_t most =
        capacity->scenario->grows == GROWS_MEETING ? capacity->options.publishers : capacity->options.subscribers;
    size_t size = capacity->options.first > 0 ? capacity->options.first : capacity->scenario->first;
    if (capacity->scenario->grows == GROWS_ROOMS)
        most = most / capacity->scenario->publishers;
    for (unsigned i = 0; i < index; i++)
        size = capacity->scenario->grows == GROWS_MEETING ? size + 4 : size * 2;
    return size < most ? size : most > 0 ? most : 1;
}

static int bring_step(struct capacity *capacity, size_t size)
{
    switch (capacity->scenario->grows) {
    case GROWS_SUBSCRIBERS:
        return capacity_grow(capacity, (size + ROOM_SUBSCRIBERS_MAX - 1) / ROOM_SUBSCRIBERS_MAX,
                             size < ROOM_SUBSCRIBERS_MAX ? size : ROOM_SUBSCRIBERS_MAX);
    case GROWS_ROOMS:
        return capacity_grow(capacity, size, 0);
    case GROWS_MEETING: /* the m-lines of all participants change with each step: each has its own server and call */
        if (load_streams(&capacity->load) > 0) {
            capacity_add_up(capacity);
            capacity_stop(capacity);
            int error = capacity_start(capacity);
            if (error != 0)
                return error;
        }
        capacity->load.config.publishers = (unsigned)size;
        return capacity_grow(capacity, 1, 0);
    }
    return ERR_INVALID;
}

static int run_ramp(struct capacity *capacity)
{
    size_t before = 0;
    for (unsigned i = 0; i < capacity->options.steps && capacity->limit == NULL; i++) {
        struct measurement m;
        size_t size = step_size(capacity, i);
        if (size == before)
            return 0;
        before = size;
        int error = bring_step(capacity, size);
        if (i > 0 && (error == ERR_TIMEOUT || error == ERR_LIMIT)) {
            capacity->limit = error == ERR_LIMIT ? "no more open files are allowed" : "not everybody gets media";
            return 0;
        }
        if (error != 0)
            return capacity_complain(capacity, error);
        progress(&capacity->options, "%zu participants: measuring", swarm_count(capacity->swarm));
        swarm_run(capacity->swarm, WARM_UP);
        measure_spans(capacity->swarm, (usec_t)(capacity->options.seconds * 1e6), capacity->options.repeats, &m,
                      &capacity->noise_percent);
        capacity->limit = find_limit(capacity, &m);
        add_step(capacity, swarm_count(capacity->swarm), &m, capacity->limit);
    }
    return 0;
}

static void add_ramp_columns(struct results *results)
{
    results_add_column(results, "participants", "participants", 0);
    results_add_column(results, "streams", "streams", 0);
    results_add_column(results, "packets_per_s", "packets/s", 0);
    results_add_column(results, "mbit_per_s", "Mbit/s", 0);
    results_add_column(results, "core_percent", "% of a core", 1);
    results_add_column(results, "cpu_us", "CPU us/packet", 3);
    results_add_column(results, "noise_percent", "+- %", 1);
    results_add_column(results, "user_us", "user", 3);
    results_add_column(results, "system_us", "system", 3);
    results_add_column(results, "packets_per_s_core", "packets/s a core", 0);
    results_add_column(results, "generator_percent", "generator %", 1);
    results_add_column(results, "lost_percent", "lost %", 3);
    results_add_column(results, "delay_p50_us", "delay p50 us", 0);
    results_add_column(results, "delay_p99_us", "p99", 0);
    results_add_column(results, "delay_p999_us", "p99.9", 0);
    results_add_column(results, "kb_per_participant", "kB/participant", 0);
    results_add_column(results, "limit", "limit", 0);
    results_add_chart(
        results, &(struct results_chart){"CPU by participants", "participants", {"core_percent", "generator_percent"}});
    results_add_chart(
        results, &(struct results_chart){"CPU time of a packet", "packets_per_s", {"cpu_us", "user_us", "system_us"}});
    results_add_chart(results, &(struct results_chart){"Delay", "packets_per_s", {"delay_p50_us", "delay_p99_us"}});
}

static void summarize(struct capacity *capacity)
{
    struct results *results = capacity->results;
    measure_note_others(results, capacity->others_percent);
    results_set(results, "packets_sent", (double)capacity->sent);
    results_set(results, "packets_received", (double)capacity->received);
    results_set(results, "packets_lost", (double)capacity->lost);
    results_set(results, "decrypt_errors", (double)capacity->decrypt_errors);
    if (capacity->scenario->run != NULL)
        return;
    results_set(results, "packets_per_s", capacity->best_rate);
    results_set(results, "packets_per_s_core", capacity->best_rate_core);
    results_set(results, "mbit_per_s_core", capacity->best_mbit_core);
    results_set(results, "participants", (double)capacity->best_participants);
    results_set(results, "memory_per_participant_bytes", capacity->memory_per_participant);
    json_object_set_new(results->summary, "limit", json_string(capacity->limit != NULL ? capacity->limit : ""));
    results_note(results, "Up to %.0f packets/s (%.0f a core of the server) with %zu participants; %s.",
                 capacity->best_rate, capacity->best_rate_core, capacity->best_participants,
                 capacity->limit != NULL ? capacity->limit : "the server is not full");
}

static const struct scenario *find_scenario(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    }
    return NULL;
}

int command_capacity(const struct options *options, struct results *results)
{
    struct capacity capacity = {.options = *options, .results = results, .scenario = find_scenario(options->argument)};
    if (capacity.scenario == NULL) {
        complain("capacity%s%s: expected livestream, meeting, audio, small-rooms, idle, join-storm or switch-storm",
                 options->argument != NULL ? " " : "", options->argument != NULL ? options->argument : "");
        return ERR_INVALID;
    }
    apply(capacity.scenario, &capacity.options, &capacity.config);
    describe_options(&capacity.options, results);
    json_object_set_new(results->options, "scenario", json_string(capacity.scenario->name));
    results->title = capacity.scenario->title;
    if (capacity.scenario->run == NULL)
        add_ramp_columns(results);
    int error = capacity_start(&capacity);
    if (error == 0)
        error = capacity.scenario->run != NULL ? capacity.scenario->run(&capacity) : run_ramp(&capacity);
    if (error == 0) {
        capacity_add_up(&capacity);
        summarize(&capacity);
    }
    capacity_stop(&capacity);
    return error;
}
