#include "bench/swarm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/fine_timer.h"
#include "bench/participant_send.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/net/descriptors.h"

#define TICK_MS 1
#define TICK_GROUPS 50 /* each participant is ticked once in so many milliseconds, not all at once */
#define BATCHES_MAX 16 /* read before the timers get their turn */
#define SAMPLE_EVERY 32
#define SENDS_APART 50           /* microseconds in which nobody is looked at for packets to send */
#define DESCRIPTORS_OF_OTHERS 64 /* the loop, the sockets of media, libraries, logs that are read */
#define CHECK_INTERVAL (2 * USEC_PER_MSEC)

struct swarm {
    struct bench_participant_host host;
    uv_loop_t loop;
    uv_poll_t poll;
    uv_timer_t timer;
    struct fine_timer sender;
    size_t count, capacity, most;
    struct bench_participant **participants;
    usec_t *next_sends, next_send; /* of each participant; the first of them */
    unsigned group;
    uint64_t seed;
};

static void on_datagram(void *user, unsigned client, uint8_t *data, size_t length, usec_t arrival)
{
    struct swarm *swarm = user;
    if (client < swarm->count)
        bench_participant_datagram(swarm->participants[client], data, length, arrival);
}

/* Sends what is due of all participants: `look_at_all` also at those that had nothing to send the last time. */
static void send_due(struct swarm *swarm, bool look_at_all)
{
    usec_t now = clock_now(), next = USEC_NEVER;
    if (now < swarm->next_send && !look_at_all)
        return;
    for (size_t i = 0; i < swarm->count; i++) {
        if (swarm->next_sends[i] <= now || look_at_all)
            swarm->next_sends[i] = bench_participant_send(swarm->participants[i], now);
        next = usec_min(next, swarm->next_sends[i]);
    }
    swarm->next_send = next == USEC_NEVER ? next : usec_max(next, now + SENDS_APART);
    fine_timer_set(&swarm->sender, next == USEC_NEVER ? next : swarm->next_send - clock_now());
}

static void on_send_time(void *user)
{
    send_due(user, false);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct swarm *swarm = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < BATCHES_MAX && swarm_socket_receive(swarm->host.socket, on_datagram, swarm) > 0; i++)
        send_due(swarm, false); /* what is received does not delay what is sent */
}

static void on_tick(uv_timer_t *timer)
{
    struct swarm *swarm = timer->data;
    usec_t now = clock_now();
    swarm->group = (swarm->group + 1) % TICK_GROUPS;
    for (size_t i = swarm->group; i < swarm->count; i += TICK_GROUPS)
        bench_participant_tick(swarm->participants[i], now);
    send_due(swarm, true);
}

static int open_loop(struct swarm *swarm, const struct adapter_options *options)
{
    uint32_t first = options->clients != 0 ? options->clients : SWARM_LOOPBACK;
    struct bench_participant_host *host = &swarm->host;
    uv_loop_init(&swarm->loop);
    host->loop = &swarm->loop;
    host->identity = identity_new(clock_wall_us());
    if (host->identity == NULL || swarm_socket_new(&host->socket, first, options->gro) != 0 ||
        fine_timer_init(&swarm->sender, &swarm->loop, on_send_time, swarm) != 0)
        return ERR_IO;
    uv_poll_init(&swarm->loop, &swarm->poll, swarm_socket_fd(host->socket));
    swarm->poll.data = swarm;
    uv_poll_start(&swarm->poll, UV_READABLE, on_readable);
    uv_timer_init(&swarm->loop, &swarm->timer);
    swarm->timer.data = swarm;
    uv_timer_start(&swarm->timer, on_tick, TICK_MS, TICK_MS);
    return 0;
}

struct swarm *swarm_new(const struct adapter *adapter, const struct adapter_options *options, char *error, size_t size)
{
    struct swarm *swarm = mem_alloc(sizeof *swarm);
    swarm->host.adapter = adapter;
    swarm->host.srtp_profiles = options->srtp_profiles;
    swarm->host.sample_every = SAMPLE_EVERY;
    swarm->sender.fd = -1;
    random_secure(&swarm->seed, sizeof swarm->seed);
    size_t descriptors = descriptors_raise();
    swarm->most = descriptors > DESCRIPTORS_OF_OTHERS ? descriptors - DESCRIPTORS_OF_OTHERS : 0;
    if (swarm->most > SWARM_CLIENTS_MAX)
        swarm->most = SWARM_CLIENTS_MAX;
    if (!descriptors_are_free(DESCRIPTORS_OF_LOOP)) {
        snprintf(error, size, "too few open files are allowed: raise the limit (ulimit -n)");
        free(swarm);
        return NULL;
    }
    if (open_loop(swarm, options) != 0)
        snprintf(error, size, "cannot open the load generator's socket: %s", strerror(errno));
    else
        swarm->host.adapter_state = adapter->start(&swarm->loop, options, error, size);
    if (swarm->host.adapter_state != NULL)
        return swarm;
    swarm_free(swarm);
    return NULL;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void swarm_free(struct swarm *swarm)
{
    if (swarm == NULL)
        return;
    for (size_t i = 0; i < swarm->count; i++)
        bench_participant_free(swarm->participants[i]);
    swarm->count = 0; /* the loop still runs, and datagrams of participants that are freed are dropped */
    if (swarm->host.adapter_state != NULL)
        swarm->host.adapter->stop(swarm->host.adapter_state);
    uv_walk(&swarm->loop, close_handle, NULL);
    uv_run(&swarm->loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&swarm->loop) == 0);
    fine_timer_fini(&swarm->sender);
    swarm_socket_free(swarm->host.socket);
    if (swarm->host.identity != NULL)
        identity_release(swarm->host.identity);
    delays_fini(&swarm->host.delays);
    delays_fini(&swarm->host.message_delays);
    free(swarm->participants);
    free(swarm->next_sends);
    free(swarm);
}

struct bench_participant *swarm_add(struct swarm *swarm, const char *room, const char *name)
{
    CHECK(swarm->count < SWARM_CLIENTS_MAX);
    if (swarm->count == swarm->capacity) {
        swarm->capacity = swarm->capacity * 2 + 64;
        swarm->participants = mem_resize(swarm->participants, swarm->capacity, sizeof *swarm->participants);
        swarm->next_sends = mem_resize(swarm->next_sends, swarm->capacity, sizeof *swarm->next_sends);
    }
    swarm->next_sends[swarm->count] = USEC_NEVER;
    struct bench_participant *participant = bench_participant_new(&swarm->host, (unsigned)swarm->count, room, name,
                                                                  swarm->seed + (uint64_t)swarm->count * 7919);
    swarm->participants[swarm->count++] = participant;
    return participant;
}

size_t swarm_most(const struct swarm *swarm)
{
    return swarm->most;
}

size_t swarm_count(const struct swarm *swarm)
{
    return swarm->count;
}

struct bench_participant *swarm_participant(struct swarm *swarm, size_t index)
{
    return swarm->participants[index];
}

struct bench_participant_host *swarm_host(struct swarm *swarm)
{
    return &swarm->host;
}

pid_t swarm_server_pid(const struct swarm *swarm)
{
    return swarm->host.adapter->pid(swarm->host.adapter_state);
}

void swarm_run(struct swarm *swarm, usec_t duration)
{
    for (usec_t end = clock_now() + duration; clock_now() < end;)
        uv_run(&swarm->loop, UV_RUN_ONCE);
}

const char *swarm_error(const struct swarm *swarm)
{
    for (size_t i = 0; i < swarm->count; i++) {
        if (bench_participant_get_state(swarm->participants[i]) == BENCH_PARTICIPANT_FAILED)
            return bench_participant_error(swarm->participants[i]);
    }
    return "";
}

int swarm_until(struct swarm *swarm, bool (*is_done)(void *user), void *user, usec_t timeout)
{
    usec_t end = clock_now() + timeout, next_check = 0;
    for (;;) {
        usec_t now = clock_now();
        if (now >= next_check) { /* is_done() walks over all participants: it is not called after every datagram */
            if (swarm_error(swarm)[0] != '\0')
                return ERR_IO;
            if (is_done(user))
                return 0;
            if (now >= end)
                return ERR_TIMEOUT;
            next_check = now + CHECK_INTERVAL;
        }
        uv_run(&swarm->loop, UV_RUN_ONCE);
    }
}

void swarm_set_sending(struct swarm *swarm, bool sending)
{
    usec_t now = clock_now();
    for (size_t i = 0; i < swarm->count; i++)
        bench_participant_set_sending(swarm->participants[i], sending, now);
}

uint64_t swarm_lost(const struct swarm *swarm)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < swarm->count; i++)
        lost += bench_participant_lost(swarm->participants[i]);
    return lost;
}
