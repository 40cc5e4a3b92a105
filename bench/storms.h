/* Storms: many participants join, or change what they watch, at the same time. */
#ifndef HEDDLE_BENCH_STORMS_H
#define HEDDLE_BENCH_STORMS_H

#include "bench/capacity_run.h"

/* Scenarios: 0, or an error that was told. */
int storm_of_joins(struct capacity *capacity);
int storm_of_switches(struct capacity *capacity);

#endif
