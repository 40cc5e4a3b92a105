#include "router/worker/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "router/relay.h"
#include "router/worker/carry_out.h"
#include "router/worker/egress.h"
#include "router/worker/event_message.h"
#include "router/worker/owner_events.h"
#include "router/worker/packet_trace.h"
#include "router/worker/relays.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"
#include "transport/net/glib_bridge.h"
#include "transport/net/ice_port.h"
#include "transport/peer/identity.h"

#define COMMANDS_TIME (1 * USEC_PER_MSEC) /* of one turn of the loop */
/* A worker that is so busy sends a subscriber the packets of a picture together. That costs less, so that all wait less
 * for each other; an idle one would only send later. */
#define LOAD_INTERVAL (100 * USEC_PER_MSEC)
#define BUSY_PERCENT 60
#define PICTURE_WAIT (2 * USEC_PER_MSEC)
/* The same for data channels: a few full packets of SCTP, not one that is half full. */
#define DATA_WAIT (4 * USEC_PER_MSEC)

static void on_timer(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    usec_t now = clock_now();
    connections_timeout(&worker->host, now);
    router_timeout(worker->host.router, now, clock_ntp_us());
}

/* When queued packets are sent: at once after a pause, else together with all that comes within the egress window. */
static usec_t next_flush(const struct worker *worker)
{
    return router_has_output(worker->host.router) ? worker->last_flush + worker->config.egress_window : USEC_NEVER;
}

/* Sends all media that the core has, and notes whose data channels have something to send. */
static void flush(struct worker *worker, usec_t now)
{
    struct participant *participant;
    int64_t before = clock_now_ns();
    while ((participant = router_poll(worker->host.router)) != NULL) {
        struct connection *connection = connection_of(participant);
        egress_flush(worker->host.egress, participant, connection_outlet(connection), now);
        connection_want_data(connection);
        int64_t after = clock_now_ns();
        connection_charge(connection, after - before);
        before = after;
    }
    egress_hand_over(worker->host.egress);
}

static void flush_due(struct worker *worker, usec_t now)
{
    worker_send_relays(worker);
    if (next_flush(worker) > now) {
        egress_hand_over(worker->host.egress);
        return;
    }
    flush(worker, now);
    worker->last_flush = now;
}

/* Media first, then data channels. */
static void take_turns(struct worker *worker, usec_t now)
{
    flush_due(worker, now);
    if (data_turns_next(&worker->turns) > now)
        return;
    data_turns_receive(&worker->turns, now);
    flush_due(worker, now); /* notes for whom messages came */
    data_turns_send(&worker->turns, now);
    egress_hand_over(worker->host.egress);
}

static void arm_timer(struct worker *worker, usec_t now)
{
    usec_t next = usec_min(router_next(worker->host.router), connections_next(&worker->host));
    next = usec_min(next, usec_min(next_flush(worker), data_turns_next(&worker->turns)));
    if (router_has_relay(worker->host.router))
        next = usec_min(next, now + RELAY_RETRY);
    if (next == USEC_NEVER) {
        uv_timer_stop(&worker->timer);
        return;
    }
    /* Rounded up: libuv counts milliseconds, and with a timer that fires too early the loop would spin. */
    uint64_t delay_ms = next <= now ? 0 : (uint64_t)((next - now + 999) / 1000);
    uv_timer_start(&worker->timer, on_timer, delay_ms, 0);
}

static void look_at_load(struct worker *worker, usec_t now)
{
    if (now - worker->load_at < LOAD_INTERVAL)
        return;
    usec_t idle = (usec_t)(uv_metrics_idle_time(&worker->loop) / 1000);
    bool is_busy = (idle - worker->idle_at) * 100 < (now - worker->load_at) * (100 - BUSY_PERCENT);
    router_hold_pictures(worker->host.router, is_busy ? PICTURE_WAIT : 0);
    worker->turns.wait = is_busy ? DATA_WAIT : 0;
    worker->load_at = now;
    worker->idle_at = idle;
}

static void on_batch_end(void *user, usec_t now)
{
    take_turns(user, now);
}

/* Once for each turn of the loop: what timers, commands and ICE agents caused is sent before the thread sleeps, or soon
 * after. */
static void on_before_sleep(uv_prepare_t *prepare)
{
    struct worker *worker = prepare->data;
    usec_t now = clock_now();
    uv_update_time(&worker->loop);
    take_turns(worker, now);
    look_at_load(worker, now);
    worker_reap(worker, now);
    arm_timer(worker, now);
}

/* Stops after a while, so that the loop serves the sockets, too. */
static void carry_out_commands(struct worker *worker, usec_t now)
{
    struct mail *mail;
    while (!worker->is_stopping && (mail = mailbox_pop(&worker->commands)) != NULL) {
        worker_carry_out(worker, mail->data, mail->length, clock_now());
        free(mail);
        if (clock_now() - now >= COMMANDS_TIME) {
            uv_async_send(&worker->wake_up);
            return;
        }
    }
}

static void on_wake_up(uv_async_t *async)
{
    struct worker *worker = async->data;
    usec_t now = clock_now();
    carry_out_commands(worker, now);
    worker_take_relays(worker, now);
}

static int make_identity(struct worker *worker)
{
    worker->host.identity = identity_new(clock_wall_us());
    if (worker->host.identity != NULL)
        return 0;
    log_error("worker", "cannot make a certificate");
    return ERR_INVALID;
}

static int open_ports(struct worker *worker)
{
    char why[ICE_PORT_WHY_MAX];
    struct worker_config *config = &worker->config;
    if (config->ice == WORKER_ICE_FULL) {
        worker->host.bridge = glib_bridge_new(&worker->loop);
        if (worker->host.bridge != NULL)
            return 0;
        log_error("worker", "cannot start the loop of the ICE agents: it gets no thread, or no descriptor");
        return ERR_NO_MEMORY;
    }
    struct ice_port_config port = {
        .bind_address = config->bind_address,
        .port = config->port,
        .udp = config->udp,
        .tcp = config->tcp,
        .consent_timeout = 30 * USEC_PER_SEC,
        .batch_end = on_batch_end,
        .user = worker,
    };
    memcpy(port.advertised, config->public_ips, sizeof port.advertised);
    int error = ice_port_new(&worker->host.port, &worker->loop, &port, why);
    if (error != 0 && config->index == 0)
        log_error("worker", "%s (--media-port)", why);
    else if (error != 0)
        log_error("worker", "%s (--media-port + %u, of worker %u)", why, config->index, config->index);
    return error;
}

static void close_ports(struct worker *worker)
{
    if (worker->host.port != NULL)
        ice_port_free(worker->host.port);
    if (worker->host.bridge != NULL)
        glib_bridge_free(worker->host.bridge);
}

static void close_loop(struct worker *worker)
{
    uv_close((uv_handle_t *)&worker->wake_up, NULL);
    uv_close((uv_handle_t *)&worker->timer, NULL);
    uv_close((uv_handle_t *)&worker->before_sleep, NULL);
    while (uv_run(&worker->loop, UV_RUN_DEFAULT) != 0)
        ;
    int error = uv_loop_close(&worker->loop);
    CHECK(error == 0);
}

void worker_stop(struct worker *worker)
{
    if (worker == NULL)
        return;
    worker_post_stop(worker);
    pthread_join(worker->thread, NULL);
}

void worker_free(struct worker *worker)
{
    usec_t now = clock_now();
    if (worker == NULL)
        return;
    struct connection *connection;
    for (size_t at = 0; (connection = map_next(&worker->host.connections, &at)) != NULL;)
        connection_free(connection, now);
    close_ports(worker);
    close_loop(worker);
    egress_free(worker->host.egress);
    data_turns_fini(&worker->turns);
    packet_trace_close(worker->host.packet_trace);
    router_free(worker->host.router);
    identity_release(worker->host.identity);
    map_fini(&worker->host.connections);
    worker_close_relays(worker);
    mailbox_fini(&worker->commands);
    mailbox_fini(&worker->events);
    free(worker);
}

static void *run(void *user)
{
    struct worker *worker = user;
    char name[16];
    snprintf(name, sizeof name, "worker-%u", worker->config.index);
    pthread_setname_np(pthread_self(), name);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    return NULL;
}

/* These calls fail only if there are no descriptors left. */
static int open_loop(struct worker *worker)
{
    int result = uv_loop_init(&worker->loop);
    if (result == 0 && (result = uv_async_init(&worker->loop, &worker->wake_up, on_wake_up)) < 0)
        (void)uv_loop_close(&worker->loop);
    if (result < 0) {
        log_error("worker", "cannot start an event loop: %s", uv_strerror(result));
        return ERR_IO;
    }
    uv_loop_configure(&worker->loop, UV_METRICS_IDLE_TIME);
    uv_timer_init(&worker->loop, &worker->timer);
    uv_prepare_init(&worker->loop, &worker->before_sleep);
    uv_prepare_start(&worker->before_sleep, on_before_sleep);
    worker->wake_up.data = worker->timer.data = worker->before_sleep.data = worker;
    return 0;
}

static struct packet_trace *open_packet_trace(const struct worker_config *config)
{
    char path[4096];
    if (config->packet_trace == NULL)
        return NULL;
    if (config->index == 0)
        snprintf(path, sizeof path, "%s", config->packet_trace);
    else
        snprintf(path, sizeof path, "%s.%u", config->packet_trace, config->index);
    return packet_trace_open(path);
}

int worker_start(struct worker **out, const struct worker_config *config, void (*wake)(void *user), void *user)
{
    uint64_t seed;
    struct worker *worker = mem_alloc(sizeof *worker);
    worker->config = *config;
    worker->wake_owner = wake;
    worker->owner = user;
    map_init(&worker->host.connections);
    mailbox_init(&worker->commands);
    mailbox_init(&worker->events);
    if (open_loop(worker) < 0) {
        mailbox_fini(&worker->commands);
        mailbox_fini(&worker->events);
        free(worker);
        return ERR_IO;
    }
    worker_open_relays(worker);
    data_turns_init(&worker->turns, &worker->host);
    random_secure(&seed, sizeof seed);
    worker->host.config = &worker->config;
    worker->host.router = router_new(&config->router, seed);
    worker->host.tell = worker_tell_connection;
    worker->host.packet_trace = open_packet_trace(config);
    int error = config->packet_trace != NULL && worker->host.packet_trace == NULL ? ERR_IO : 0;
    int result;
    if (error == 0)
        error = make_identity(worker);
    if (error == 0)
        error = open_ports(worker);
    worker->host.egress = egress_new(worker->host.port);
    if (error == 0)
        worker_tell_ready(worker);
    if (error == 0 && (result = pthread_create(&worker->thread, NULL, run, worker)) != 0) {
        log_error("worker", "cannot start a thread: %s", strerror(result));
        error = ERR_NO_MEMORY;
    }
    if (error != 0) {
        worker_free(worker);
        return error;
    }
    *out = worker;
    return 0;
}

bool worker_poll(struct worker *worker, struct worker_event *event)
{
    struct mail *mail = mailbox_pop(&worker->events);
    if (mail == NULL)
        return false;
    int error = worker_event_read(event, mail->data, mail->length);
    CHECK(error == 0);
    event->worker = worker->config.index;
    free(mail);
    return true;
}
