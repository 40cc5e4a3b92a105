/* The subcommands. Each fills the results; 0, or ERR_* after saying why on standard error. */
#ifndef HEDDLE_BENCH_COMMANDS_H
#define HEDDLE_BENCH_COMMANDS_H

#include "bench/options.h"
#include "bench/results.h"

int command_forward(const struct options *options, struct results *results);
int command_peer(const struct options *options, struct results *results);
int command_capacity(const struct options *options, struct results *results);
int command_topologies(const struct options *options, struct results *results);
int command_data(const struct options *options, struct results *results);

/* A line of progress on standard error, unless --quiet. */
void progress(const struct options *options, const char *format, ...) __attribute__((format(printf, 2, 3)));
void progress_end(void); /* clears that line */
/* An error for the person, always. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The options as results name them. */
void describe_options(const struct options *options, struct results *results);

#endif
