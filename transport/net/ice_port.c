#include "transport/net/ice_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/budget.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"
#include "transport/net/lite_core.h"
#include "transport/net/tcp.h"
#include "transport/net/udp.h"

#define BATCHES_PER_WAKE 4 /* then the loop does its other work first */
#define CONSENT_TIMEOUT_DEFAULT (30 * USEC_PER_SEC)
#define PORT_TRIES 8
#define TICK_MAX (100 * USEC_PER_MSEC)
#define TICK_MIN (10 * USEC_PER_MSEC)
#define RETRY_TICK_MS 20
#define TCP_TICK USEC_PER_SEC
#define TCP_PROOF_TIMEOUT (10 * USEC_PER_SEC)
#define SESSION_STREAMS_MAX 16

/* Budgets of checks from addresses without a session. A client sends some twenty checks a second while it connects; a
 * whole office may be behind one address. */
#define STRANGE_ADDRESSES 4096
static const struct budget_limit strange_checks_limit = {.per_second = 500, .burst = 1000};

struct ice_port {
    struct ice_port_config config;
    char addresses[8][INET6_ADDRSTRLEN];
    size_t address_count;
    uint16_t port;
    struct lite_core *core;
    struct udp *udp; /* NULL: off */
    struct tcp *tcp;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_timer_t retry_timer; /* runs while requests wait for their answers */
    usec_t tcp_tick_at;
    struct budget_table strange_checks; /* by address: STUN messages from 5-tuples of no session */
    size_t open_handles;
    size_t session_count;
    bool is_closing;
    struct ice_port_stats stats; /* counters of the sockets are added when it is read */
    struct ice_port_stats shown;
};

/* The session may be freed when this returns. */
static void report_state(const struct lite_session *session, usec_t now)
{
    const struct ice_listener *listener = lite_session_user(session);
    if (listener->state != NULL)
        listener->state(listener->user, lite_session_state(session), now);
}

static void report_check(const struct lite_session *session, usec_t now)
{
    const struct ice_listener *listener = lite_session_user(session);
    if (listener->heard != NULL && lite_session_state(session) == ICE_NEW)
        listener->heard(listener->user, now);
}

static void on_retry(uv_timer_t *timer);

static void send_to(struct ice_port *port, const struct path *to, const uint8_t *data, size_t length)
{
    if (to->stream == 0) {
        udp_send(port->udp, to, data, length);
        return;
    }
    tcp_send(port->tcp, to->stream, data, length);
}

void ice_port_carry_out(struct ice_port *port, usec_t now)
{
    struct lite_output out;
    while (lite_core_poll(port->core, now, &out)) {
        if (out.type == LITE_CLOSE_STREAM)
            tcp_drop(port->tcp, out.path.stream);
        else
            send_to(port, &out.path, out.data, out.length);
    }
    if (lite_core_is_busy(port->core) && !uv_is_active((uv_handle_t *)&port->retry_timer))
        (void)uv_timer_start(&port->retry_timer, on_retry, RETRY_TICK_MS, RETRY_TICK_MS);
}

static void count_outcome(struct ice_port *port, enum lite_outcome outcome)
{
    switch (outcome) {
    case LITE_VALID:
        port->stats.checks++;
        break;
    case LITE_PROVEN:
        port->stats.proofs++;
        break;
    case LITE_IGNORED:
        break;
    case LITE_MALFORMED:
        port->stats.malformed++;
        break;
    case LITE_BAD_CHECK:
        port->stats.bad_checks++;
        break;
    case LITE_BAD_ANSWER:
        port->stats.bad_answers++;
        break;
    case LITE_UNKNOWN_UFRAG:
        port->stats.unknown_ufrag++;
        break;
    case LITE_OVER_BUDGET:
        port->stats.checks_over_budget++;
        break;
    }
}

/* Whether a message from a 5-tuple without a session is within its address's budget; checked before the message is
 * parsed. Sessions have their own budgets. */
static bool may_be_heard(struct ice_port *port, const struct path *from, usec_t now)
{
    if (lite_core_is_known(port->core, from))
        return true;
    struct sockaddr_storage address;
    (void)path_to_plain_sockaddr(from, &address);
    uint64_t key = budget_key_of((const struct sockaddr *)&address);
    return budget_table_take(&port->strange_checks, key, 1, now);
}

static void handle_stun(struct ice_port *port, const struct path *from, const uint8_t *data, size_t length, usec_t now)
{
    uint8_t reply[STUN_REPLY_MAX];
    if (!may_be_heard(port, from, now)) {
        port->stats.checks_over_budget++;
        return;
    }
    struct lite_result result = lite_core_stun(port->core, from, data, length, now, reply);
    count_outcome(port, result.outcome);
    if (result.outcome == LITE_VALID && from->stream != 0)
        tcp_approve(port->tcp, from->stream);
    ice_port_carry_out(port, now); /* our own check first: then its answer comes before what our reply causes */
    if (result.reply_length > 0)
        send_to(port, from, reply, result.reply_length);
    if (result.state_changed)
        report_state(result.session, now);
    else if (result.outcome == LITE_VALID)
        report_check(result.session, now);
}

/* DTLS, SRTP or SRTCP by the first byte (RFC 7983). */
static bool is_media(uint8_t first)
{
    return (first >= 128 && first <= 191) || (first >= 20 && first <= 63);
}

static void handle_datagram(void *user, const struct path *from, uint8_t *data, size_t length, usec_t now)
{
    struct ice_port *port = user;
    if (length == 0 || !is_media(data[0])) {
        if (stun_is_message(data, length))
            handle_stun(port, from, data, length, now);
        else
            port->stats.malformed++;
        return;
    }
    bool is_over_budget;
    const struct lite_session *session = lite_core_datagram(port->core, from, length, now, &is_over_budget);
    if (session == NULL) {
        port->stats.unknown_source += !is_over_budget;
        port->stats.datagrams_over_budget += is_over_budget;
        return;
    }
    const struct ice_listener *listener = lite_session_user(session);
    listener->datagram(listener->user, data, length, now);
}

static void end_batch(void *user, usec_t now)
{
    struct ice_port *port = user;
    if (port->config.batch_end != NULL)
        port->config.batch_end(port->config.user, now);
    if (!port->is_closing)
        ice_port_flush(port); /* replies on streams, and what listeners sent */
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct ice_port *port = poll->data;
    struct udp_datagram datagram;
    bool more = status == 0;
    (void)events;
    for (int i = 0; more && i < BATCHES_PER_WAKE; i++) {
        more = udp_receive(port->udp);
        usec_t now = clock_now();
        while (udp_next(port->udp, &datagram))
            handle_datagram(port, datagram.from, datagram.data, datagram.length, now);
        end_batch(port, now);
        if (port->is_closing)
            return;
    }
    lite_core_press(port->core, more && udp_is_behind(port->udp));
}

static void on_stream_closed(void *user, const struct path *from, usec_t now)
{
    struct ice_port *port = user;
    const struct lite_session *session = lite_core_forget(port->core, from);
    if (session != NULL)
        report_state(session, now);
}

static void on_tick(uv_timer_t *timer)
{
    struct ice_port *port = timer->data;
    const struct lite_session *session;
    usec_t now = clock_now();
    if (port->tcp != NULL && now >= port->tcp_tick_at) {
        tcp_tick(port->tcp, now);
        port->tcp_tick_at = now + TCP_TICK;
    }
    while ((session = lite_core_expire(port->core, now)) != NULL)
        report_state(session, now);
    ice_port_carry_out(port, now);
}

static void on_retry(uv_timer_t *timer)
{
    struct ice_port *port = timer->data;
    usec_t now = clock_now();
    lite_core_retry(port->core, now);
    ice_port_carry_out(port, now);
    if (!lite_core_is_busy(port->core))
        (void)uv_timer_stop(timer);
}

/* Sessions */

int ice_port_open_session(struct ice_port *port, struct lite_session **out, const struct ice_credentials *local,
                          struct ice_listener *listener, usec_t now)
{
    int error = lite_session_new(out, port->core, local, listener, now);
    port->session_count += error == 0;
    return error;
}

void ice_port_close_session(struct ice_port *port, struct lite_session *session)
{
    uint64_t streams[SESSION_STREAMS_MAX];
    size_t count = lite_session_streams(session, streams, SESSION_STREAMS_MAX);
    lite_session_free(session);
    for (size_t i = 0; i < count; i++)
        tcp_drop(port->tcp, streams[i]);
    port->session_count--;
}

static void send_to_stream(struct tcp *tcp, uint64_t stream, const struct ice_message *message)
{
    size_t step = message->segment_size > 0 ? message->segment_size : message->length;
    for (size_t at = 0; at < message->length; at += step) {
        size_t left = message->length - at;
        tcp_send(tcp, stream, message->data + at, left < step ? left : step);
    }
}

void ice_port_queue(struct ice_port *port, const struct path *to, const struct ice_message *message)
{
    if (to->stream == 0)
        udp_queue(port->udp, to, message->data, message->length, message->segment_size);
    else
        send_to_stream(port->tcp, to->stream, message);
}

void ice_port_withhold(struct ice_port *port)
{
    port->stats.withheld++;
}

/* Opening */

static void explain(char why[ICE_PORT_WHY_MAX], const struct ice_port *port, const char *what, int error, int number)
{
    static const struct {
        int number;
        const char *hint;
    } hints[] = {
        {EADDRNOTAVAIL, "; no interface of this machine has that address"},
        {EADDRINUSE, "; the port is taken: end the other program, or choose another port"},
        {EACCES, "; ports below 1024 need a privilege"},
        {EMFILE, "; raise the limit of open files (ulimit -n)"},
        {ENFILE, "; the system is out of open files"},
        {EAFNOSUPPORT, "; this system has no such address family"},
    };
    const char *hint = "";
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (hints[i].number == number)
            hint = hints[i].hint;
    const char *address = port->config.bind_address != NULL ? port->config.bind_address : "any address";
    snprintf(why, ICE_PORT_WHY_MAX, "cannot open %s port %u of %s: %s%s", what, port->config.port, address,
             error == ERR_IO ? strerror(number) : error_text(error), hint);
}

static int copy_addresses(struct ice_port *port, char why[ICE_PORT_WHY_MAX])
{
    for (size_t i = 0; i < 8 && port->config.advertised[i] != NULL; i++) {
        struct sockaddr_storage unused;
        socklen_t length;
        const char *address = port->config.advertised[i];
        if (path_bind_address(&unused, &length, AF_INET6, address, 0) != 0) {
            snprintf(why, ICE_PORT_WHY_MAX, "\"%.60s\" is no IP address that could be told to clients", address);
            return ERR_INVALID;
        }
        snprintf(port->addresses[port->address_count++], sizeof port->addresses[0], "%s", address);
    }
    if (port->address_count > 0)
        return 0;
    snprintf(why, ICE_PORT_WHY_MAX, "there is no address that could be told to clients");
    return ERR_INVALID;
}

static int open_udp(struct ice_port *port, uv_loop_t *loop)
{
    struct udp_config config = {
        .bind_address = port->config.bind_address,
        .port = port->config.port,
        .gro = port->config.gro,
    };
    int error = udp_open(&port->udp, &config);
    if (error != 0)
        return error;
    port->port = udp_port(port->udp);
    int refused = uv_poll_init(loop, &port->poll, udp_fd(port->udp));
    if (refused != 0) {
        errno = -refused;
        return ERR_IO;
    }
    port->open_handles++;
    port->poll.data = port;
    refused = uv_poll_start(&port->poll, UV_READABLE, on_readable);
    errno = -refused;
    return refused == 0 ? 0 : ERR_IO;
}

static int open_tcp(struct ice_port *port, uv_loop_t *loop)
{
    struct tcp_config config = {
        .bind_address = port->config.bind_address,
        .port = port->port,
        .idle_timeout = port->config.consent_timeout,
        .proof_timeout = TCP_PROOF_TIMEOUT,
    };
    struct tcp_events events = {handle_datagram, end_batch, on_stream_closed, port};
    int error = tcp_open(&port->tcp, loop, &config, &events);
    if (error == 0) {
        port->open_handles++;
        port->port = tcp_port(port->tcp);
    }
    return error;
}

static void start_timers(struct ice_port *port, uv_loop_t *loop)
{
    usec_t tick = usec_max(TICK_MIN, usec_min(TICK_MAX, port->config.consent_timeout / 10));
    uint64_t tick_ms = (uint64_t)(tick / USEC_PER_MSEC);
    (void)uv_timer_init(loop, &port->timer); /* these never fail: they make no system call */
    (void)uv_timer_init(loop, &port->retry_timer);
    port->open_handles += 2;
    port->timer.data = port->retry_timer.data = port;
    (void)uv_timer_start(&port->timer, on_tick, tick_ms, tick_ms);
}

static struct lite_core *new_core(const struct ice_port *port)
{
    struct lite_core_config config = {.consent_timeout = port->config.consent_timeout};
    random_secure(&config.seed, sizeof config.seed);
    random_secure(config.secret, sizeof config.secret);
    return lite_core_new(&config);
}

static int open_port(struct ice_port **out, uv_loop_t *loop, const struct ice_port_config *config,
                     char why[ICE_PORT_WHY_MAX])
{
    struct ice_port *port = mem_alloc(sizeof *port);
    uint64_t seed;
    port->config = *config;
    if (port->config.consent_timeout <= 0)
        port->config.consent_timeout = CONSENT_TIMEOUT_DEFAULT;
    port->port = config->port;
    port->core = new_core(port);
    random_secure(&seed, sizeof seed);
    budget_table_init(&port->strange_checks, STRANGE_ADDRESSES, strange_checks_limit, seed);
    start_timers(port, loop);
    const char *what = NULL;
    int error = copy_addresses(port, why);
    if (error == 0 && config->udp) {
        what = "UDP";
        error = open_udp(port, loop);
    }
    if (error == 0 && config->tcp) {
        what = "TCP";
        error = open_tcp(port, loop);
    }
    if (error != 0) {
        int saved = errno;
        if (what != NULL)
            explain(why, port, what, error, saved);
        ice_port_free(port);
        errno = saved;
        return error;
    }
    *out = port;
    return 0;
}

/* A port number that the system found free for UDP may be in use for TCP: then another one is tried. */
int ice_port_new(struct ice_port **out, uv_loop_t *loop, const struct ice_port_config *config,
                 char why[ICE_PORT_WHY_MAX])
{
    int error, tries = config->port == 0 ? PORT_TRIES : 1;
    do
        error = open_port(out, loop, config, why);
    while (error == ERR_IO && errno == EADDRINUSE && --tries > 0);
    return error;
}

static void release_handle(void *user)
{
    struct ice_port *port = user;
    if (--port->open_handles > 0)
        return;
    udp_close(port->udp);
    lite_core_free(port->core);
    budget_table_fini(&port->strange_checks);
    free(port);
}

static void on_handle_closed(uv_handle_t *handle)
{
    release_handle(handle->data);
}

void ice_port_free(struct ice_port *port)
{
    if (port == NULL)
        return;
    CHECK(port->session_count == 0);
    port->is_closing = true;
    uv_close((uv_handle_t *)&port->timer, on_handle_closed);
    uv_close((uv_handle_t *)&port->retry_timer, on_handle_closed);
    if (port->poll.data != NULL)
        uv_close((uv_handle_t *)&port->poll, on_handle_closed);
    if (port->tcp != NULL)
        tcp_close(port->tcp, release_handle, port);
}

void ice_port_flush(struct ice_port *port)
{
    if (port->udp != NULL)
        udp_flush(port->udp);
    if (port->tcp != NULL)
        tcp_flush(port->tcp);
}

uint16_t ice_port_number(const struct ice_port *port)
{
    return port->port;
}

const struct ice_port_stats *ice_port_get_stats(struct ice_port *port)
{
    struct ice_port_stats *shown = &port->shown;
    *shown = port->stats;
    if (port->udp != NULL) {
        const struct udp_stats *udp = udp_get_stats(port->udp);
        shown->datagrams += udp->datagrams;
        shown->bytes += udp->bytes;
        shown->malformed += udp->oversized;
        shown->socket_drops = udp->socket_drops;
        shown->receive_calls += udp->receive_calls;
        shown->sent_datagrams += udp->sent_datagrams;
        shown->sent_messages += udp->sent_messages;
        shown->sent_bytes += udp->sent_bytes;
        shown->send_calls += udp->send_calls;
        shown->send_drops += udp->send_drops;
    }
    if (port->tcp != NULL) {
        const struct tcp_stats *tcp = tcp_get_stats(port->tcp);
        shown->datagrams += tcp->datagrams;
        shown->bytes += tcp->bytes;
        shown->receive_calls += tcp->read_calls;
        shown->sent_datagrams += tcp->sent_datagrams;
        shown->sent_messages += tcp->sent_datagrams;
        shown->sent_bytes += tcp->sent_bytes;
        shown->send_calls += tcp->send_calls;
        shown->send_drops += tcp->send_drops;
        shown->tcp_accepted = tcp->accepted;
        shown->tcp_bad_frames = tcp->bad_frames;
        shown->tcp_unproven = tcp->unproven;
        shown->tcp_pauses = tcp->pauses;
    }
    return shown;
}

/* Priorities after RFC 8445 section 5.1.2 and RFC 6544 section 4.2: earlier addresses first, UDP before TCP. */
static unsigned udp_priority(size_t i)
{
    return 126u << 24 | (65535u - (unsigned)i) << 8 | 255u;
}

static unsigned tcp_priority(size_t i)
{
    unsigned passive = 4u << 13;
    return 90u << 24 | (passive + 8191u - (unsigned)i) << 8 | 255u;
}

size_t ice_port_candidates(const struct ice_port *port, char out[][ICE_CANDIDATE_MAX], size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; port->udp != NULL && i < port->address_count && count < capacity; i++)
        snprintf(out[count++], ICE_CANDIDATE_MAX, "candidate:%zu 1 udp %u %s %u typ host", i + 1, udp_priority(i),
                 port->addresses[i], (unsigned)port->port);
    for (size_t i = 0; port->tcp != NULL && i < port->address_count && count < capacity; i++)
        snprintf(out[count++], ICE_CANDIDATE_MAX, "candidate:%zu 1 tcp %u %s %u typ host tcptype passive", i + 101,
                 tcp_priority(i), port->addresses[i], (unsigned)port->port);
    return count;
}
