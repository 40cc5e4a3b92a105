/* peer: the same load through Heddle and through another server, one after the other in one run. The cost of a
 * packet is computed in the same way for both: CPU time of the server's process divided by the packets that
 * subscribers received. */
#include <string.h>

#include "bench/child_process.h"
#include "bench/commands.h"
#include "bench/load.h"
#include "bench/measurement.h"
#include "bench/private_network.h"
#include "transport/base/error.h"

#define WARM_UP (2 * USEC_PER_SEC)
#define MEDIA_TIMEOUT (30 * USEC_PER_SEC)

/* What one server did. */
struct contender {
    const struct adapter *adapter;
    const char *variant, *title;
    char version[64], profile[40];
    uint64_t packets, lost;
    double cpu_s, low_us, high_us, others_percent;
};

static void add_row(struct results *results, const struct contender *contender, const struct measurement *m)
{
    json_array_append_new(
        results->rows,
        json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:s}", "server", contender->title, "packets_per_s",
                  (double)m->packets / m->seconds, "core_percent", m->server_cpu_s / m->seconds * 100, "cpu_us",
                  per_packet_us(m->server_cpu_s, m->packets), "user_us", per_packet_us(m->user_cpu_s, m->packets),
                  "system_us", per_packet_us(m->system_cpu_s, m->packets), "delay_p50_us", m->delay_p50, "delay_p99_us",
                  m->delay_p99, "lost", (json_int_t)m->lost, "profile", contender->profile));
}

static int measure_contender(const struct options *options, struct results *results, struct swarm *swarm,
                             struct contender *contender)
{
    for (unsigned i = 0; i < options->repeats; i++) {
        struct measurement m;
        progress(options, "%s: span %u of %u", contender->title, i + 1, options->repeats);
        measure_run(swarm, (usec_t)(options->seconds / options->repeats * 1e6), &m);
        double cpu = per_packet_us(m.server_cpu_s, m.packets);
        contender->low_us = i == 0 || cpu < contender->low_us ? cpu : contender->low_us;
        contender->high_us = i == 0 || cpu > contender->high_us ? cpu : contender->high_us;
        contender->others_percent =
            m.others_percent > contender->others_percent ? m.others_percent : contender->others_percent;
        contender->packets += m.packets;
        contender->lost += m.lost;
        contender->cpu_s += m.server_cpu_s;
        add_row(results, contender, &m);
    }
    return contender->packets > 0 ? 0 : ERR_TIMEOUT;
}

static int run_load(const struct options *options, struct results *results, struct swarm *swarm,
                    struct contender *contender)
{
    struct load load;
    struct load_config config = load_config_of(options);
    load_init(&load, swarm, &config);
    progress(options, "%s: connecting %u subscribers", contender->title, options->subscribers);
    int error = load_grow(&load, 1, options->subscribers);
    if (error == 0)
        error = load_start(&load, MEDIA_TIMEOUT);
    if (error == 0) {
        snprintf(contender->profile, sizeof contender->profile, "%s",
                 bench_participant_profile(load.rooms[0].subscribers[0]));
        swarm_run(swarm, WARM_UP);
        error = measure_contender(options, results, swarm, contender);
    }
    if (error != 0)
        complain("%s: the load does not come up: %s", contender->title, load_why(&load, error));
    load_fini(&load);
    return error;
}

static int run_contender(const struct options *options, struct results *results, struct contender *contender)
{
    char error[512];
    struct adapter_options server = {
        .variant = contender->variant,
        .workers = options->workers,
        .srtp_profiles = options->srtp_profiles,
        .room_size = options->subscribers + 1,
        .address = PRIVATE_NETWORK_SERVER,
        .clients = PRIVATE_NETWORK_CLIENTS,
        .gro = options->gro,
        .server = options->server,
    };
    progress(options, "%s: starting", contender->title);
    struct swarm *swarm = swarm_new(contender->adapter, &server, error, sizeof error);
    if (swarm == NULL) {
        complain("%s does not start: %s", contender->title, error);
        return ERR_IO;
    }
    const struct bench_participant_host *host = swarm_host(swarm);
    snprintf(contender->version, sizeof contender->version, "%s", contender->adapter->version(host->adapter_state));
    int result = run_load(options, results, swarm, contender);
    swarm_free(swarm);
    return result;
}

static void summarize(struct results *results, const struct contender *ours, const struct contender *peer,
                      const struct contender *best)
{
    double our_us = per_packet_us(ours->cpu_s, ours->packets), peer_us = per_packet_us(peer->cpu_s, peer->packets);
    double best_us = per_packet_us(best->cpu_s, best->packets);
    double noise = (ours->high_us - ours->low_us) / 2 / our_us,
           peer_noise = (peer->high_us - peer->low_us) / 2 / peer_us;
    results_set(results, "ours_us_per_packet", our_us);
    results_set(results, "peer_us_per_packet", peer_us);
    results_set(results, "peer_best_us_per_packet", best_us);
    results_set(results, "ratio", peer_us / our_us);
    results_set(results, "ratio_best", best_us / our_us);
    results_set(results, "noise_percent", (noise > peer_noise ? noise : peer_noise) * 100);
    results_set(results, "ours_packets", (double)ours->packets);
    results_set(results, "peer_packets", (double)peer->packets);
    results_set(results, "peer_best_packets", (double)best->packets);
    results_set(results, "ours_cpu_s", ours->cpu_s);
    results_set(results, "peer_cpu_s", peer->cpu_s);
    results_set(results, "peer_best_cpu_s", best->cpu_s);
    json_object_set_new(results->summary, "srtp_profile", json_string(ours->profile));
    json_object_set_new(results->summary, "peer_srtp_profile", json_string(peer->profile));
    json_object_set_new(results->summary, "peer", json_string(peer->adapter->name));
    json_object_set_new(results->summary, "peer_version", json_string(peer->version));
    double others = ours->others_percent > peer->others_percent ? ours->others_percent : peer->others_percent;
    measure_note_others(results, others > best->others_percent ? others : best->others_percent);
    results_note(
        results,
        "A packet costs the peer %.1f times the CPU time, at its best %.1f times (noise +- %.0f %%). Peer: %s, %s.",
        peer_us / our_us, best_us / our_us, (noise > peer_noise ? noise : peer_noise) * 100, peer->adapter->name,
        peer->version);
}

static void add_columns(struct results *results)
{
    results_add_column(results, "server", "server", 0);
    results_add_column(results, "packets_per_s", "packets/s", 0);
    results_add_column(results, "core_percent", "% of a core", 1);
    results_add_column(results, "cpu_us", "CPU us/packet", 2);
    results_add_column(results, "user_us", "user", 2);
    results_add_column(results, "system_us", "system", 2);
    results_add_column(results, "delay_p50_us", "delay p50 us", 0);
    results_add_column(results, "delay_p99_us", "p99", 0);
    results_add_column(results, "lost", "lost", 0);
    results_add_column(results, "profile", "SRTP", 0);
}

int command_peer(const struct options *options, struct results *results)
{
    struct options all = *options;
    struct contender ours = {.adapter = &adapter_heddle, .variant = "", .title = "heddle"};
    struct contender peer = {.adapter = &adapter_janus, .variant = "", .title = "janus, as it comes"};
    struct contender best = {.adapter = &adapter_janus, .variant = "event_loops", .title = "janus, event_loops"};
    if (options->argument == NULL || strcmp(options->argument, adapter_janus.name) != 0) {
        complain("peer%s%s: expected the name of a server: janus", options->argument != NULL ? " " : "",
                 options->argument != NULL ? options->argument : "");
        return ERR_INVALID;
    }
    if (!child_process_can_run(adapter_janus.name)) {
        complain("peer janus: there is no program '%s' here: install Debian's package janus", adapter_janus.name);
        return ERR_NOT_FOUND;
    }
    const char *wrong = private_network_enter();
    if (wrong != NULL) {
        complain("peer: %s", wrong);
        return ERR_IO;
    }
    options_default_to_fan_out(&all);
    describe_options(&all, results);
    json_object_set_new(results->options, "subscribers", json_integer(all.subscribers));
    add_columns(results);
    int error = run_contender(&all, results, &ours);
    if (error == 0)
        error = run_contender(&all, results, &peer);
    if (error == 0)
        error = run_contender(&all, results, &best);
    if (error == 0)
        summarize(results, &ours, &peer, &best);
    return error;
}
