#include "signaling/router/workers.h"

#include <stdio.h>
#include <stdlib.h>

#include "router/worker/relay_rings.h"
#include "signaling/router/advertised_addresses.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

_Static_assert(CONFIG_WORKERS_MAX <= RELAY_ENDPOINTS_MAX, "a room may be on every worker");

struct entry {
    struct worker *worker;
    bool is_ready;
    struct worker_info info;
};

struct workers {
    uv_async_t wake;
    workers_event *event;
    void *user;
    struct advertised_addresses addresses;
    struct relay_rings *relay_rings;
    struct stats_round round;
    size_t count;
    struct entry entries[];
};

static void on_own_candidate(struct worker_info *info, const char *candidate)
{
    if (info->candidate_count < WORKER_CANDIDATES_MAX)
        info->candidates[info->candidate_count++] = mem_text(candidate);
}

static void on_ready(struct entry *entry, const char *fingerprint)
{
    snprintf(entry->info.fingerprint, sizeof entry->info.fingerprint, "%.95s", fingerprint);
    entry->is_ready = true;
}

static void on_event(struct workers *workers, const struct worker_event *event)
{
    struct entry *entry = &workers->entries[event->worker];
    if (event->type == WORKER_STATS)
        stats_round_take(&workers->round, event->stats);
    else if (event->type == WORKER_READY)
        on_ready(entry, event->text);
    else if (event->type == WORKER_CANDIDATE && event->connection == 0)
        on_own_candidate(&entry->info, event->text);
    else
        workers->event(workers->user, event);
}

static void poll_all(struct workers *workers)
{
    struct worker_event event;
    for (size_t i = 0; i < workers->count; i++)
        while (workers->entries[i].worker != NULL && worker_poll(workers->entries[i].worker, &event))
            on_event(workers, &event);
}

static void on_wake(uv_async_t *handle)
{
    poll_all(handle->data);
}

static void wake(void *user)
{
    struct workers *workers = user;
    uv_async_send(&workers->wake);
}

static int start_all(struct workers *workers, const struct config *config)
{
    struct worker_config worker = {.ice = config->ice_full ? WORKER_ICE_FULL : WORKER_ICE_LITE,
                                   .udp = !config->no_udp,
                                   .tcp = !config->no_tcp,
                                   .egress_window = config->egress_window,
                                   .packet_trace = config->packet_trace,
                                   .relay_rings = workers->relay_rings,
                                   .srtp_profiles = config->srtp_profiles};
    advertised_addresses_choose(&workers->addresses, config, &worker);
    for (size_t i = 0; i < workers->count; i++) {
        worker.index = (unsigned)i;
        worker.port = (uint16_t)(config->media_port + i);
        int error = worker_start(&workers->entries[i].worker, &worker, wake, workers);
        if (error < 0) {
            log_error("router", "worker %zu of %zu does not start; the reason is above", i, workers->count);
            return error;
        }
    }
    poll_all(workers);
    for (size_t i = 0; i < workers->count; i++)
        CHECK(workers->entries[i].is_ready);
    return 0;
}

int workers_new(struct workers **out, const struct config *config, uv_loop_t *loop, workers_event *event, void *user)
{
    size_t count = config_workers(config);
    struct workers *workers = mem_alloc(sizeof *workers + count * sizeof workers->entries[0]);
    workers->event = event;
    workers->user = user;
    workers->count = count;
    workers->relay_rings = relay_rings_new((unsigned)count);
    (void)uv_async_init(loop, &workers->wake, on_wake); /* never fails: the loop has its descriptor already */
    workers->wake.data = workers;
    *out = workers;
    return start_all(workers, config);
}

void workers_stop(struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++)
        worker_stop(workers->entries[i].worker);
    for (size_t i = 0; i < workers->count; i++) {
        worker_free(workers->entries[i].worker);
        workers->entries[i].worker = NULL;
    }
    stats_round_finish(&workers->round);
    uv_close((uv_handle_t *)&workers->wake, NULL);
}

void workers_free(struct workers *workers)
{
    for (size_t i = 0; i < workers->count; i++)
        for (size_t k = 0; k < workers->entries[i].info.candidate_count; k++)
            free(workers->entries[i].info.candidates[k]);
    relay_rings_free(workers->relay_rings);
    free(workers);
}

size_t workers_count(const struct workers *workers)
{
    return workers->count;
}

struct worker *workers_get(const struct workers *workers, unsigned index)
{
    return workers->entries[index].worker;
}

const struct worker_info *workers_info(const struct workers *workers, unsigned index)
{
    return &workers->entries[index].info;
}

bool workers_request_stats(struct workers *workers, stats_round_done *done, void *user, usec_t now)
{
    if (!stats_round_start(&workers->round, workers->count, done, user, now))
        return false;
    for (size_t i = 0; i < workers->count; i++)
        worker_request_stats(workers->entries[i].worker, workers->round.number);
    return true;
}

void workers_timeout(struct workers *workers, usec_t now)
{
    stats_round_timeout(&workers->round, now);
}
