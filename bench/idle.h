/* Connections that carry no media: how much memory and CPU they cost the server. */
#ifndef HEDDLE_BENCH_IDLE_H
#define HEDDLE_BENCH_IDLE_H

#include "bench/capacity_run.h"

/* Scenarios: 0, or an error that was told. */
int idle_connections(struct capacity *capacity);

#endif
