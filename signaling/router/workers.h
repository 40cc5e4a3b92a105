/* The router's workers: starts and stops them, keeps what each said of itself, and collects what they tell. */
#ifndef HEDDLE_SIGNALING_WORKERS_H
#define HEDDLE_SIGNALING_WORKERS_H

#include <uv.h>

#include "router/worker/worker.h"
#include "signaling/config/config.h"
#include "signaling/router/stats_round.h"
#include "transport/base/time.h"

struct workers;

/* What a worker's connections have in common. */
struct worker_info {
    char fingerprint[96]; /* of its certificate, SHA-256 */
    size_t candidate_count;
    char *candidates[WORKER_CANDIDATES_MAX]; /* --ice=lite */
};

/* Called from the loop, with each event but statistics and those of a worker itself. */
typedef void workers_event(void *user, const struct worker_event *event);

/* Starts as many as `config` says. ERR_IO: a port is taken; ERR_INVALID: no certificate; both are logged. */
int workers_new(struct workers **out, const struct config *config, uv_loop_t *loop, workers_event *event, void *user);
/* Stops them and closes the handles; after the loop has run once more, workers_free(). */
void workers_stop(struct workers *workers);
void workers_free(struct workers *workers);

size_t workers_count(const struct workers *workers);
struct worker *workers_get(const struct workers *workers, unsigned index);
const struct worker_info *workers_info(const struct workers *workers, unsigned index);

/* Asks all for statistics; `done` gets them from the loop. Not while another round runs: false. */
bool workers_request_stats(struct workers *workers, stats_round_done *done, void *user, usec_t now);
/* Ends a round that takes too long. Call a few times a second. */
void workers_timeout(struct workers *workers, usec_t now);

#endif
