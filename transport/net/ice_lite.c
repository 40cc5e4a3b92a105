#include "transport/net/ice_lite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"
#include "transport/net/lite_core.h"
#include "transport/net/tcp.h"
#include "transport/net/udp.h"

#define BATCHES_PER_WAKE 4 /* then the loop's other work has its turn */
#define CONSENT_TIMEOUT_DEFAULT (30 * USEC_PER_SEC)
#define TICK_MAX USEC_PER_SEC
#define PORT_TRIES 8
#define TICK_MIN (10 * USEC_PER_MSEC)
#define TCP_PROOF_TIMEOUT (10 * USEC_PER_SEC)
#define SESSION_STREAMS_MAX 16

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
    size_t open_handles;
    size_t session_count;
    bool is_closing;
    struct ice_port_stats stats; /* the sockets' own counters are added when it is read */
    struct ice_port_stats shown;
};

struct ice_lite {
    struct ice ice;
    struct ice_port *port;
    struct lite_session *session;
    struct ice_listener listener;
};

/* The session may be gone when this returns. */
static void report_state(const struct lite_session *session, usec_t now)
{
    struct ice_lite *lite = lite_session_user(session);
    if (lite->listener.state != NULL)
        lite->listener.state(lite->listener.user, lite_session_state(session), now);
}

static void send_reply(struct ice_port *port, const struct path *to, const uint8_t *reply, size_t length)
{
    if (length == 0)
        return;
    if (to->stream == 0) {
        udp_send(port->udp, to, reply, length);
        return;
    }
    tcp_send(port->tcp, to->stream, reply, length);
}

static void handle_check(struct ice_port *port, const struct path *from, const uint8_t *data, size_t length, usec_t now)
{
    uint8_t reply[LITE_REPLY_MAX];
    struct lite_result result = lite_core_check(port->core, from, data, length, now, reply);
    switch (result.outcome) {
    case LITE_VALID:
        port->stats.checks++;
        if (from->stream != 0)
            tcp_approve(port->tcp, from->stream);
        break;
    case LITE_IGNORED:
        break;
    case LITE_GARBAGE:
        port->stats.garbage++;
        break;
    case LITE_BAD_CHECK:
        port->stats.bad_checks++;
        break;
    case LITE_UNKNOWN_UFRAG:
        port->stats.unknown_ufrag++;
        break;
    }
    send_reply(port, from, reply, result.reply_length);
    if (result.state_changed)
        report_state(result.session, now);
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
        if (lite_is_stun(data, length))
            handle_check(port, from, data, length, now);
        else
            port->stats.garbage++;
        return;
    }
    const struct lite_session *session = lite_core_datagram(port->core, from, now);
    if (session == NULL) {
        port->stats.unknown_source++;
        return;
    }
    struct ice_lite *lite = lite_session_user(session);
    lite->listener.datagram(lite->listener.user, data, length, now);
}

static void end_batch(void *user, usec_t now)
{
    struct ice_port *port = user;
    if (port->config.batch_end != NULL)
        port->config.batch_end(port->config.user, now);
    if (!port->is_closing)
        ice_port_flush(port); /* replies on streams, and what listeners sent by themselves */
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
    if (port->tcp != NULL)
        tcp_tick(port->tcp, now);
    while ((session = lite_core_expire(port->core, now)) != NULL)
        report_state(session, now);
}

static int copy_addresses(struct ice_port *port)
{
    for (size_t i = 0; i < 8 && port->config.advertised[i] != NULL; i++) {
        struct sockaddr_storage unused;
        socklen_t length;
        const char *address = port->config.advertised[i];
        if (path_bind_address(&unused, &length, AF_INET6, address, 0) != 0)
            return ERR_INVALID;
        snprintf(port->addresses[port->address_count++], sizeof port->addresses[0], "%s", address);
    }
    return port->address_count > 0 ? 0 : ERR_INVALID;
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
    if (uv_poll_init(loop, &port->poll, udp_fd(port->udp)) != 0)
        return ERR_IO;
    port->open_handles++;
    port->poll.data = port;
    uv_poll_start(&port->poll, UV_READABLE, on_readable);
    return 0;
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

static void start_timer(struct ice_port *port, uv_loop_t *loop)
{
    usec_t tick = usec_max(TICK_MIN, usec_min(TICK_MAX, port->config.consent_timeout / 10));
    uv_timer_init(loop, &port->timer);
    port->open_handles++;
    port->timer.data = port;
    uv_timer_start(&port->timer, on_tick, (uint64_t)(tick / USEC_PER_MSEC), (uint64_t)(tick / USEC_PER_MSEC));
}

static int open_port(struct ice_port **out, uv_loop_t *loop, const struct ice_port_config *config)
{
    struct ice_port *port = mem_alloc(sizeof *port);
    uint64_t seed;
    random_secure(&seed, sizeof seed);
    port->config = *config;
    if (port->config.consent_timeout <= 0)
        port->config.consent_timeout = CONSENT_TIMEOUT_DEFAULT;
    port->port = config->port;
    port->core = lite_core_new(port->config.consent_timeout, seed);
    start_timer(port, loop);
    int error = copy_addresses(port);
    if (error == 0 && config->udp)
        error = open_udp(port, loop);
    if (error == 0 && config->tcp)
        error = open_tcp(port, loop);
    if (error != 0) {
        int saved = errno;
        ice_port_free(port);
        errno = saved;
        return error;
    }
    *out = port;
    return 0;
}

/* A number that the system found free for UDP may be taken for TCP: then another one. */
int ice_port_new(struct ice_port **out, uv_loop_t *loop, const struct ice_port_config *config)
{
    int error, tries = config->port == 0 ? PORT_TRIES : 1;
    do
        error = open_port(out, loop, config);
    while (error == ERR_IO && --tries > 0);
    return error;
}

static void release_handle(void *user)
{
    struct ice_port *port = user;
    if (--port->open_handles > 0)
        return;
    udp_close(port->udp);
    lite_core_free(port->core);
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
        shown->garbage += udp->oversized;
        shown->receive_calls += udp->receive_calls;
        shown->sent_datagrams += udp->sent_datagrams;
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
        shown->sent_bytes += tcp->sent_bytes;
        shown->send_calls += tcp->send_calls;
        shown->send_drops += tcp->send_drops;
        shown->tcp_accepted = tcp->accepted;
        shown->tcp_bad_frames = tcp->bad_frames;
        shown->tcp_unproven = tcp->unproven;
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

bool ice_candidate_is_tcp(const char *candidate)
{
    char transport[8] = "";
    return sscanf(candidate, "candidate:%*32s %*u %7s", transport) == 1 && strcasecmp(transport, "tcp") == 0;
}

static void send_to_stream(struct tcp *tcp, uint64_t stream, const struct ice_message *message)
{
    size_t step = message->segment_size > 0 ? message->segment_size : message->length;
    for (size_t at = 0; at < message->length; at += step) {
        size_t left = message->length - at;
        tcp_send(tcp, stream, message->data + at, left < step ? left : step);
    }
}

static size_t lite_send(struct ice *ice, const struct ice_message *messages, size_t count)
{
    const struct ice_lite *lite = (struct ice_lite *)ice;
    const struct path *path = lite_session_path(lite->session);
    if (path == NULL)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (path->stream == 0)
            udp_queue(lite->port->udp, path, messages[i].data, messages[i].length, messages[i].segment_size);
        else
            send_to_stream(lite->port->tcp, path->stream, &messages[i]);
    }
    return count;
}

/* A lite agent sends no checks, so it has no use for the other side's credentials and candidates. */
static int lite_set_remote(struct ice *ice, const struct ice_credentials *remote)
{
    (void)ice;
    return remote->ufrag[0] != '\0' && remote->pwd[0] != '\0' ? 0 : ERR_INVALID;
}

static int lite_add_candidate(struct ice *ice, const char *candidate)
{
    (void)ice;
    (void)candidate;
    return 0;
}

static int lite_set_local(struct ice *ice, const struct ice_credentials *local)
{
    return lite_session_set_local(((struct ice_lite *)ice)->session, local, clock_now());
}

static enum ice_state lite_state(const struct ice *ice)
{
    return lite_session_state(((const struct ice_lite *)ice)->session);
}

static const char *lite_path_kind(const struct ice *ice)
{
    const struct path *path = lite_session_path(((const struct ice_lite *)ice)->session);
    if (path == NULL)
        return "";
    return path->stream == 0 ? "udp" : "tcp";
}

static bool lite_is_settled(const struct ice *ice)
{
    const struct lite_session *session = ((const struct ice_lite *)ice)->session;
    const struct path *path = lite_session_path(session);
    return path != NULL && path->stream == 0 && lite_session_is_confirmed(session);
}

static void lite_free(struct ice *ice)
{
    struct ice_lite *lite = (struct ice_lite *)ice;
    uint64_t streams[SESSION_STREAMS_MAX];
    size_t count = lite_session_streams(lite->session, streams, SESSION_STREAMS_MAX);
    lite_session_free(lite->session);
    for (size_t i = 0; i < count; i++)
        tcp_drop(lite->port->tcp, streams[i]);
    lite->port->session_count--;
    free(lite);
}

int ice_lite_new(struct ice **out, struct ice_port *port, const struct ice_credentials *local,
                 const struct ice_listener *listener, usec_t now)
{
    static const struct ice_ops ops = {
        .send = lite_send,
        .set_remote = lite_set_remote,
        .set_local = lite_set_local,
        .add_candidate = lite_add_candidate,
        .state = lite_state,
        .path_kind = lite_path_kind,
        .is_settled = lite_is_settled,
        .free = lite_free,
    };
    struct ice_lite *lite = mem_alloc(sizeof *lite);
    int error = lite_session_new(&lite->session, port->core, local, lite, now);
    if (error != 0) {
        free(lite);
        return error;
    }
    lite->ice.ops = &ops;
    lite->port = port;
    lite->listener = *listener;
    port->session_count++;
    *out = &lite->ice;
    return 0;
}
