#include "router/worker/owner_events.h"

#include <stdio.h>

#include "router/worker/event_message.h"
#include "transport/base/check.h"
#include "transport/net/agent_intake.h"
#include "transport/net/candidate.h"
#include "transport/net/clock.h"
#include "transport/net/glib_bridge.h"
#include "transport/net/ice_port.h"
#include "transport/peer/identity.h"

static void tell(struct worker *worker, const struct worker_event *event)
{
    struct mail *mail = mail_new(worker_event_size(event));
    int length = worker_event_write(event, mail->data, mail->length);
    CHECK(length > 0);
    mail->length = (size_t)length;
    mailbox_push(&worker->events, mail);
    worker->wake_owner(worker->owner);
}

void worker_tell_connection(struct connection_host *host, connection_id id, enum worker_event_type type, int error,
                            const char *text)
{
    struct worker_event event = {.type = type, .connection = id, .error = error};
    snprintf(event.text, sizeof event.text, "%s", text);
    tell((struct worker *)host, &event);
}

/* The first candidates of every connection (--ice=lite): UDP, without UDP the TCP ones. */
static void tell_own_candidates(struct worker *worker)
{
    char candidates[WORKER_CANDIDATES_MAX][ICE_CANDIDATE_MAX];
    size_t count = ice_port_candidates(worker->host.port, candidates, WORKER_CANDIDATES_MAX), udp = 0;
    while (udp < count && !candidate_is_tcp(candidates[udp]))
        udp++;
    for (size_t i = 0; i < (udp > 0 ? udp : count); i++)
        worker_tell_connection(&worker->host, 0, WORKER_CANDIDATE, 0, candidates[i]);
}

void worker_tell_ready(struct worker *worker)
{
    if (worker->host.port != NULL)
        tell_own_candidates(worker);
    worker_tell_connection(&worker->host, 0, WORKER_READY, 0, identity_fingerprint(worker->host.identity));
}

/* They may name a connection that is gone by now: its id is not used again. */
static void tell_router_events(struct worker *worker)
{
    struct worker_event event = {.type = WORKER_ROUTER};
    while (router_poll_event(worker->host.router, &event.router)) {
        event.connection = event.router.connection;
        tell(worker, &event);
    }
}

void worker_tell_stats(struct worker *worker, uint64_t request)
{
    struct router_stats router;
    router_get_stats(worker->host.router, &router);
    struct worker_stats *stats = worker_stats_new(worker->host.connections.count, router.publications, router.slots);
    stats->router = router;
    stats->worker = worker->config.index;
    stats->request = request;
    stats->cpu_ns = clock_thread_cpu_ns();
    stats->srtp_errors = worker->host.srtp_errors;
    stats->dtls_errors = worker->host.dtls_errors;
    stats->malformed = worker->host.malformed;
    stats->rtcp_over_budget = worker->host.rtcp_over_budget;
    stats->data_errors = worker->host.data_errors;
    stats->dtls_dropped = worker->host.dtls_dropped;
    if (worker->host.port != NULL) {
        const struct ice_port_stats *port = ice_port_get_stats(worker->host.port);
        stats->datagrams_in = port->datagrams;
        stats->datagrams_out = port->sent_datagrams;
        stats->messages_out = port->sent_messages;
        stats->send_calls = port->send_calls;
        stats->receive_calls = port->receive_calls;
        stats->malformed += port->malformed + port->unknown_source;
        stats->bad_checks = port->bad_checks + port->unknown_ufrag;
        stats->path_proofs = port->proofs;
        stats->bad_answers = port->bad_answers;
        stats->withheld = port->withheld;
        stats->checks_over_budget = port->checks_over_budget;
        stats->datagrams_over_budget = port->datagrams_over_budget;
        stats->socket_drops = port->socket_drops;
        stats->tcp_pauses = port->tcp_pauses;
        stats->tcp_accepted = port->tcp_accepted;
        stats->tcp_bad_frames = port->tcp_bad_frames;
        stats->tcp_unproven = port->tcp_unproven;
    }
    if (worker->host.bridge != NULL) {
        const struct agent_intake *intake = glib_bridge_intake(worker->host.bridge);
        stats->checks_over_budget += intake->checks_over_budget;
        stats->datagrams_over_budget += intake->datagrams_over_budget;
    }
    struct connection *connection;
    for (size_t at = 0; (connection = map_next(&worker->host.connections, &at)) != NULL;)
        connection_add_stats(connection, stats);
    tell(worker, &(struct worker_event){.type = WORKER_STATS, .stats = stats});
    worker_stats_free(stats);
}

void worker_reap(struct worker *worker, usec_t now)
{
    struct connection *connection;
    tell_router_events(worker);
    while ((connection = connections_take_dead(&worker->host)) != NULL) {
        map_remove(&worker->host.connections, connection_get_id(connection));
        connection_free(connection, now);
    }
}
