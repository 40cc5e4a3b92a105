/* What `topologies` found: a row for each topology and number of participants, and what they tell beside each other. */
#ifndef HEDDLE_BENCH_TOPOLOGY_TABLE_H
#define HEDDLE_BENCH_TOPOLOGY_TABLE_H

#include "bench/results.h"

#define TOPOLOGY_COUNT 3
extern const char *const topology_names[TOPOLOGY_COUNT]; /* as the server has them */

/* CPU in percent of a core; media of one client. */
struct topology_row {
    const char *topology;
    unsigned participants;
    double client_percent, server_percent /* with the mixer */, mixer_percent, noise_percent;
    double others_percent; /* of the machine, used by other programs */
    double up_kbit, down_kbit, packets_per_s, wire_mbit, signaling_kb, messages_kb_per_pair;
    double delay_p50_ms, delay_p95_ms, ssim, frames_per_s, freezes, client_mb;
};

void topology_table_begin(struct results *results);
/* `frames_per_second`: of the sources. */
void topology_table_add(struct results *results, const struct topology_row *row, unsigned frames_per_second);
/* All rows from `low` to `high` participants are there: sums up. */
void topology_table_end(struct results *results, unsigned low, unsigned high);

#endif
