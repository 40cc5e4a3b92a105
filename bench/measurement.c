#include "bench/measurement.h"

#include <jansson.h>
#include <unistd.h>

#include "bench/http_get.h"
#include "transport/net/clock.h"

#define OTHERS_NOTED 5.0

static uint64_t number(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

static void read_counters(const struct bench_participant_host *host, struct server_counters *out)
{
    size_t index;
    const json_t *worker;
    *out = (struct server_counters){0};
    if (host->adapter != &adapter_heddle)
        return;
    json_t *answer = http_get_json(adapter_heddle_port(host->adapter_state), "/api/v1/rooms");
    const json_t *server = json_object_get(answer, "server");
    json_array_foreach(json_object_get(server, "workers"), index, worker)
    {
        out->packets_in += number(worker, "packets_in");
        out->packets_out += number(worker, "packets_out");
        out->bytes_out += number(worker, "bytes_out");
        out->datagrams_out += number(worker, "datagrams_out");
        out->messages_out += number(worker, "messages_out");
        out->send_calls += number(worker, "send_calls");
        out->receive_calls += number(worker, "receive_calls");
        out->workers_cpu_s += json_number_value(json_object_get(worker, "cpu_ms")) / 1e3;
    }
    out->signaling_cpu_s = json_number_value(json_object_get(server, "signaling_cpu_ms")) / 1e3;
    json_decref(answer);
}

void measure_now(struct swarm *swarm, struct measure_point *point)
{
    const struct bench_participant_host *host = swarm_host(swarm);
    *point = (struct measure_point){.at = clock_now()};
    (void)process_cpu_read(swarm_server_pid(swarm), &point->server);
    (void)process_cpu_read(getpid(), &point->generator);
    point->machine_cpu_s = process_cpu_machine();
    point->totals = host->totals;
    point->socket = *swarm_socket_get_stats(host->socket);
    point->lost = swarm_lost(swarm);
    read_counters(host, &point->counters);
}

/* Of what is counted again when it comes late. */
static uint64_t since(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0;
}

static double ratio(uint64_t a, uint64_t b)
{
    return b > 0 ? (double)a / (double)b : 0;
}

void measure_between(const struct measure_point *before, const struct measure_point *after, struct measurement *out)
{
    double system = process_cpu_system_share(&before->server, &after->server);
    *out = (struct measurement){
        .seconds = (double)(after->at - before->at) / 1e6,
        .server_cpu_s = process_cpu_seconds(&before->server, &after->server),
        .workers_cpu_s = after->counters.workers_cpu_s - before->counters.workers_cpu_s,
        .signaling_cpu_s = after->counters.signaling_cpu_s - before->counters.signaling_cpu_s,
        .generator_cpu_s = process_cpu_seconds(&before->generator, &after->generator),
        .server_memory = after->server.resident_bytes,
        .packets = after->totals.packets_received - before->totals.packets_received,
        .bytes = after->totals.bytes_received - before->totals.bytes_received,
        .lost = since(before->lost, after->lost),
        .server_packets = after->counters.packets_out - before->counters.packets_out,
        .server_bytes = after->counters.bytes_out - before->counters.bytes_out,
        .send_calls = after->counters.send_calls - before->counters.send_calls,
        .receive_calls = after->counters.receive_calls - before->counters.receive_calls,
        .packets_per_message = ratio(after->counters.datagrams_out - before->counters.datagrams_out,
                                     after->counters.messages_out - before->counters.messages_out),
        .decrypted = after->totals.decrypted - before->totals.decrypted,
        .decrypt_errors = after->totals.decrypt_errors - before->totals.decrypt_errors,
        .messages_sent = after->totals.messages_sent - before->totals.messages_sent,
        .messages_received = after->totals.messages_received - before->totals.messages_received,
        .messages_lost = since(before->totals.messages_lost, after->totals.messages_lost),
        .messages_again = after->totals.messages_again - before->totals.messages_again,
    };
    out->system_cpu_s = out->server_cpu_s * system;
    out->user_cpu_s = out->server_cpu_s - out->system_cpu_s;
    double others = after->machine_cpu_s - before->machine_cpu_s - out->server_cpu_s - out->generator_cpu_s;
    double all = out->seconds * (double)sysconf(_SC_NPROCESSORS_ONLN);
    out->others_percent = others > 0 && all > 0 ? others / all * 100 : 0;
    if (out->others_percent > 100) /* the kernel counts by ticks */
        out->others_percent = 100;
}

void measure_note_others(struct results *results, double others_percent)
{
    results_set(results, "others_percent", others_percent);
    if (others_percent > OTHERS_NOTED)
        results_note(results,
                     "Other programs used up to %.0f %% of the machine meanwhile: delays, and less so CPU times, "
                     "are theirs, too.",
                     others_percent);
}

void measure_spans(struct swarm *swarm, usec_t duration, unsigned spans, struct measurement *out, double *noise_percent)
{
    struct measure_point first, before, after;
    struct delays *delays = &swarm_host(swarm)->delays, *messages = &swarm_host(swarm)->message_delays;
    double low = 0, high = 0;
    measure_now(swarm, &first);
    delays_clear(delays);
    delays_clear(messages);
    before = first;
    for (unsigned i = 0; i < spans; i++) {
        struct measurement span;
        swarm_run(swarm, duration / spans);
        measure_now(swarm, &after);
        measure_between(&before, &after, &span);
        double cpu =
            span.packets > 0 ? per_packet_us(span.server_cpu_s, span.packets) : span.server_cpu_s / span.seconds;
        low = i == 0 || cpu < low ? cpu : low;
        high = i == 0 || cpu > high ? cpu : high;
        before = after;
    }
    measure_between(&first, &after, out);
    out->delay_count = delays->count;
    out->delay_p50 = delays_at(delays, 0.5);
    out->delay_p99 = delays_at(delays, 0.99);
    out->delay_p999 = delays_at(delays, 0.999);
    out->message_delay_p50 = delays_at(messages, 0.5);
    out->message_delay_p99 = delays_at(messages, 0.99);
    *noise_percent = low + high > 0 ? (high - low) / (high + low) * 100 : 0;
}

void measure_run(struct swarm *swarm, usec_t duration, struct measurement *out)
{
    double noise_percent;
    measure_spans(swarm, duration, 1, out, &noise_percent);
}
