/* All participants of a load in one thread: the loop, the socket, the ticks. Blocking calls run the loop. */
#ifndef HEDDLE_BENCH_SWARM_H
#define HEDDLE_BENCH_SWARM_H

#include "bench/adapter.h"
#include "bench/participant.h"

struct swarm;

/* Starts the server, too. NULL: `error` has the reason. */
struct swarm *swarm_new(const struct adapter *adapter, const struct adapter_options *options, char *error, size_t size);
void swarm_free(struct swarm *swarm);

struct bench_participant *swarm_add(struct swarm *swarm, const char *room, const char *name);
size_t swarm_count(const struct swarm *swarm);
size_t swarm_most(const struct swarm *swarm); /* the most participants that the limit of open files allows */
struct bench_participant *swarm_participant(struct swarm *swarm, size_t index);
struct bench_participant_host *swarm_host(struct swarm *swarm);
pid_t swarm_server_pid(const struct swarm *swarm);

/* Runs the loop for a time. */
void swarm_run(struct swarm *swarm, usec_t duration);
/* Runs the loop until `is_done` or the time is over. 0, ERR_TIMEOUT, or ERR_IO: a participant has failed. */
int swarm_until(struct swarm *swarm, bool (*is_done)(void *user), void *user, usec_t timeout);
/* The error of the first participant that failed, or "". */
const char *swarm_error(const struct swarm *swarm);
void swarm_set_sending(struct swarm *swarm, bool sending);
uint64_t swarm_lost(const struct swarm *swarm);

#endif
