/* forward: what one forwarded packet costs. The floor is measured between the spans of the same run, with packets of
 * the size that the server just sent. */
#include <string.h>

#include "bench/commands.h"
#include "bench/floor.h"
#include "bench/load.h"
#include "bench/measurement.h"
#include "transport/base/error.h"

#define WARM_UP (2 * USEC_PER_SEC)
#define RESUME (USEC_PER_SEC / 2)
#define DRAIN (USEC_PER_SEC / 2)
#define FLOOR_SECONDS 0.6
#define MEDIA_TIMEOUT (20 * USEC_PER_SEC)
#define TAG_SIZE 16

struct forward {
    struct options options;
    struct results *results;
    struct swarm *swarm;
    struct load load;
    struct measurement sum;
    struct delays delays; /* of all spans */
    struct floor_result floor_sum;
    double cpu_low, cpu_high, others_percent;
    unsigned span_count;
    struct measure_point first;
};

static int bring_up(struct forward *forward)
{
    const struct options *options = &forward->options;
    struct adapter_options server = {
        .variant = "",
        .workers = options->workers,
        .srtp_profiles = options->srtp_profiles,
        .room_size = options->subscribers + 1,
        .gro = options->gro,
        .server = options->server,
    };
    struct load_config config = load_config_of(options);
    char error[512];
    progress(options, "starting the server");
    forward->swarm = swarm_new(&adapter_heddle, &server, error, sizeof error);
    if (forward->swarm == NULL) {
        complain("the server does not start: %s", error);
        return ERR_IO;
    }
    load_init(&forward->load, forward->swarm, &config);
    measure_now(forward->swarm, &forward->first);
    return 0;
}

static int grow(struct forward *forward, size_t rooms, size_t subscribers)
{
    progress(&forward->options, "connecting %zu x %zu subscribers", rooms, subscribers);
    int error = load_grow(&forward->load, rooms, subscribers);
    if (error == 0)
        error = load_start(&forward->load, MEDIA_TIMEOUT);
    if (error != 0)
        complain("the load does not come up: %s", load_why(&forward->load, error));
    return error;
}

/* Packets of a frame: the most that a server may send as one message without a delay of its own. */
static unsigned packets_of_frame(const struct options *options, size_t packet_size)
{
    return (unsigned)(options->video_bps / 8 / options->frames_per_second / packet_size + 1);
}

/* Measures the floor for packets of the size that the server just sent, a frame in each message. */
static int measure_floor(struct forward *forward, const struct measurement *like, struct floor_result *floor)
{
    size_t size = like->packets > 0 ? (size_t)(like->bytes / like->packets) + TAG_SIZE : 1200;
    unsigned segments = packets_of_frame(&forward->options, size);
    swarm_set_sending(forward->swarm, false);
    swarm_run(forward->swarm, RESUME);
    int error = floor_measure(floor, size, segments, FLOOR_SECONDS);
    if (error != 0)
        complain("the floor cannot be measured here");
    swarm_set_sending(forward->swarm, true);
    swarm_run(forward->swarm, RESUME);
    return error;
}

static void add_row(struct forward *forward, const char *load, const struct measurement *m,
                    const struct floor_result *floor)
{
    double cpu = per_packet_us(m->server_cpu_s, m->packets);
    json_t *row = json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "load", load,
                            "packets_per_s", (double)m->packets / m->seconds, "mbit_per_s",
                            (double)m->bytes * 8 / m->seconds / 1e6, "core_percent", m->server_cpu_s / m->seconds * 100,
                            "cpu_us", cpu, "user_us", per_packet_us(m->user_cpu_s, m->packets), "system_us",
                            per_packet_us(m->system_cpu_s, m->packets), "packets_per_message", m->packets_per_message,
                            "delay_p50_us", m->delay_p50, "delay_p99_us", m->delay_p99, "delay_p999_us", m->delay_p999,
                            "generator_us", per_packet_us(m->generator_cpu_s, m->packets));
    if (floor != NULL) { /* it was measured beside this span */
        json_object_set_new(row, "floor_us", json_real(floor->total_us));
        json_object_set_new(row, "floor_protect_us", json_real(floor->protect_us));
        json_object_set_new(row, "floor_send_us", json_real(floor->send_us));
        json_object_set_new(row, "ratio", json_real(cpu / floor->total_us));
    }
    json_array_append_new(forward->results->rows, row);
}

static void sum_up(struct measurement *sum, const struct measurement *m)
{
    sum->seconds += m->seconds;
    sum->server_cpu_s += m->server_cpu_s;
    sum->user_cpu_s += m->user_cpu_s;
    sum->system_cpu_s += m->system_cpu_s;
    sum->workers_cpu_s += m->workers_cpu_s;
    sum->signaling_cpu_s += m->signaling_cpu_s;
    sum->generator_cpu_s += m->generator_cpu_s;
    sum->packets += m->packets;
    sum->bytes += m->bytes;
    sum->send_calls += m->send_calls;
    sum->receive_calls += m->receive_calls;
    sum->server_packets += m->server_packets;
    sum->server_bytes += m->server_bytes;
    sum->server_memory = m->server_memory;
}

static void keep_delays(struct forward *forward)
{
    const struct delays *span = &swarm_host(forward->swarm)->delays;
    for (size_t i = 0; i < span->count; i++)
        delays_add(&forward->delays, span->values[i]);
}

static int run_spans(struct forward *forward)
{
    const struct options *options = &forward->options;
    struct measurement span;
    usec_t duration = (usec_t)(options->seconds / options->repeats * 1e6);
    measure_run(forward->swarm, WARM_UP, &span);
    for (unsigned i = 0; i < options->repeats; i++) {
        struct floor_result floor;
        progress(options, "span %u of %u", i + 1, options->repeats);
        int error = measure_floor(forward, &span, &floor);
        if (error != 0)
            return error;
        measure_run(forward->swarm, duration, &span);
        double cpu = per_packet_us(span.server_cpu_s, span.packets);
        forward->cpu_low = i == 0 || cpu < forward->cpu_low ? cpu : forward->cpu_low;
        forward->cpu_high = i == 0 || cpu > forward->cpu_high ? cpu : forward->cpu_high;
        forward->others_percent =
            span.others_percent > forward->others_percent ? span.others_percent : forward->others_percent;
        forward->floor_sum.total_us += floor.total_us;
        forward->floor_sum.protect_us += floor.protect_us;
        forward->floor_sum.send_us += floor.send_us;
        forward->span_count++;
        sum_up(&forward->sum, &span);
        keep_delays(forward);
        add_row(forward, "as asked", &span, &floor);
    }
    return 0;
}

/* Measures the delay at several loads of one worker, in percent of its time. How many rooms, or which part of one, make
 * such a load is computed from the cost of a packet so far. */
static int run_loads(struct forward *forward)
{
    const struct options *options = &forward->options;
    const struct measurement *sum = &forward->sum;
    double now_share = sum->server_cpu_s / sum->seconds * 100 / options->workers;
    for (unsigned i = 0; i < options->loads.count; i++) {
        struct measurement m;
        char name[32];
        size_t rooms = (size_t)(options->loads.at[i] / (now_share > 0 ? now_share : 1) + 0.5);
        int error =
            grow(forward, rooms > forward->load.room_count ? rooms : forward->load.room_count, options->subscribers);
        if (error != 0)
            return error;
        swarm_run(forward->swarm, WARM_UP);
        measure_run(forward->swarm, (usec_t)(options->seconds * 1e6), &m);
        snprintf(name, sizeof name, "%u %%", options->loads.at[i]);
        add_row(forward, name, &m, NULL);
        progress(options, "load of %u %%", options->loads.at[i]);
    }
    return 0;
}

/* Adds up the whole run after all packets have arrived, so that packets sent = packets received + packets lost. */
static void add_up(struct forward *forward)
{
    struct measure_point last;
    struct measurement all;
    swarm_set_sending(forward->swarm, false);
    swarm_run(forward->swarm, DRAIN);
    measure_now(forward->swarm, &last);
    measure_between(&forward->first, &last, &all);
    results_set(forward->results, "packets_sent", (double)all.server_packets);
    results_set(forward->results, "packets_received", (double)all.packets);
    results_set(forward->results, "packets_lost", (double)all.lost);
    results_set(forward->results, "bytes_sent", (double)all.server_bytes);
    results_set(forward->results, "bytes_received", (double)all.bytes);
    results_set(forward->results, "decrypted", (double)all.decrypted);
    results_set(forward->results, "decrypt_errors", (double)all.decrypt_errors);
}

static void set_summary(struct forward *forward)
{
    struct results *results = forward->results;
    const struct measurement *sum = &forward->sum;
    double cpu = per_packet_us(sum->server_cpu_s, sum->packets),
           floor_us = forward->floor_sum.total_us / forward->span_count;
    double calls = sum->send_calls > 0 ? (double)sum->send_calls : 1;
    results_set(results, "packets_per_s", (double)sum->packets / sum->seconds);
    results_set(results, "cpu_us_per_packet", cpu);
    results_set(results, "user_us", per_packet_us(sum->user_cpu_s, sum->packets));
    results_set(results, "system_us", per_packet_us(sum->system_cpu_s, sum->packets));
    results_set(results, "packets_per_send_call", (double)sum->server_packets / calls);
    results_set(results, "bytes_per_send_call", (double)sum->server_bytes / calls);
    results_set(results, "floor_us_per_packet", floor_us);
    results_set(results, "floor_protect_us", forward->floor_sum.protect_us / forward->span_count);
    results_set(results, "floor_send_us", forward->floor_sum.send_us / forward->span_count);
    results_set(results, "ratio_to_floor", floor_us > 0 ? cpu / floor_us : 0);
    results_set(results, "noise_percent", cpu > 0 ? (forward->cpu_high - forward->cpu_low) / 2 / cpu * 100 : 0);
    results_set(results, "delay_p50_us", delays_at(&forward->delays, 0.5));
    results_set(results, "delay_p99_us", delays_at(&forward->delays, 0.99));
    results_set(results, "delay_p999_us", delays_at(&forward->delays, 0.999));
    results_set(results, "seconds", sum->seconds);
    results_set(results, "server_cpu_s", sum->server_cpu_s);
    results_set(results, "user_cpu_s", sum->user_cpu_s);
    results_set(results, "system_cpu_s", sum->system_cpu_s);
    results_set(results, "workers_cpu_s", sum->workers_cpu_s);
    results_set(results, "signaling_cpu_s", sum->signaling_cpu_s);
    results_set(results, "generator_cpu_s", sum->generator_cpu_s);
    measure_note_others(results, forward->others_percent);
    results_note(results, "CPU time of a packet: %.3f us +- %.1f %% over %u spans, %.2f times the floor.", cpu,
                 (forward->cpu_high - forward->cpu_low) / 2 / cpu * 100, forward->span_count,
                 floor_us > 0 ? cpu / floor_us : 0);
    results_set(results, "server_memory_bytes", (double)sum->server_memory);
}

static void add_columns(struct results *results)
{
    results_add_column(results, "load", "load", 0);
    results_add_column(results, "packets_per_s", "packets/s", 0);
    results_add_column(results, "mbit_per_s", "Mbit/s", 0);
    results_add_column(results, "core_percent", "% of a core", 1);
    results_add_column(results, "cpu_us", "CPU us/packet", 3);
    results_add_column(results, "user_us", "user", 3);
    results_add_column(results, "system_us", "system", 3);
    results_add_column(results, "floor_us", "floor us", 3);
    results_add_column(results, "floor_protect_us", "protect", 3);
    results_add_column(results, "floor_send_us", "send", 3);
    results_add_column(results, "ratio", "x floor", 2);
    results_add_column(results, "packets_per_message", "packets/message", 1);
    results_add_column(results, "delay_p50_us", "delay p50 us", 0);
    results_add_column(results, "delay_p99_us", "p99", 0);
    results_add_column(results, "delay_p999_us", "p99.9", 0);
    results_add_column(results, "generator_us", "generator us/packet", 3);
    results_add_chart(results, &(struct results_chart){.title = "Delay by load",
                                                       .x = "core_percent",
                                                       .y = {"delay_p50_us", "delay_p99_us", "delay_p999_us"}});
}

int command_forward(const struct options *options, struct results *results)
{
    struct forward forward = {.options = *options, .results = results};
    options_default_to_fan_out(&forward.options);
    describe_options(&forward.options, results);
    json_object_set_new(results->options, "subscribers", json_integer(forward.options.subscribers));
    add_columns(results);
    int error = bring_up(&forward);
    if (error == 0)
        error = grow(&forward, 1, forward.options.subscribers);
    if (error == 0)
        error = run_spans(&forward);
    if (error == 0)
        set_summary(&forward);
    if (error == 0)
        error = run_loads(&forward);
    if (error == 0)
        add_up(&forward);
    results_note(
        results,
        "CPU is of the whole server process. The floor protects and sends packets of the same size, a frame's in "
        "one message, to a socket that takes it whole. Delay is from the publisher's send to the subscriber's socket.");
    load_fini(&forward.load);
    swarm_free(forward.swarm);
    delays_fini(&forward.delays);
    return error;
}
