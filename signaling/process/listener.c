#include "signaling/process/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "transport/base/error.h"
#include "transport/base/log.h"

#define BACKLOG 1024
#define ACCEPTS_A_TURN 16 /* then the loop serves open connections first */
#define PAUSE_MS 100

static void on_readable(uv_poll_t *handle, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
    struct listener *listener = timer->data;
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

static void pause_for_a_moment(struct listener *listener, int reason)
{
    listener->pauses++;
    log_warning("http", "new connections wait: %s", strerror(reason));
    uv_poll_stop(&listener->poll);
    uv_timer_start(&listener->pause, on_pause_over, PAUSE_MS, 0);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct listener *listener = handle->data;
    (void)events;
    for (int i = 0; status == 0 && i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int fd = accept4(listener->fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            listener->accepted(listener->user, fd, (const struct sockaddr *)&peer);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_for_a_moment(listener, errno);
            return;
        } else if (errno == EAGAIN) {
            return;
        } /* else that connection is gone already */
    }
}

static socklen_t fill(struct sockaddr_storage *address, const char *host, uint16_t port, int family)
{
    *address = (struct sockaddr_storage){.ss_family = (sa_family_t)family};
    if (family == AF_INET6) {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        if (host[0] != '\0' && inet_pton(AF_INET6, host, &v6.sin6_addr) != 1)
            return 0;
        memcpy(address, &v6, sizeof v6);
        return sizeof v6;
    }
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (host[0] != '\0' && inet_pton(AF_INET, host, &v4.sin_addr) != 1)
        return 0;
    memcpy(address, &v4, sizeof v4);
    return sizeof v4;
}

/* A listening socket, or -1 and errno. */
static int open_socket(const char *host, uint16_t port, int family)
{
    struct sockaddr_storage address;
    socklen_t size = fill(&address, host, port, family);
    int yes = 1, no = 0;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    /* What is accepted has it from here. Else a message, or the end of a file, waits for the one before. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, host[0] != '\0' ? &yes : &no, sizeof no);
    if (bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Whether `host` stands for all addresses of the machine ("0.0.0.0", "::"), also of those that it gets later. */
static bool is_every_address(const char *host)
{
    struct in6_addr v6;
    return strcmp(host, "0.0.0.0") == 0 || (inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_UNSPECIFIED(&v6));
}

/* Whether an interface that is up has an address of this family. Without one, "every address" can be bound all the
 * same, but nobody can connect. */
static bool has_address(int family)
{
    struct ifaddrs *list = NULL;
    bool found = false;
    if (getifaddrs(&list) != 0)
        return true; /* not known: let it try */
    for (const struct ifaddrs *i = list; i != NULL && !found; i = i->ifa_next)
        found = i->ifa_addr != NULL && i->ifa_addr->sa_family == family && (i->ifa_flags & IFF_UP) != 0;
    freeifaddrs(list);
    return found;
}

/* A listening socket that somebody can reach, or -1 and errno. */
static int open_reachable(const char *host, uint16_t port, int family)
{
    if (is_every_address(host) && !has_address(family)) {
        errno = family == AF_INET6 ? EAFNOSUPPORT : EADDRNOTAVAIL;
        return -1;
    }
    return open_socket(host, port, family);
}

static const char *advice(int reason)
{
    switch (reason) {
    case EADDRINUSE:
        return "; the port is taken: end the other program, or choose another port (--http)";
    case EACCES:
        return "; ports below 1024 need a right that this user does not have";
    case EADDRNOTAVAIL:
        return "; no interface of this machine has this address";
    case EAFNOSUPPORT:
        return "; this machine has no IPv6: use an IPv4 address";
    default:
        return "";
    }
}

static int start_polling(struct listener *listener, uv_loop_t *loop)
{
    int result = uv_poll_init(loop, &listener->poll, listener->fd);
    if (result < 0) {
        log_error("http", "cannot wait for connections: %s", uv_strerror(result));
        return ERR_IO;
    }
    listener->poll.data = listener;
    uv_timer_init(loop, &listener->pause);
    listener->pause.data = listener;
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    return 0;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

int listener_open(struct listener *listener, uv_loop_t *loop, const char *host, uint16_t port,
                  void (*accepted)(void *user, int fd, const struct sockaddr *peer), void *user)
{
    bool is_v6 = host[0] == '\0' || strchr(host, ':') != NULL;
    *listener = (struct listener){.accepted = accepted, .user = user};
    listener->fd = open_reachable(host, port, is_v6 ? AF_INET6 : AF_INET);
    if (listener->fd < 0 && host[0] == '\0') /* without IPv6 every interface is every IPv4 one */
        listener->fd = open_socket(host, port, AF_INET);
    if (listener->fd < 0) {
        int reason = errno;
        log_error("http", "cannot serve on %s%s%s:%u: %s%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port,
                  strerror(reason), advice(reason));
        return ERR_IO;
    }
    listener->port = port_of(listener->fd);
    if (start_polling(listener, loop) == 0)
        return 0;
    close(listener->fd);
    listener->fd = -1;
    return ERR_IO;
}

static void on_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    close(listener->fd);
    listener->fd = -1;
}

void listener_close(struct listener *listener)
{
    if (listener->fd < 0 || uv_is_closing((uv_handle_t *)&listener->poll))
        return;
    uv_close((uv_handle_t *)&listener->pause, NULL);
    uv_close((uv_handle_t *)&listener->poll, on_closed);
}

const char *listener_shown_host(const char *host)
{
    if (host[0] != '\0' && !is_every_address(host))
        return host;
    return strchr(host, ':') != NULL ? "::1" : "127.0.0.1";
}
