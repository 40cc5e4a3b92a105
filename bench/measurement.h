/* A span of a run: what the server spent, from the kernel's accounting and by its own counters, and what the load
 * generator saw of it. */
#ifndef HEDDLE_BENCH_MEASUREMENT_H
#define HEDDLE_BENCH_MEASUREMENT_H

#include "bench/process_cpu.h"
#include "bench/results.h"
#include "bench/swarm.h"

/* Heddle's counters over all workers; zero for other servers. */
struct server_counters {
    uint64_t packets_in, packets_out, bytes_out, datagrams_out, messages_out, send_calls, receive_calls, egress_drops;
    double workers_cpu_s, signaling_cpu_s;
};

struct measure_point {
    usec_t at;
    struct process_cpu server, generator;
    double machine_cpu_s;
    struct server_counters counters;
    struct bench_participant_totals totals;
    struct swarm_socket_stats socket;
    uint64_t lost;
};

struct measurement {
    double seconds;
    double server_cpu_s, user_cpu_s, system_cpu_s; /* user + system = server */
    double workers_cpu_s, signaling_cpu_s;         /* by the server's own clocks */
    double generator_cpu_s;
    double others_percent; /* of the machine, used by other programs, which disturb the measurement */
    int64_t server_memory;
    uint64_t packets, bytes; /* received by participants: forwarded */
    uint64_t lost;           /* seen as gaps */
    uint64_t server_packets, server_bytes, send_calls, receive_calls;
    double packets_per_message; /* by the server's count: sent as one segmented message */
    double delay_p50, delay_p99, delay_p999;
    size_t delay_count;
    uint64_t decrypted, decrypt_errors;
    uint64_t messages_sent, messages_received, messages_lost, messages_again; /* of data channels */
    double message_delay_p50, message_delay_p99;
};

void measure_now(struct swarm *swarm, struct measure_point *point);
/* Clears the delays, runs the loop, measures. */
void measure_run(struct swarm *swarm, usec_t duration, struct measurement *out);
/* The same, cut into `spans`; half the spread of the CPU time of a packet (of a second, when
 * there are none) over them goes to *noise_percent. */
void measure_spans(struct swarm *swarm, usec_t duration, unsigned spans, struct measurement *out,
                   double *noise_percent);
void measure_between(const struct measure_point *before, const struct measure_point *after, struct measurement *out);

/* Notes in the results when other programs used so much of the machine that readers must know. */
void measure_note_others(struct results *results, double others_percent);

static inline double per_packet_us(double cpu_s, uint64_t packets)
{
    return packets > 0 ? cpu_s * 1e6 / (double)packets : 0;
}

#endif
