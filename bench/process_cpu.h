/* CPU time of a running process, from the kernel's accounting: exact nanoseconds from the scheduler, split into user
 * and system by the tick counters. */
#ifndef HEDDLE_BENCH_PROCESS_CPU_H
#define HEDDLE_BENCH_PROCESS_CPU_H

#include <stdint.h>
#include <sys/types.h>

struct process_cpu {
    int64_t total_ns; /* sum over threads */
    int64_t user_ticks, system_ticks;
    int64_t resident_bytes;
};

/* 0 or ERR_NOT_FOUND (no such process). */
int process_cpu_read(pid_t pid, struct process_cpu *cpu);
/* The difference of two readings in CPU seconds: total, and the share of it spent in the kernel (0..1). */
double process_cpu_seconds(const struct process_cpu *before, const struct process_cpu *after);
double process_cpu_system_share(const struct process_cpu *before, const struct process_cpu *after);

/* The child of a process that has this name; 0: it has none. */
pid_t process_find_child(pid_t parent, const char *name);

/* What all programs of the machine together have used since it started, in CPU seconds of any core. */
double process_cpu_machine(void);

#endif
