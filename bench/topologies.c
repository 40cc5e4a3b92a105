/* topologies: the same call in Mesh, through the router and by the mixer, with real clients that encode and decode,
 * each a process of its own. What a client costs is read from the kernel while the call runs; what it received is in
 * its own summary. */
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
#include "bench/private_network.h"
#include "bench/process_cpu.h"
#include "bench/topology_table.h"
#include "transport/base/error.h"
#include "transport/net/clock.h"

#define CLIENTS_MAX 12
#define START_SPACING_US 150000
#define SETTLE_US 4000000
#define MIX_TIMEOUT (20 * USEC_PER_SEC)
#define MIX_POLL_US 100000
#define MIXER_NAME "Mixer"

/* What is read at the start and at the end of the span that is measured. */
struct topology_point {
    usec_t at;
    struct process_cpu server, mixer, clients[CLIENTS_MAX];
    uint64_t wire_bytes, message_bytes;
    double machine_cpu_s;
};

struct call {
    const struct options *options;
    const char *topology;
    unsigned participants;
    bool is_mixed;
    void *server;
    pid_t mixer; /* 0: there is none */
    struct child_process clients[CLIENTS_MAX];
    struct topology_point before, after;
    /* from the clients' summaries, added up */
    double signaling_bytes, sent_bps, received_bps, packets_per_s, frames_per_s, freezes;
    unsigned streams, counted_streams;
    struct delays p50, p95;
    double ssim;
    unsigned compared;
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
    if (error == 0 && call->mixer != 0)
        error = process_cpu_read(call->mixer, &point->mixer);
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
                                "--fixed",    "--ssim",
                                NULL};
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

/* For how long the client received what the topology sends: before the mixer was ready everybody else's. */
static double seconds_of(const struct call *call, const json_t *summary)
{
    size_t index;
    const json_t *change;
    double duration = number(summary, "duration_s"), since = 0;
    json_array_foreach(json_object_get(summary, "switches"), index, change)
    {
        if (call->is_mixed && since == 0 && strcmp(json_string_value(json_object_get(change, "topology")), "mcu") == 0)
            since = number(change, "at_s");
    }
    return duration - since;
}

static void take_remote(struct call *call, const json_t *remote, double seconds)
{
    const json_t *video = json_object_get(remote, "video"), *audio = json_object_get(remote, "audio");
    bool is_mixer = strcmp(json_string_value(json_object_get(remote, "name")), MIXER_NAME) == 0;
    if (call->is_mixed && !is_mixer) /* what came of the others before the mixer was there */
        return;
    call->received_bps += (number(video, "bytes") + number(audio, "bytes")) * 8 / seconds;
    if (number(video, "packets") > 0) { /* a client that has just left is reported without packets */
        call->packets_per_s += (number(video, "packets") + number(audio, "packets")) / seconds;
        call->counted_streams++;
    }
    call->frames_per_s += number(video, "frames_decoded") / seconds;
    call->freezes += number(video, "freezes");
    call->streams++;
    if (json_is_number(json_object_get(video, "ssim"))) {
        call->ssim += number(video, "ssim");
        call->compared++;
    }
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
        const json_t *sent = json_object_get(summary, "sent");
        call->sent_bps +=
            (number(sent, "video_bytes") + number(sent, "audio_bytes")) * 8 / number(summary, "duration_s");
        double seconds = seconds_of(call, summary);
        json_array_foreach(json_object_get(summary, "remotes"), index, remote) take_remote(call, remote, seconds);
        json_decref(summary);
    }
    return 0;
}

/* CPU seconds of all processes of the call. */
static double total_cpu(const struct call *call, const struct topology_point *before,
                        const struct topology_point *after)
{
    double cpu =
        process_cpu_seconds(&before->server, &after->server) + process_cpu_seconds(&before->mixer, &after->mixer);
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

/* Waits until the room has its mixer, and finds its process. */
static int wait_for_mixer(struct call *call)
{
    bool is_mixed = false;
    for (usec_t end = clock_now() + MIX_TIMEOUT; !is_mixed && clock_now() < end; usleep(MIX_POLL_US)) {
        json_t *room = http_get_json(adapter_heddle_port(call->server), "/api/v1/rooms/topologies");
        const char *topology = json_string_value(json_object_get(room, "topology"));
        is_mixed = topology != NULL && strcmp(topology, "mcu") == 0;
        json_decref(room);
    }
    call->mixer = process_find_child(adapter_heddle.pid(call->server), "heddle-mix");
    if (is_mixed && call->mixer != 0)
        return 0;
    complain("the room has no mixer after %d s: heddle-mix belongs beside heddle", (int)(MIX_TIMEOUT / USEC_PER_SEC));
    return ERR_TIMEOUT;
}

static int run_call(struct call *call)
{
    int error = 0;
    for (unsigned i = 0; error == 0 && i < call->participants; i++) {
        error = start_client(call, i);
        usleep(START_SPACING_US);
    }
    if (error == 0 && call->is_mixed)
        error = wait_for_mixer(call);
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

/* What one client has in media streams: one of each other, or the mix. */
static double streams_of(const struct call *call)
{
    return call->is_mixed ? 1 : call->participants - 1;
}

static void add_row(struct call *call, struct results *results)
{
    unsigned n = call->participants;
    bool is_mesh = strcmp(call->topology, "mesh") == 0;
    double seconds = (double)(call->after.at - call->before.at) / 1e6;
    double machine = (call->after.machine_cpu_s - call->before.machine_cpu_s) / seconds * 100;
    struct topology_row row = {
        .topology = call->topology,
        .participants = n,
        .noise_percent = call->noise_percent,
        .mixer_percent = process_cpu_seconds(&call->before.mixer, &call->after.mixer) / seconds * 100,
        .down_kbit = call->received_bps / n / 1e3,
        .packets_per_s = call->counted_streams > 0 ? call->packets_per_s / call->counted_streams * streams_of(call) : 0,
        .wire_mbit = (double)(call->after.wire_bytes - call->before.wire_bytes) * 8 / seconds / 1e6,
        .signaling_kb = call->signaling_bytes / n / 1e3,
        .messages_kb_per_pair = (double)call->after.message_bytes / 1e3 / (n * (n - 1) / 2.0),
        .delay_p50_ms = delays_at(&call->p50, 0.5),
        .delay_p95_ms = delays_at(&call->p95, 0.5),
        .ssim = call->compared > 0 ? call->ssim / call->compared : 0,
        .frames_per_s = call->streams > 0 ? call->frames_per_s / call->streams : 0,
        .freezes = call->streams > 0 ? call->freezes / call->streams : 0,
    };
    row.client_percent = client_cpu(call, &row.client_mb) / seconds * 100;
    row.server_percent =
        row.mixer_percent + process_cpu_seconds(&call->before.server, &call->after.server) / seconds * 100;
    row.up_kbit = call->sent_bps / n / 1e3 * (is_mesh ? n - 1 : 1);
    row.others_percent =
        (machine - row.client_percent * n - row.server_percent) / (double)sysconf(_SC_NPROCESSORS_ONLN);
    topology_table_add(results, &row, call->options->frames_per_second);
}

static int measure_call(const struct options *options, struct results *results, const char *topology,
                        unsigned participants)
{
    struct call call = {.options = options,
                        .topology = topology,
                        .participants = participants,
                        .is_mixed = strcmp(topology, "mcu") == 0};
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

static int check_program(const char *name)
{
    char program[600];
    child_process_sibling(name, program, sizeof program);
    if (child_process_can_run(program))
        return 0;
    complain("topologies: %s: %s; build it with ./dev build", program, strerror(errno));
    return ERR_IO;
}

int command_topologies(const struct options *options, struct results *results)
{
    struct options all = *options;
    apply_defaults(&all);
    describe_options(&all, results);
    topology_table_begin(results);
    if (check_program("heddle-client") != 0 || check_program("heddle-mix") != 0)
        return ERR_IO;
    const char *wrong = private_network_enter();
    if (wrong != NULL) {
        complain("topologies: %s", wrong);
        return ERR_IO;
    }
    for (size_t i = 0; i < TOPOLOGY_COUNT; i++) {
        for (unsigned n = all.participants_low; n <= all.participants_high; n++) {
            int error = measure_call(&all, results, topology_names[i], n);
            if (error != 0)
                return error;
        }
    }
    topology_table_end(results, all.participants_low, all.participants_high);
    return 0;
}
