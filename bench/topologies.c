/* topologies: the same call in Mesh and through the router, with real clients that encode and decode, each a process of
 * its own. What a client costs is read from the kernel while the call runs; what it received is in its own summary. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/adapter.h"
#include "bench/child_process.h"
#include "bench/commands.h"
#include "bench/delays.h"
#include "bench/http_get.h"
#include "bench/measurement.h"
#include "bench/private_network.h"
#include "bench/process_cpu.h"
#include "transport/base/error.h"
#include "transport/net/clock.h"

#define CLIENTS_MAX 12
#define START_SPACING_US 150000
#define SETTLE_US 4000000
#define USABLE_FRAMES 0.8 /* of the frame rate that was asked for */
#define USABLE_DELAY_MS 400

/* What is read at the start and at the end of the span that is measured. */
struct topology_point {
    usec_t at;
    struct process_cpu server, clients[CLIENTS_MAX];
    uint64_t wire_bytes, message_bytes;
    double machine_cpu_s;
};

struct call {
    const struct options *options;
    const char *topology;
    unsigned participants;
    void *server;
    struct child_process clients[CLIENTS_MAX];
    struct topology_point before, after;
    /* from the clients' summaries */
    double signaling_bytes, received_bytes, received_packets, frames, freezes, duration_s;
    unsigned streams, counted_streams;
    struct delays p50, p95;
    double noise_percent;
};

static void apply_defaults(struct options *options)
{
    if (options->participants_low == 0) {
        options->participants_low = 2;
        options->participants_high = 6;
    }
    if (options->video_bps == 0) {
        options->width = 640;
        options->height = 360;
        options->frames_per_second = 30;
        options->video_bps = 600000;
    }
}

/* All bytes on the interface: in a network namespace of our own they are all of this call. */
static uint64_t read_wire_bytes(void)
{
    char line[512];
    uint64_t bytes = 0;
    FILE *file = fopen("/proc/self/net/dev", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *values = strstr(line, "lo:");
        if (values != NULL)
            bytes = strtoull(values + 3, NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return bytes;
}

/* What the server passed on between participants. */
static uint64_t read_message_bytes(const struct call *call)
{
    uint64_t bytes = 0;
    size_t index;
    const json_t *pair;
    json_t *room = http_get_json(adapter_heddle_port(call->server), "/api/v1/rooms/topologies");
    json_array_foreach(json_object_get(room, "pairs"), index, pair) bytes +=
        (uint64_t)json_integer_value(json_object_get(pair, "bytes"));
    json_decref(room);
    return bytes;
}

static int read_point(const struct call *call, struct topology_point *point)
{
    *point = (struct topology_point){.at = clock_now(), .machine_cpu_s = process_cpu_machine()};
    int error = process_cpu_read(adapter_heddle.pid(call->server), &point->server);
    for (unsigned i = 0; error == 0 && i < call->participants; i++)
        error = process_cpu_read(call->clients[i].pid, &point->clients[i]);
    point->wire_bytes = read_wire_bytes();
    point->message_bytes = read_message_bytes(call);
    if (error != 0)
        complain("a process of the call has ended too early");
    return error;
}

static int start_client(struct call *call, unsigned index)
{
    const struct options *options = call->options;
    char program[600], name[16], video[64], why[256];
    child_process_sibling("heddle-client", program, sizeof program);
    snprintf(name, sizeof name, "c%u", index + 1);
    snprintf(video, sizeof video, "%ux%u@%u:%u", options->width, options->height, options->frames_per_second,
             (unsigned)options->video_bps);
    const char *const argv[] = {program,      adapter_heddle_url(call->server),
                                "--room",     "topologies",
                                "--name",     name,
                                "--topology", call->topology,
                                "--video",    video,
                                "--json",     "--quiet",
                                "--fixed",    NULL};
    if (child_process_prepare(&call->clients[index]) == 0 && child_process_start(&call->clients[index], argv) == 0)
        return 0;
    child_process_why(&call->clients[index], why, sizeof why);
    complain("heddle-client does not start: %s", why);
    return ERR_IO;
}

static json_t *read_client_summary(const struct child_process *client)
{
    json_t *summary = NULL;
    FILE *file = fopen(client->log, "r");
    if (file == NULL)
        return NULL;
    for (int c = fgetc(file); c != EOF && summary == NULL; c = fgetc(file)) {
        if (c == '{') {
            (void)ungetc(c, file);
            summary = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL);
            break;
        }
    }
    fclose(file);
    return summary;
}

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static void take_remote(struct call *call, const json_t *remote)
{
    const json_t *video = json_object_get(remote, "video"), *audio = json_object_get(remote, "audio");
    call->received_bytes += number(video, "bytes") + number(audio, "bytes");
    if (number(video, "packets") > 0) { /* a client that has just left is reported without packets */
        call->received_packets += number(video, "packets") + number(audio, "packets");
        call->counted_streams++;
    }
    call->frames += number(video, "frames_decoded");
    call->freezes += number(video, "freezes");
    call->streams++;
    if (json_is_number(json_object_get(video, "delay_p50_ms"))) {
        delays_add(&call->p50, (usec_t)number(video, "delay_p50_ms"));
        delays_add(&call->p95, (usec_t)number(video, "delay_p95_ms"));
    }
}

static int take_reports(struct call *call)
{
    for (unsigned i = 0; i < call->participants; i++) {
        size_t index;
        const json_t *remote;
        child_process_end(&call->clients[i]);
        json_t *summary = read_client_summary(&call->clients[i]);
        if (summary == NULL || !json_is_true(json_object_get(summary, "connected"))) {
            char tail[256];
            child_process_why(&call->clients[i], tail, sizeof tail);
            complain("a client was not connected: %s", tail);
            json_decref(summary);
            return ERR_IO;
        }
        call->signaling_bytes += number(summary, "signaling_bytes");
        call->duration_s += number(summary, "duration_s");
        json_array_foreach(json_object_get(summary, "remotes"), index, remote) take_remote(call, remote);
        json_decref(summary);
    }
    return 0;
}

/* CPU seconds of all processes of the call. */
static double total_cpu(const struct call *call, const struct topology_point *before,
                        const struct topology_point *after)
{
    double cpu = process_cpu_seconds(&before->server, &after->server);
    for (unsigned i = 0; i < call->participants; i++)
        cpu += process_cpu_seconds(&before->clients[i], &after->clients[i]);
    return cpu;
}

/* Measures the span in parts: the noise is how much they differ. */
static int watch_call(struct call *call)
{
    double low = 0, high = 0;
    struct topology_point last = call->before;
    for (unsigned i = 0; i < call->options->repeats; i++) {
        usleep((useconds_t)(call->options->seconds / call->options->repeats * 1e6));
        int error = read_point(call, &call->after);
        if (error != 0)
            return error;
        double cpu = total_cpu(call, &last, &call->after) / (double)(call->after.at - last.at);
        low = i == 0 || cpu < low ? cpu : low;
        high = i == 0 || cpu > high ? cpu : high;
        last = call->after;
    }
    call->noise_percent = high > 0 ? (high - low) / (high + low) * 100 : 0;
    return 0;
}

static int run_call(struct call *call)
{
    int error = 0;
    for (unsigned i = 0; error == 0 && i < call->participants; i++) {
        error = start_client(call, i);
        usleep(START_SPACING_US);
    }
    if (error != 0)
        return error;
    usleep(SETTLE_US);
    error = read_point(call, &call->before);
    if (error == 0)
        error = watch_call(call);
    return error == 0 ? take_reports(call) : error;
}

/* CPU and memory of a client, on average. */
static double client_cpu(const struct call *call, double *memory_mb)
{
    double cpu = 0;
    *memory_mb = 0;
    for (unsigned i = 0; i < call->participants; i++) {
        cpu += process_cpu_seconds(&call->before.clients[i], &call->after.clients[i]);
        *memory_mb += (double)call->after.clients[i].resident_bytes / 1e6 / call->participants;
    }
    return cpu / call->participants;
}

static void add_row(struct call *call, struct results *results)
{
    unsigned n = call->participants;
    bool is_mesh = strcmp(call->topology, "mesh") == 0;
    double seconds = (double)(call->after.at - call->before.at) / 1e6, memory_mb, mean_s = call->duration_s / n;
    double client = client_cpu(call, &memory_mb) / seconds * 100;
    double server = process_cpu_seconds(&call->before.server, &call->after.server) / seconds * 100;
    double down_kbit = call->received_bytes * 8 / mean_s / n / 1e3;
    double packets = call->counted_streams > 0 ? call->received_packets / mean_s / call->counted_streams : 0;
    double frames = call->streams > 0 ? call->frames / call->streams / mean_s : 0;
    double p50 = delays_at(&call->p50, 0.5), p95 = delays_at(&call->p95, 0.5);
    double others = (call->after.machine_cpu_s - call->before.machine_cpu_s) / seconds * 100 - client * n - server;
    bool is_usable = frames >= USABLE_FRAMES * call->options->frames_per_second && p95 <= USABLE_DELAY_MS;
    /* Everybody sends one copy to the router, or one to each other; the copies are of one size. */
    double up_kbit = is_mesh ? down_kbit : n > 1 ? down_kbit / (n - 1) : 0;
    json_t *row =
        json_pack("{s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s}",
                  "topology", call->topology, "participants", (int)n, "client_percent", client, "server_percent",
                  server, "total_percent", client * n + server, "noise_percent", call->noise_percent, "up_kbit",
                  up_kbit, "down_kbit", down_kbit, "packets_per_s", packets * (n - 1), "wire_mbit",
                  (double)(call->after.wire_bytes - call->before.wire_bytes) * 8 / seconds / 1e6, "signaling_kb",
                  call->signaling_bytes / n / 1e3, "messages_kb_per_pair",
                  (double)call->after.message_bytes / 1e3 / (n * (n - 1) / 2.0), "delay_p50_ms", p50, "delay_p95_ms",
                  p95, "frames_per_s", frames, "freezes", call->streams > 0 ? call->freezes / call->streams : 0,
                  "client_mb", memory_mb, "others_percent",
                  others > 0 ? others / (double)sysconf(_SC_NPROCESSORS_ONLN) : 0, "usable", is_usable ? "yes" : "no");
    json_object_set_new(row, is_mesh ? "Mesh" : "SFU", json_real(client * n + server));
    json_object_set_new(row, is_mesh ? "Mesh, a client" : "SFU, a client", json_real(client));
    json_object_set_new(row, is_mesh ? "Mesh, up" : "SFU, up", json_real(up_kbit));
    json_array_append_new(results->rows, row);
}

static int measure_call(const struct options *options, struct results *results, const char *topology,
                        unsigned participants)
{
    struct call call = {.options = options, .topology = topology, .participants = participants};
    char error[512];
    struct adapter_options server = {
        .variant = "mesh",
        .workers = options->workers,
        .room_size = CLIENTS_MAX,
        .address = PRIVATE_NETWORK_SERVER,
        .server = options->server,
    };
    progress(options, "%s with %u participants", topology, participants);
    call.server = adapter_heddle.start(NULL, &server, error, sizeof error);
    if (call.server == NULL) {
        complain("the server does not start: %s", error);
        return ERR_IO;
    }
    int result = run_call(&call);
    if (result == 0)
        add_row(&call, results);
    for (unsigned i = 0; i < participants; i++)
        child_process_stop(&call.clients[i]);
    adapter_heddle.stop(call.server);
    delays_fini(&call.p50);
    delays_fini(&call.p95);
    return result;
}

static const json_t *find_row(const struct results *results, const char *topology, unsigned participants)
{
    size_t index;
    const json_t *row;
    json_array_foreach(results->rows, index, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "topology")), topology) == 0 &&
            (unsigned)json_integer_value(json_object_get(row, "participants")) == participants)
            return row;
    }
    return NULL;
}

static void summarize(const struct options *options, struct results *results)
{
    unsigned usable[2] = {0, 0}, crossing_client = 0, crossing_total = 0;
    static const char *const topologies[] = {"mesh", "sfu"};
    double others = 0;
    for (unsigned n = options->participants_low; n <= options->participants_high; n++) {
        const json_t *rows[2] = {find_row(results, "mesh", n), find_row(results, "sfu", n)};
        for (int i = 0; i < 2; i++) {
            if (strcmp(json_string_value(json_object_get(rows[i], "usable")), "yes") == 0)
                usable[i] = n;
            others = number(rows[i], "others_percent") > others ? number(rows[i], "others_percent") : others;
        }
        if (crossing_client == 0 && number(rows[1], "client_percent") < number(rows[0], "client_percent"))
            crossing_client = n;
        if (crossing_total == 0 && number(rows[1], "total_percent") < number(rows[0], "total_percent"))
            crossing_total = n;
    }
    for (int i = 0; i < 2; i++)
        results_note(results,
                     "%s was usable here with up to %u participants (at least %.0f %% of the frames, 95 %% of "
                     "them within %d ms); all clients run on this one machine.",
                     topologies[i], usable[i], USABLE_FRAMES * 100, USABLE_DELAY_MS);
    if (crossing_client > 0)
        results_note(results,
                     "A client spends less CPU time through the router than in a Mesh from %u participants on.",
                     crossing_client);
    if (crossing_total > 0)
        results_note(results, "Clients and server together spend less through the router from %u participants on.",
                     crossing_total);
    results_set(results, "mesh_usable", usable[0]);
    results_set(results, "sfu_usable", usable[1]);
    results_set(results, "crossing_client_cpu", crossing_client);
    results_set(results, "crossing_total_cpu", crossing_total);
    measure_note_others(results, others < 100 ? others : 100);
}

static void add_columns(struct results *results)
{
    results_add_column(results, "topology", "topology", 0);
    results_add_column(results, "participants", "people", 0);
    results_add_column(results, "client_percent", "client CPU %", 1);
    results_add_column(results, "server_percent", "server CPU %", 2);
    results_add_column(results, "total_percent", "all CPU %", 1);
    results_add_column(results, "noise_percent", "+- %", 1);
    results_add_column(results, "up_kbit", "up kbit/s", 0);
    results_add_column(results, "down_kbit", "down kbit/s", 0);
    results_add_column(results, "packets_per_s", "packets/s in", 0);
    results_add_column(results, "wire_mbit", "wire Mbit/s", 2);
    results_add_column(results, "signaling_kb", "signaling kB/client", 1);
    results_add_column(results, "messages_kb_per_pair", "messages kB/pair", 1);
    results_add_column(results, "delay_p50_ms", "delay p50 ms", 0);
    results_add_column(results, "delay_p95_ms", "p95", 0);
    results_add_column(results, "frames_per_s", "frames/s", 1);
    results_add_column(results, "freezes", "freezes", 1);
    results_add_column(results, "client_mb", "client MB", 1);
    results_add_column(results, "usable", "usable", 0);
    results_add_chart(results,
                      &(struct results_chart){"CPU of all together, % of a core", "participants", {"Mesh", "SFU"}});
    results_add_chart(
        results,
        &(struct results_chart){"CPU of a client, % of a core", "participants", {"Mesh, a client", "SFU, a client"}});
    results_add_chart(results,
                      &(struct results_chart){"Up-link of a client, kbit/s", "participants", {"Mesh, up", "SFU, up"}});
}

int command_topologies(const struct options *options, struct results *results)
{
    static const char *const topologies[] = {"mesh", "sfu"};
    struct options all = *options;
    apply_defaults(&all);
    describe_options(&all, results);
    add_columns(results);
    char client[600];
    child_process_sibling("heddle-client", client, sizeof client);
    if (!child_process_can_run(client)) {
        complain("topologies: %s: %s; build it with ./dev build", client, strerror(errno));
        return ERR_IO;
    }
    const char *wrong = private_network_enter();
    if (wrong != NULL) {
        complain("topologies: %s", wrong);
        return ERR_IO;
    }
    for (int i = 0; i < 2; i++) {
        for (unsigned n = all.participants_low; n <= all.participants_high; n++) {
            int error = measure_call(&all, results, topologies[i], n);
            if (error != 0)
                return error;
        }
    }
    summarize(&all, results);
    results_note(results,
                 "Up and down are media of one client, and wire is every byte of the call with all headers, both as "
                 "the machine saw them. Delay is from the picture's making to its decoding.");
    return 0;
}
