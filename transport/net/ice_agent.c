/* A connection's path by libnice. A restart makes a second attempt, with new sockets (the old ones do not work when the
 * network has changed); the old path is used until the new one works.
 *
 *   NEW -> CONNECTED             a pair was chosen
 *   NEW -> FAILED                all checks failed
 *   CONNECTED -> DISCONNECTED    media or reports have stopped, or 50 s without an answer to a check
 *   DISCONNECTED -> CONNECTED    it came back, or a restart worked
 *   DISCONNECTED -> FAILED       after GRACE_MS
 *   FAILED -> NEW                a restart began */
#include "transport/net/ice_agent.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/agent_intake.h"
#include "transport/net/candidate.h"
#include "transport/net/clock.h"
#include "transport/net/connection_limits.h"
#include "transport/net/glib_bridge.h"
#include "transport/net/nice_attempt.h"
#include "transport/net/tcp_attempts.h"
#include "transport/net/threads.h"
#include "transport/net/turn_tunnel.h"

#define WATCH_MS 500
#define FLOW 4             /* datagrams between two checks: media or its reports are flowing */
#define BUSY_FLOW 20       /* so many do not stop without a report (BYE, RR) in between */
#define OVER_AFTER_LOOKS 4 /* after so many checks with reports only, media has stopped: then silence means nothing */
#define SILENT_AFTER_LOOKS 10 /* reports come more often than this, even with losses */
#define SILENT_AFTER_BUSY 6
#define GRACE_MS 25000 /* together with the silence before it, the 30 s of RFC 7675 */

/* A local candidate that the listener has not been told yet. */
struct found {
    struct found *next;
    struct attempt *of;
    char *text; /* NULL: no more */
};

struct ice_agent {
    struct ice ice; /* first */
    struct glib_bridge *bridge;
    struct ice_listener listener;
    struct ice_agent_config config; /* without credentials and servers */
    char bind_texts[8][64];
    struct ice_server servers[ICE_SERVERS_MAX];
    size_t server_count;
    char server_names[ICE_SERVERS_MAX][256]; /* as configured: their certificates must have these names */
    struct turn_tunnel *tunnels[ICE_SERVERS_MAX];
    unsigned resolving;
    struct resolution *resolutions;
    struct attempt *current, *next; /* next: NULL, or a restart that has not connected yet */
    struct tcp_attempts tcp;        /* beside the newer of these two, while it has not connected */
    bool is_remote_lite;
    bool must_gather;
    enum ice_state state; /* as told to the listener */
    bool was_connected, is_grace_over;
    GSource *grace;
    GSource *watch;
    struct budget datagrams;
    unsigned heard, quiet_looks, thin_looks; /* datagrams since the last check; checks without any, or with few */
    bool is_flowing, is_busy, is_silent;
    struct found *found, **found_end;
    struct glib_deferred deferred;
    bool *is_freed; /* set while the listener is being called */
};

/* A server's name that is being resolved. It may outlive its agent. */
struct resolution {
    uv_getaddrinfo_t request;
    struct ice_agent *agent; /* NULL: freed */
    struct resolution *next;
    size_t server;
};

static struct ice_agent *agent_of(struct ice *ice)
{
    return (struct ice_agent *)ice;
}

static void wake(struct ice_agent *agent)
{
    glib_bridge_defer(agent->bridge, &agent->deferred);
}

static struct attempt *newest(const struct ice_agent *agent)
{
    return agent->next != NULL ? agent->next : agent->current;
}

/* From the attempts */

static void on_datagram(void *user, uint8_t *data, size_t length)
{
    struct ice_agent *agent = user;
    agent->heard++;
    if (agent->is_silent) {
        agent->is_silent = false;
        wake(agent);
    }
    usec_t now = clock_now();
    if (budget_take(&agent->datagrams, &connection_datagrams_limit, 1, now))
        agent->listener.datagram(agent->listener.user, data, length, now);
    else
        glib_bridge_intake(agent->bridge)->datagrams_over_budget++;
}

static void on_changed(void *user)
{
    wake(user);
}

static void on_candidate(void *user, struct attempt *of, const char *text)
{
    struct ice_agent *agent = user;
    struct found *found = mem_alloc(sizeof *found);
    found->of = of;
    found->text = mem_text(text);
    *agent->found_end = found;
    agent->found_end = &found->next;
    wake(agent);
}

/* What a lite peer has no use for. */
static void ignore_candidate(void *user, struct attempt *of, const char *text)
{
    (void)user, (void)of, (void)text;
}

static struct attempt *make_attempt(struct ice_agent *agent, const struct ice_credentials *local)
{
    struct attempt_owner owner = {on_datagram, on_changed, on_candidate, agent};
    struct attempt *attempt = attempt_new(agent->bridge, &agent->config, local, &owner);
    if (attempt != NULL) {
        agent->must_gather = true;
        wake(agent);
    }
    return attempt;
}

/* Calls of the listener: all from the loop, by deliver() */

static struct found *take_found(struct ice_agent *agent)
{
    struct found *found = agent->found;
    if (found == NULL)
        return NULL;
    agent->found = found->next;
    if (agent->found == NULL)
        agent->found_end = &agent->found;
    return found;
}

static void free_found(struct found *found)
{
    free(found->text);
    free(found);
}

static void drop_found(struct ice_agent *agent)
{
    struct found *found;
    while ((found = take_found(agent)) != NULL)
        free_found(found);
}

/* Timers and the state */

static void start_timer(struct ice_agent *agent, GSource **timer, guint after_ms, GSourceFunc call)
{
    if (*timer != NULL)
        return;
    *timer = g_timeout_source_new(after_ms);
    g_source_set_callback(*timer, call, agent, NULL);
    g_source_attach(*timer, glib_bridge_context(agent->bridge));
}

static void stop_timer(GSource **timer)
{
    if (*timer == NULL)
        return;
    g_source_destroy(*timer);
    g_source_unref(*timer);
    *timer = NULL;
}

/* Only a path that had media is judged by silence; others are left to libnice's checks. */
static gboolean on_watch(gpointer user)
{
    struct ice_agent *agent = user;
    agent->quiet_looks = agent->heard > 0 ? 0 : agent->quiet_looks + 1;
    agent->thin_looks = agent->heard >= FLOW ? 0 : agent->thin_looks + 1;
    if (agent->heard > 0) {
        agent->is_flowing = agent->heard >= FLOW || (agent->is_flowing && agent->thin_looks < OVER_AFTER_LOOKS);
        agent->is_busy = agent->heard >= BUSY_FLOW;
    }
    agent->heard = 0;
    if (agent->is_flowing && agent->quiet_looks >= (agent->is_busy ? SILENT_AFTER_BUSY : SILENT_AFTER_LOOKS)) {
        agent->is_flowing = false; /* told once */
        agent->is_silent = true;
        wake(agent);
    }
    return G_SOURCE_CONTINUE;
}

static void stop_grace(struct ice_agent *agent)
{
    agent->is_grace_over = false;
    stop_timer(&agent->grace);
}

static gboolean on_grace_over(gpointer user)
{
    struct ice_agent *agent = user;
    agent->is_grace_over = true;
    wake(agent);
    return G_SOURCE_REMOVE;
}

/* The first path that works with the newest credentials is kept. */
static void settle_tcp(struct ice_agent *agent)
{
    struct attempt **newer = agent->next != NULL ? &agent->next : &agent->current;
    if (!attempt_is_connected(*newer)) {
        struct attempt *over_tcp = tcp_attempts_take_connected(&agent->tcp);
        if (over_tcp == NULL)
            return;
        attempt_close(*newer);
        *newer = over_tcp;
        agent->must_gather = false; /* should a server's name still be looked up */
    }
    tcp_attempts_close(&agent->tcp);
}

/* The state, from that of the attempts. */
static enum ice_state judge(struct ice_agent *agent)
{
    settle_tcp(agent);
    if (agent->next != NULL && attempt_is_connected(agent->next)) {
        attempt_close(agent->current);
        agent->current = agent->next;
        agent->next = NULL;
        agent->is_flowing = agent->is_silent = false;
    }
    if (attempt_is_connected(agent->current) && !agent->is_silent) {
        agent->was_connected = true;
        start_timer(agent, &agent->watch, WATCH_MS, on_watch);
        stop_grace(agent);
        return ICE_CONNECTED;
    }
    if (!agent->was_connected)
        return attempt_has_failed(newest(agent)) && tcp_attempts_have_failed(&agent->tcp) ? ICE_FAILED : ICE_NEW;
    if (agent->is_grace_over)
        return ICE_FAILED;
    start_timer(agent, &agent->grace, GRACE_MS, on_grace_over);
    return ICE_DISCONNECTED;
}

/* libnice is given a server on loopback instead of one over TCP or TLS. */
static void open_tunnel(struct ice_agent *agent, size_t i)
{
    struct ice_server *server = &agent->servers[i];
    if (!server->is_turn || server->transport == ICE_SERVER_UDP || server->host[0] == '\0' || agent->tunnels[i] != NULL)
        return;
    bool is_tls = server->transport == ICE_SERVER_TLS;
    agent->tunnels[i] = turn_tunnel_new(glib_bridge_loop(agent->bridge), server->host, server->port,
                                        is_tls ? agent->server_names[i] : NULL);
    if (agent->tunnels[i] == NULL) {
        log_warning("ice", "a TURN server over %s cannot be used", is_tls ? "TLS" : "TCP");
        server->host[0] = '\0';
        return;
    }
    snprintf(server->host, sizeof server->host, "%s", turn_tunnel_host(agent->tunnels[i]));
    server->port = turn_tunnel_port(agent->tunnels[i]);
    server->transport = ICE_SERVER_TCP;
}

static void gather(struct ice_agent *agent)
{
    if (!agent->must_gather || agent->resolving > 0)
        return;
    agent->must_gather = false;
    for (size_t i = 0; i < agent->server_count; i++)
        open_tunnel(agent, i);
    if (attempt_gather(newest(agent), agent->servers, agent->server_count) != 0) {
        log_warning("ice", "no local candidates can be gathered");
        on_candidate(agent, newest(agent), NULL);
    }
}

static void deliver(struct glib_deferred *deferred)
{
    struct ice_agent *agent = (struct ice_agent *)((char *)deferred - offsetof(struct ice_agent, deferred));
    bool is_freed = false;
    struct found *found;
    agent->is_freed = &is_freed;
    gather(agent);
    while (!is_freed && (found = take_found(agent)) != NULL) {
        if (found->of == newest(agent)) /* candidates of the old attempt are of no use after a restart */
            agent->listener.candidate(agent->listener.user, found->text);
        free_found(found);
    }
    if (is_freed)
        return;
    enum ice_state state = judge(agent);
    if (state != agent->state) {
        agent->state = state;
        agent->listener.state(agent->listener.user, state, clock_now());
    }
    if (!is_freed)
        agent->is_freed = NULL;
}

/* Names of servers */

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct resolution *resolution = (struct resolution *)request;
    struct ice_agent *agent = resolution->agent;
    if (agent != NULL) {
        struct ice_server *server = &agent->servers[resolution->server];
        struct resolution **at = &agent->resolutions;
        while (*at != resolution)
            at = &(*at)->next;
        *at = resolution->next;
        if (status != 0 || getnameinfo(found->ai_addr, found->ai_addrlen, server->host, sizeof server->host, NULL, 0,
                                       NI_NUMERICHOST) != 0) {
            log_warning("ice", "a STUN or TURN server's name is not known");
            server->host[0] = '\0';
        }
        agent->resolving--;
        wake(agent);
    }
    uv_freeaddrinfo(found);
    free(resolution);
}

static bool is_numeric(const char *host)
{
    struct in6_addr address;
    return uv_inet_pton(AF_INET, host, &address) == 0 || uv_inet_pton(AF_INET6, host, &address) == 0;
}

static void resolve(struct ice_agent *agent, size_t server)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct resolution *resolution = mem_alloc(sizeof *resolution);
    resolution->agent = agent;
    resolution->server = server;
    if (!threads_for_lookups() || uv_getaddrinfo(glib_bridge_loop(agent->bridge), &resolution->request, on_resolved,
                                                 agent->servers[server].host, NULL, &hints) != 0) {
        log_warning("ice", "the name of a STUN or TURN server cannot be looked up");
        agent->servers[server].host[0] = '\0';
        free(resolution);
        return;
    }
    resolution->next = agent->resolutions;
    agent->resolutions = resolution;
    agent->resolving++;
}

static void take_servers(struct ice_agent *agent, const struct ice_agent_config *config)
{
    for (size_t i = 0; i < config->server_count && agent->server_count < ICE_SERVERS_MAX; i++) {
        agent->servers[agent->server_count] = config->servers[i];
        memcpy(agent->server_names[agent->server_count], config->servers[i].host, sizeof agent->server_names[0]);
        if (!is_numeric(config->servers[i].host))
            resolve(agent, agent->server_count);
        agent->server_count++;
    }
}

void ice_agent_set_servers(struct ice *ice, const struct ice_server *servers, size_t count)
{
    struct ice_agent *agent = agent_of(ice);
    for (size_t i = 0; i < agent->server_count && i < count; i++) {
        if (strcmp(agent->server_names[i], servers[i].host) != 0 || agent->servers[i].is_turn != servers[i].is_turn)
            continue;
        memcpy(agent->servers[i].username, servers[i].username, sizeof agent->servers[i].username);
        memcpy(agent->servers[i].password, servers[i].password, sizeof agent->servers[i].password);
    }
}

/* The operations */

static bool same(const struct ice_credentials *a, const struct ice_credentials *b)
{
    return strcmp(a->ufrag, b->ufrag) == 0 && strcmp(a->pwd, b->pwd) == 0;
}

static int restart(struct ice_agent *agent, const struct ice_credentials *local)
{
    struct attempt *attempt = make_attempt(agent, local);
    if (attempt == NULL)
        return ERR_INVALID;
    bool is_dead = agent->state == ICE_FAILED;
    drop_found(agent); /* of attempts that are about to be closed */
    tcp_attempts_close(&agent->tcp);
    stop_grace(agent);
    attempt_close(agent->next);
    agent->next = NULL;
    if (!is_dead) {
        agent->next = attempt;
        return 0;
    }
    attempt_close(agent->current);
    agent->current = attempt;
    agent->was_connected = agent->is_flowing = agent->is_silent = false;
    return 0;
}

static int op_set_local(struct ice *ice, const struct ice_credentials *local)
{
    struct ice_agent *agent = agent_of(ice);
    return same(attempt_local(newest(agent)), local) ? 0 : restart(agent, local);
}

static int op_set_remote(struct ice *ice, const struct ice_credentials *remote)
{
    struct ice_agent *agent = agent_of(ice);
    const struct ice_credentials *known = attempt_remote(newest(agent));
    if (known != NULL && same(known, remote))
        return 0;
    if (known != NULL) { /* the remote peer restarted by itself */
        struct ice_credentials local = *attempt_local(newest(agent));
        int error = restart(agent, &local);
        if (error != 0)
            return error;
    }
    return attempt_set_remote(newest(agent), remote);
}

static int op_add_candidate(struct ice *ice, const char *candidate)
{
    struct ice_agent *agent = agent_of(ice);
    struct attempt *beside = newest(agent);
    const struct ice_credentials *remote = attempt_remote(beside);
    struct attempt_owner owner = {on_datagram, on_changed, ignore_candidate, agent};
    if (!agent->is_remote_lite || agent->config.relay_only || remote == NULL || !candidate_is_tcp(candidate))
        return attempt_add_candidate(beside, candidate);
    if (!agent->config.tcp)
        return ERR_UNSUPPORTED;
    if (attempt_is_connected(beside))
        return 0;
    return tcp_attempts_add(&agent->tcp, agent->bridge, &agent->config, attempt_local(beside), remote, candidate,
                            &owner);
}

void ice_agent_set_remote_lite(struct ice *ice)
{
    agent_of(ice)->is_remote_lite = true;
}

static size_t op_send(struct ice *ice, const struct ice_message *messages, size_t count)
{
    struct ice_agent *agent = agent_of(ice);
    return attempt_is_connected(agent->current) ? attempt_send(agent->current, messages, count) : 0;
}

static enum ice_state op_state(const struct ice *ice)
{
    return ((const struct ice_agent *)ice)->state;
}

static const char *op_path_kind(const struct ice *ice)
{
    return attempt_path_kind(((const struct ice_agent *)ice)->current);
}

static void op_free(struct ice *ice)
{
    struct ice_agent *agent = agent_of(ice);
    if (agent->is_freed != NULL)
        *agent->is_freed = true;
    glib_bridge_forget(agent->bridge, &agent->deferred);
    stop_timer(&agent->grace);
    stop_timer(&agent->watch);
    for (struct resolution *r = agent->resolutions; r != NULL; r = r->next) {
        r->agent = NULL;
        uv_cancel((uv_req_t *)&r->request); /* its callback is called nevertheless */
    }
    tcp_attempts_close(&agent->tcp);
    attempt_close(agent->next);
    attempt_close(agent->current);
    for (size_t i = 0; i < agent->server_count; i++)
        turn_tunnel_free(agent->tunnels[i]);
    drop_found(agent);
    free(agent);
}

static bool op_is_settled(const struct ice *ice)
{
    return op_state(ice) == ICE_CONNECTED && ((const struct ice_agent *)ice)->next == NULL;
}

static const struct ice_ops agent_ops = {
    .send = op_send,
    .set_remote = op_set_remote,
    .set_local = op_set_local,
    .add_candidate = op_add_candidate,
    .state = op_state,
    .path_kind = op_path_kind,
    .is_settled = op_is_settled,
    .free = op_free,
};

/* The texts are kept, since a restart binds to the addresses again. */
static void copy_config(struct ice_agent *agent, const struct ice_agent_config *config)
{
    agent->config = *config;
    agent->config.servers = NULL;
    agent->config.server_count = 0;
    for (size_t i = 0; i < 8 && config->bind_addresses[i] != NULL; i++) {
        snprintf(agent->bind_texts[i], sizeof agent->bind_texts[i], "%s", config->bind_addresses[i]);
        agent->config.bind_addresses[i] = agent->bind_texts[i];
    }
}

struct ice *ice_agent_new(struct glib_bridge *bridge, const struct ice_agent_config *config,
                          const struct ice_listener *listener)
{
    struct ice_agent *agent = mem_alloc(sizeof *agent);
    agent->ice.ops = &agent_ops;
    agent->bridge = bridge;
    agent->listener = *listener;
    agent->found_end = &agent->found;
    agent->deferred.run = deliver;
    copy_config(agent, config);
    agent->current = make_attempt(agent, &config->local);
    if (agent->current == NULL) {
        op_free(&agent->ice);
        return NULL;
    }
    take_servers(agent, config);
    return &agent->ice;
}
