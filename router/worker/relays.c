#include "router/worker/relays.h"

#include <stdlib.h>

#include "router/relay.h"
#include "router/worker/relay_rings.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"

#define MESSAGES_PER_TURN 1024

/* The endpoint of another worker has that worker's number. */
void worker_open_relays(struct worker *worker)
{
    struct relay_rings *rings = worker->config.relay_rings;
    if (rings == NULL)
        return;
    relay_rings_attach(rings, worker->config.index, &worker->wake_up);
    worker->endpoint_count = relay_rings_workers(rings);
    worker->endpoints = mem_array(worker->endpoint_count, sizeof *worker->endpoints);
    for (unsigned to = 0; to < worker->endpoint_count; to++)
        worker->endpoints[to] = relay_rings_endpoint(rings, worker->config.index, to);
}

void worker_close_relays(struct worker *worker)
{
    free(worker->endpoints);
}

void worker_send_relays(struct worker *worker)
{
    struct relay_outgoing message;
    if (!router_has_relay(worker->host.router))
        return;
    while (router_poll_relay(worker->host.router, &message)) {
        CHECK(message.to < worker->endpoint_count);
        const struct relay_endpoint *endpoint = &worker->endpoints[message.to];
        router_relay_sent(worker->host.router, endpoint->ops->send(endpoint->user, message.head, message.body));
    }
    for (size_t i = 0; i < worker->endpoint_count; i++)
        worker->endpoints[i].ops->flush(worker->endpoints[i].user);
}

/* Messages about participants that are gone are ignored; the core counts malformed ones. */
void worker_take_relays(struct worker *worker, usec_t now)
{
    struct relay_rings *rings = worker->config.relay_rings;
    struct relay_received received;
    for (unsigned i = 0; rings != NULL && relay_rings_next(rings, worker->config.index, &received); i++) {
        const struct span *message = &received.message;
        (void)router_take_relay(worker->host.router, received.from, message->data, message->length, now);
        relay_rings_done(rings, worker->config.index, &received);
        if (i == MESSAGES_PER_TURN) { /* the loop serves the sockets first */
            uv_async_send(&worker->wake_up);
            return;
        }
    }
}
