#include "transport/net/tcp.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "transport/base/budget.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/net/framing.h"

#define BACKLOG 128
#define ACCEPTS_PER_WAKE 32
#define CONNECTIONS_MAX 8192
#define UNPROVEN_MAX 512
#define UNPROVEN_OF_ADDRESS 64   /* an office behind one address may join at once */
#define DESCRIPTORS_RESERVED 64  /* for signaling, files and the other workers */
#define READS_PER_WAKE 2         /* of 16 kB, so that fast streams do not keep the thread for long */
#define WRITE_QUEUE (256u << 10) /* about a second of video */
/* While more than this waits, here or in the kernel, the link does not keep up. For a moment it need not; after that
 * nothing new is added, or it would be seconds old when it comes. */
#define WAITING_MAX (16u << 10)
#define SLOW_AFTER (500 * USEC_PER_MSEC)
#define UNPROVEN_FRAMES_MAX 32 /* a client sends some checks before its first one is valid, and nothing else */
#define EMPTY_FRAMES_MAX 32    /* RFC 4571 has them for nothing that WebRTC does: two bytes that cost a turn each */

struct connection {
    uv_poll_t poll;
    struct tcp *tcp;
    struct path path;
    int fd;
    bool is_approved, is_closing, waits_writable;
    usec_t accepted_at, read_at;
    unsigned unproven_frames, empty_frames;
    uint64_t address_key; /* budget_key_of() */
    struct connection *newer, *older;
    struct connection *next_dirty; /* of those with data to write; see tcp.dirty */
    bool is_dirty;
    size_t write_start, write_end;
    uint8_t *write_queue; /* allocated when it is first needed */
    usec_t waiting_since; /* more than WAITING_MAX; 0: it does not */
    struct framing framing;
};

/* Connections in order of time, the oldest first. */
struct queue {
    struct connection *oldest, *newest;
    size_t count;
};

struct tcp {
    uv_poll_t poll;
    int fd;
    bool is_paused;       /* no descriptors are left: listens again when one is free, or at the next tick */
    int descriptor_limit; /* descriptors from here on are the reserve */
    /* Most connections: after the reserve was used, no more than there were then, until the next tick. */
    size_t capacity;
    struct tcp_config config;
    struct tcp_events events;
    struct tcp_stats stats;
    struct map connections; /* stream -> connection */
    uint64_t last_stream;
    struct queue unproven; /* by the time of accept(); no valid check yet */
    struct queue proven;   /* by the time of the last read */
    struct connection *dirty;
    size_t open_handles;
    bool is_closing;
    void (*done)(void *user);
    void *done_user;
};

static void on_acceptable(uv_poll_t *poll, int status, int events);
static void on_ready(uv_poll_t *poll, int status, int events);

static void queue_add(struct queue *queue, struct connection *connection)
{
    connection->newer = NULL;
    connection->older = queue->newest;
    if (queue->newest != NULL)
        queue->newest->newer = connection;
    else
        queue->oldest = connection;
    queue->newest = connection;
    queue->count++;
}

static void queue_remove(struct queue *queue, struct connection *connection)
{
    if (connection->older != NULL)
        connection->older->newer = connection->newer;
    else
        queue->oldest = connection->newer;
    if (connection->newer != NULL)
        connection->newer->older = connection->older;
    else
        queue->newest = connection->older;
    queue->count--;
}

static struct queue *queue_of(struct connection *connection)
{
    return connection->is_approved ? &connection->tcp->proven : &connection->tcp->unproven;
}

static void read_descriptor_limit(struct tcp *tcp)
{
    struct rlimit limit;
    tcp->descriptor_limit = INT_MAX;
    tcp->capacity = CONNECTIONS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= INT_MAX)
        return;
    int all = (int)limit.rlim_cur;
    tcp->descriptor_limit = all / 4 < DESCRIPTORS_RESERVED ? all - all / 4 : all - DESCRIPTORS_RESERVED;
}

static void listen_again(struct tcp *tcp)
{
    if (!tcp->is_paused)
        return;
    tcp->is_paused = uv_poll_start(&tcp->poll, UV_READABLE, on_acceptable) != 0;
}

static int listen_at(struct tcp *tcp, int family)
{
    struct sockaddr_storage address;
    socklen_t length;
    int on = 1, off = 0;
    tcp->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (tcp->fd < 0)
        return ERR_IO;
    if (family == AF_INET6)
        (void)setsockopt(tcp->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    (void)setsockopt(tcp->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int error = path_bind_address(&address, &length, family, tcp->config.bind_address, tcp->config.port);
    if (error != 0)
        return error;
    return bind(tcp->fd, (struct sockaddr *)&address, length) == 0 && listen(tcp->fd, BACKLOG) == 0 ? 0 : ERR_IO;
}

static int start_listening(struct tcp *tcp, uv_loop_t *loop)
{
    int error = listen_at(tcp, AF_INET6);
    if (error != 0 && path_lacks_ipv6(tcp->config.bind_address, errno)) {
        if (tcp->fd >= 0)
            close(tcp->fd);
        error = listen_at(tcp, AF_INET);
    }
    if (error != 0)
        return error;
    int refused = uv_poll_init(loop, &tcp->poll, tcp->fd);
    errno = -refused;
    return refused == 0 ? 0 : ERR_IO;
}

int tcp_open(struct tcp **out, uv_loop_t *loop, const struct tcp_config *config, const struct tcp_events *events)
{
    struct tcp *tcp = mem_alloc(sizeof *tcp);
    tcp->config = *config;
    tcp->events = *events;
    int error = start_listening(tcp, loop);
    if (error != 0) {
        int saved = errno;
        if (tcp->fd >= 0)
            close(tcp->fd);
        free(tcp);
        errno = saved;
        return error;
    }
    map_init(&tcp->connections);
    tcp->open_handles = 1;
    tcp->poll.data = tcp;
    read_descriptor_limit(tcp);
    tcp->is_paused = true; /* if this fails now, the next tick tries again */
    listen_again(tcp);
    *out = tcp;
    return 0;
}

uint16_t tcp_port(const struct tcp *tcp)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    struct path bound = {0};
    if (getsockname(tcp->fd, (struct sockaddr *)&address, &length) == 0)
        (void)path_from_sockaddr(&bound, (struct sockaddr *)&address);
    return bound.port;
}

const struct tcp_stats *tcp_get_stats(const struct tcp *tcp)
{
    return &tcp->stats;
}

static void release_handle(struct tcp *tcp)
{
    if (--tcp->open_handles > 0)
        return;
    void (*done)(void *) = tcp->done;
    void *user = tcp->done_user;
    map_fini(&tcp->connections);
    free(tcp);
    done(user);
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    struct tcp *tcp = connection->tcp;
    close(connection->fd);
    free(connection->write_queue);
    free(connection);
    if (!tcp->is_closing)
        listen_again(tcp);
    release_handle(tcp);
}

static void forget_dirty(struct tcp *tcp, struct connection *connection)
{
    struct connection **at = &tcp->dirty;
    while (*at != NULL && *at != connection)
        at = &(*at)->next_dirty;
    if (*at != NULL)
        *at = connection->next_dirty;
}

static void close_connection(struct connection *connection)
{
    struct tcp *tcp = connection->tcp;
    if (connection->is_closing)
        return;
    connection->is_closing = true;
    map_remove(&tcp->connections, connection->path.stream);
    queue_remove(queue_of(connection), connection);
    if (connection->is_dirty)
        forget_dirty(tcp, connection);
    uv_close((uv_handle_t *)&connection->poll, on_connection_closed);
}

static void close_with_event(struct connection *connection, usec_t now)
{
    struct tcp *tcp = connection->tcp;
    struct path path = connection->path;
    if (connection->is_closing)
        return;
    close_connection(connection);
    tcp->events.closed(tcp->events.user, &path, now);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct tcp *tcp = handle->data;
    close(tcp->fd);
    release_handle(tcp);
}

void tcp_close(struct tcp *tcp, void (*done)(void *user), void *user)
{
    struct connection *connection;
    tcp->done = done;
    tcp->done_user = user;
    tcp->is_closing = true;
    for (;;) {
        size_t at = 0; /* closing removes the entry, so start again */
        if ((connection = map_next(&tcp->connections, &at)) == NULL)
            break;
        close_connection(connection);
    }
    uv_close((uv_handle_t *)&tcp->poll, on_listener_closed);
}

static void give_up(struct connection *connection, usec_t now)
{
    connection->tcp->stats.unproven++;
    close_with_event(connection, now);
}

/* Closes a connection without a valid check to make room for a new one: of the same address if that has enough of them,
 * else the oldest of all. So somebody who opens many connections loses their own first, and an honest client, whose
 * check comes within a round trip, is in time. False: there is none to close. */
static bool make_place(struct tcp *tcp, uint64_t address_key, bool is_needed, usec_t now)
{
    struct connection *of_address = NULL;
    size_t count = 0;
    for (struct connection *at = tcp->unproven.newest; at != NULL; at = at->older) {
        if (at->address_key != address_key)
            continue;
        of_address = at;
        count++;
    }
    if (count >= UNPROVEN_OF_ADDRESS)
        give_up(of_address, now);
    else if (is_needed && tcp->unproven.oldest != NULL)
        give_up(tcp->unproven.oldest, now);
    else
        return !is_needed;
    return true;
}

static void add_connection(struct tcp *tcp, int fd, const struct sockaddr *address, usec_t now)
{
    struct path path;
    int on = 1;
    uint64_t key = budget_key_of(address);
    if (fd >= tcp->descriptor_limit && tcp->connections.count < tcp->capacity)
        tcp->capacity = tcp->connections.count;
    bool is_full = tcp->connections.count >= tcp->capacity || tcp->unproven.count >= UNPROVEN_MAX;
    struct connection *connection = mem_alloc(sizeof *connection);
    if (!path_from_sockaddr(&path, address) || !make_place(tcp, key, is_full, now) ||
        uv_poll_init(tcp->poll.loop, &connection->poll, fd) != 0) {
        close(fd);
        free(connection);
        tcp->stats.unproven++;
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    path.stream = ++tcp->last_stream;
    connection->tcp = tcp;
    connection->path = path;
    connection->fd = fd;
    connection->address_key = key;
    connection->accepted_at = connection->read_at = now;
    connection->poll.data = connection;
    framing_init(&connection->framing);
    map_put(&tcp->connections, path.stream, connection);
    queue_add(&tcp->unproven, connection);
    tcp->open_handles++;
    tcp->stats.accepted++;
    if (uv_poll_start(&connection->poll, UV_READABLE, on_ready) != 0)
        give_up(connection, now);
}

/* No descriptors are left. Trying again at once would spin, so the connection waits in the backlog until one is
 * free. */
static void pause_listening(struct tcp *tcp, int reason, usec_t now)
{
    (void)uv_poll_stop(&tcp->poll);
    tcp->is_paused = true;
    tcp->stats.pauses++;
    log_warning("tcp", "no more media connections for now: %s", strerror(reason));
    if (tcp->unproven.oldest != NULL)
        give_up(tcp->unproven.oldest, now);
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct tcp *tcp = poll->data;
    usec_t now = clock_now();
    (void)events;
    for (int i = 0; status == 0 && i < ACCEPTS_PER_WAKE; i++) {
        struct sockaddr_storage address;
        socklen_t length = sizeof address;
        int fd = accept4(tcp->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            add_connection(tcp, fd, (struct sockaddr *)&address, now);
            if (fd >= tcp->descriptor_limit)
                return; /* the descriptor of the closed one is free in the next turn of the loop */
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            pause_listening(tcp, errno, now);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

/* Hands over the complete frames. False: the connection is closing. */
static bool drain_frames(struct connection *connection, usec_t now)
{
    struct tcp *tcp = connection->tcp;
    uint8_t *data;
    size_t length;
    int result;
    while ((result = framing_next(&connection->framing, &data, &length)) > 0) {
        if (!connection->is_approved && ++connection->unproven_frames > UNPROVEN_FRAMES_MAX) {
            give_up(connection, now);
            return false;
        }
        if (length == 0 && ++connection->empty_frames <= EMPTY_FRAMES_MAX)
            continue;
        if (length == 0) {
            result = ERR_LIMIT;
            break;
        }
        tcp->stats.datagrams++;
        tcp->stats.bytes += length;
        tcp->events.datagram(tcp->events.user, &connection->path, data, length, now);
        if (connection->is_closing)
            return false;
    }
    if (result < 0) {
        tcp->stats.bad_frames++;
        close_with_event(connection, now);
        return false;
    }
    return true;
}

static void read_frames(struct connection *connection)
{
    struct tcp *tcp = connection->tcp;
    usec_t now = clock_now();
    for (int i = 0; i < READS_PER_WAKE; i++) {
        size_t capacity;
        uint8_t *space = framing_space(&connection->framing, &capacity);
        ssize_t got = recv(connection->fd, space, capacity, MSG_DONTWAIT);
        tcp->stats.read_calls++;
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            close_with_event(connection, now);
            break;
        }
        if (got < 0)
            break;
        connection->read_at = now;
        if (connection->is_approved) {
            queue_remove(&tcp->proven, connection);
            queue_add(&tcp->proven, connection);
        }
        framing_added(&connection->framing, (size_t)got);
        if (!drain_frames(connection, now) || (size_t)got < capacity)
            break;
    }
    tcp->events.read_end(tcp->events.user, now);
}

static void wait_for(struct connection *connection, bool writable)
{
    if (connection->waits_writable == writable)
        return;
    connection->waits_writable = writable;
    (void)uv_poll_start(&connection->poll, writable ? UV_READABLE | UV_WRITABLE : UV_READABLE, on_ready);
}

/* Errors are not handled here: reading finds them, too. */
static void write_queued(struct connection *connection)
{
    while (connection->write_start < connection->write_end) {
        ssize_t sent = send(connection->fd, connection->write_queue + connection->write_start,
                            connection->write_end - connection->write_start, MSG_DONTWAIT | MSG_NOSIGNAL);
        connection->tcp->stats.send_calls++;
        if (sent < 0) {
            wait_for(connection, errno == EAGAIN);
            return;
        }
        connection->write_start += (size_t)sent;
    }
    connection->write_start = connection->write_end = 0;
    wait_for(connection, false);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;
    if (status < 0) {
        close_with_event(connection, clock_now());
        return;
    }
    if ((events & UV_WRITABLE) != 0)
        write_queued(connection);
    if ((events & UV_READABLE) != 0)
        read_frames(connection);
}

void tcp_approve(struct tcp *tcp, uint64_t stream)
{
    struct connection *connection = map_get(&tcp->connections, stream);
    if (connection == NULL || connection->is_approved)
        return;
    queue_remove(&tcp->unproven, connection);
    connection->is_approved = true;
    queue_add(&tcp->proven, connection);
}

static bool make_room(struct connection *connection, size_t needed)
{
    if (connection->write_queue == NULL)
        connection->write_queue = mem_alloc(WRITE_QUEUE);
    if (WRITE_QUEUE - connection->write_end >= needed)
        return true;
    size_t held = connection->write_end - connection->write_start;
    if (WRITE_QUEUE - held < needed)
        return false;
    memmove(connection->write_queue, connection->write_queue + connection->write_start, held);
    connection->write_start = 0;
    connection->write_end = held;
    return true;
}

/* Notes since when too much has waited. */
static void look_at_queue(struct connection *connection)
{
    int unsent = 0; /* by the kernel, beside what is on its way */
    if (ioctl(connection->fd, SIOCOUTQNSD, &unsent) != 0)
        unsent = 0;
    if ((size_t)unsent + connection->write_end - connection->write_start <= WAITING_MAX)
        connection->waiting_since = 0;
    else if (connection->waiting_since == 0)
        connection->waiting_since = clock_now();
}

static bool is_too_slow(struct connection *connection)
{
    if (connection->waiting_since == 0 || clock_now() - connection->waiting_since <= SLOW_AFTER)
        return false;
    look_at_queue(connection);
    return connection->waiting_since != 0;
}

void tcp_send(struct tcp *tcp, uint64_t stream, const uint8_t *data, size_t length)
{
    struct connection *connection = map_get(&tcp->connections, stream);
    if (connection == NULL || length > UINT16_MAX || is_too_slow(connection) ||
        !make_room(connection, FRAMING_HEADER + length)) {
        tcp->stats.send_drops++;
        return;
    }
    uint8_t *out = connection->write_queue + connection->write_end;
    put_u16(out, (uint16_t)length);
    memcpy(out + FRAMING_HEADER, data, length);
    connection->write_end += FRAMING_HEADER + length;
    tcp->stats.sent_datagrams++;
    tcp->stats.sent_bytes += length;
    if (!connection->is_dirty) {
        connection->is_dirty = true;
        connection->next_dirty = tcp->dirty;
        tcp->dirty = connection;
    }
}

void tcp_flush(struct tcp *tcp)
{
    while (tcp->dirty != NULL) {
        struct connection *connection = tcp->dirty;
        tcp->dirty = connection->next_dirty;
        connection->is_dirty = false;
        if (!connection->waits_writable)
            write_queued(connection);
        look_at_queue(connection);
    }
}

void tcp_drop(struct tcp *tcp, uint64_t stream)
{
    struct connection *connection = map_get(&tcp->connections, stream);
    if (connection == NULL)
        return;
    if (!connection->waits_writable)
        write_queued(connection); /* tries to send what is still queued */
    close_connection(connection);
}

void tcp_tick(struct tcp *tcp, usec_t now)
{
    struct connection *connection;
    read_descriptor_limit(tcp);
    listen_again(tcp);
    while ((connection = tcp->unproven.oldest) != NULL && now - connection->accepted_at >= tcp->config.proof_timeout)
        give_up(connection, now);
    while ((connection = tcp->proven.oldest) != NULL && now - connection->read_at >= tcp->config.idle_timeout)
        close_with_event(connection, now);
}
