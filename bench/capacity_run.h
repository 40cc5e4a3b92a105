/* One run of `capacity`: its scenario, the server under load, and what was counted. Used by ramps (capacity.c), storms
 * (storms.c) and idle connections (idle.c). */
#ifndef HEDDLE_BENCH_CAPACITY_RUN_H
#define HEDDLE_BENCH_CAPACITY_RUN_H

#include "bench/load.h"
#include "bench/measurement.h"
#include "bench/options.h"
#include "bench/results.h"

struct capacity;

struct scenario {
    const char *name, *title;
    unsigned publishers;
    bool video, audio, views;
    unsigned encodings, visible;
    enum { GROWS_SUBSCRIBERS, GROWS_ROOMS, GROWS_MEETING } grows;
    unsigned first;                        /* size of the first step */
    int (*run)(struct capacity *capacity); /* NULL: a ramp */
};

struct capacity {
    struct options options;
    const struct scenario *scenario;
    struct results *results;
    struct load_config config;
    struct swarm *swarm;
    struct load load;
    struct measure_point first; /* before anybody came */
    const char *limit;
    double best_rate, best_rate_core, best_mbit_core, memory_per_participant;
    size_t best_participants;
    double others_percent, noise_percent;
    uint64_t sent, received, lost, decrypt_errors;
};

/* Starts a server, without load. 0, or an error that was told. */
int capacity_start(struct capacity *capacity);
void capacity_stop(struct capacity *capacity);
/* Grows to so many rooms, with so many subscribers each, and waits until everybody has media. Errors: load_why(). */
int capacity_grow(struct capacity *capacity, size_t rooms, size_t subscribers);
/* Says on standard error what is wrong; returns the error. */
int capacity_complain(const struct capacity *capacity, int error);
/* Waits until all packets have arrived, and adds what was sent and received since the start. */
void capacity_add_up(struct capacity *capacity);

#endif
