#include "transport/net/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define BATCH 64
#define BUFFER_PLAIN 2048
#define BUFFER_GRO 65536
#define QUEUE 512
#define SOCKET_BUFFER (4 << 20)
/* Used if we have the privilege: then a thread that waits 0.2 s for its CPU during a flood loses no packets. */
#define SOCKET_BUFFER_WANTED (16 << 20)
/* One segmented message: UDP_MAX_SEGMENTS of current kernels (64 before 6.9), and an IP packet's
 * length less headers. */
#define SEGMENTS_MAX 128
#define SEGMENTS_OLD_KERNEL 64
#define SEGMENTED_BYTES_MAX (65535 - 40 - 8)

struct control {
    _Alignas(struct cmsghdr) uint8_t data[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct receiver {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_storage names[BATCH];
    struct control controls[BATCH];
    uint8_t *buffers;
    size_t buffer_size;
    size_t count, at;    /* messages of the last call; the present one */
    size_t offset, step; /* within the present message */
    bool has_control;
    struct path from;
};

struct sender {
    struct mmsghdr headers[QUEUE];
    struct iovec vectors[QUEUE];
    struct sockaddr_storage names[QUEUE];
    struct control controls[QUEUE];
    uint16_t segment_sizes[QUEUE]; /* 0: one datagram */
    struct path paths[QUEUE];
    size_t count;
    size_t segments_max; /* 0: the system has no segmentation */
};

struct udp {
    int fd, family;
    uint16_t port;
    struct udp_stats stats;
    uint32_t last_drops;
    struct receiver in;
    struct sender out;
};

static int bind_socket(struct udp *udp, const struct udp_config *config)
{
    struct sockaddr_storage address;
    socklen_t length;
    int off = 0;
    if (udp->family == AF_INET6)
        (void)setsockopt(udp->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    int error = path_bind_address(&address, &length, udp->family, config->bind_address, config->port);
    if (error != 0)
        return error;
    if (bind(udp->fd, (struct sockaddr *)&address, length) != 0)
        return ERR_IO;
    length = sizeof address;
    struct path bound;
    if (getsockname(udp->fd, (struct sockaddr *)&address, &length) != 0 ||
        !path_from_sockaddr(&bound, (struct sockaddr *)&address))
        return ERR_IO;
    udp->port = bound.port;
    return 0;
}

/* The privileged option is not limited by rmem_max; without the privilege, the plain one sets as much as allowed. */
static void enlarge_buffer(int fd, int forced, int plain, int size)
{
    if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, plain, &size, sizeof size);
}

/* Compares with the size that the kernel set. It reports twice the size, since it counts its own overhead. */
static void warn_of_small_buffer(int fd)
{
    int size = 0;
    socklen_t length = sizeof size;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length) == 0 && size < SOCKET_BUFFER)
        log_warning("udp",
                    "the media port has room for %d kB only: a busy moment loses packets (raise net.core.rmem_max "
                    "to %d)",
                    size / 2048, SOCKET_BUFFER);
}

static void init_receiver(struct receiver *in, bool gro)
{
    in->buffer_size = gro ? BUFFER_GRO : BUFFER_PLAIN;
    in->buffers = mem_array(BATCH, in->buffer_size);
    for (size_t i = 0; i < BATCH; i++) {
        in->vectors[i] = (struct iovec){in->buffers + i * in->buffer_size, in->buffer_size};
        in->headers[i].msg_hdr =
            (struct msghdr){.msg_name = &in->names[i], .msg_iov = &in->vectors[i], .msg_iovlen = 1};
    }
}

static void init_sender(struct sender *out)
{
    for (size_t i = 0; i < QUEUE; i++)
        out->headers[i].msg_hdr =
            (struct msghdr){.msg_name = &out->names[i], .msg_iov = &out->vectors[i], .msg_iovlen = 1};
}

/* Whether an answer could be sent from another address than the request came to: then local addresses are used. */
static bool has_several_addresses(void)
{
    struct ifaddrs *list;
    unsigned counts[2] = {0};
    if (getifaddrs(&list) != 0)
        return true;
    for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
        struct path path;
        if (at->ifa_addr == NULL || !path_from_sockaddr(&path, at->ifa_addr))
            continue;
        struct in6_addr address;
        memcpy(&address, path.ip, sizeof address);
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&address);
        if (is_mapped ? path.ip[12] != 127 : !IN6_IS_ADDR_LOOPBACK(&address) && !IN6_IS_ADDR_LINKLOCAL(&address))
            counts[is_mapped]++;
    }
    freeifaddrs(list);
    return counts[0] > 1 || counts[1] > 1;
}

/* Without IPv6 in the kernel, local addresses are not available. */
static bool learn_local_addresses(const struct udp *udp, const struct udp_config *config)
{
    int on = 1;
    return udp->family == AF_INET6 && config->bind_address == NULL && has_several_addresses() &&
           setsockopt(udp->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
}

static int open_socket(struct udp *udp, int family, const struct udp_config *config)
{
    udp->family = family;
    udp->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return udp->fd < 0 ? ERR_IO : bind_socket(udp, config);
}

int udp_open(struct udp **out, const struct udp_config *config)
{
    struct udp *udp = mem_alloc(sizeof *udp);
    int error = open_socket(udp, AF_INET6, config);
    if (error != 0 && path_lacks_ipv6(config->bind_address, errno)) {
        if (udp->fd >= 0)
            close(udp->fd);
        error = open_socket(udp, AF_INET, config);
    }
    if (error != 0) {
        int saved = errno;
        udp_close(udp);
        errno = saved;
        return error;
    }
    enlarge_buffer(udp->fd, SO_RCVBUFFORCE, SO_RCVBUF, SOCKET_BUFFER_WANTED);
    enlarge_buffer(udp->fd, SO_SNDBUFFORCE, SO_SNDBUF, SOCKET_BUFFER);
    warn_of_small_buffer(udp->fd);
    int on = 1;
    bool gro = config->gro && setsockopt(udp->fd, SOL_UDP, UDP_GRO, &on, sizeof on) == 0;
    init_receiver(&udp->in, gro);
    udp->in.has_control = learn_local_addresses(udp, config) || gro;
    init_sender(&udp->out);
    int none = 0;
    bool gso = !config->no_gso && setsockopt(udp->fd, SOL_UDP, UDP_SEGMENT, &none, sizeof none) == 0;
    udp->out.segments_max = gso ? SEGMENTS_MAX : 0;
    *out = udp;
    return 0;
}

void udp_close(struct udp *udp)
{
    if (udp == NULL)
        return;
    if (udp->fd >= 0)
        close(udp->fd);
    free(udp->in.buffers);
    free(udp);
}

int udp_fd(const struct udp *udp)
{
    return udp->fd;
}

uint16_t udp_port(const struct udp *udp)
{
    return udp->port;
}

static bool read_memory(const struct udp *udp, uint32_t values[SK_MEMINFO_VARS])
{
    socklen_t length = SK_MEMINFO_VARS * sizeof values[0];
    return getsockopt(udp->fd, SOL_SOCKET, SO_MEMINFO, values, &length) == 0 &&
           length > SK_MEMINFO_DROPS * sizeof values[0];
}

/* SO_MEMINFO has the same counter as SO_RXQ_OVFL, which would cost a control message with each datagram. */
const struct udp_stats *udp_get_stats(struct udp *udp)
{
    uint32_t values[SK_MEMINFO_VARS];
    if (read_memory(udp, values)) {
        /* 32 bits that wrap: adds the difference to the last value */
        udp->stats.socket_drops += values[SK_MEMINFO_DROPS] - udp->last_drops;
        udp->last_drops = values[SK_MEMINFO_DROPS];
    }
    return &udp->stats;
}

bool udp_is_behind(const struct udp *udp)
{
    uint32_t values[SK_MEMINFO_VARS];
    return read_memory(udp, values) && values[SK_MEMINFO_RMEM_ALLOC] > values[SK_MEMINFO_RCVBUF] / 4;
}

bool udp_receive(struct udp *udp)
{
    struct receiver *in = &udp->in;
    for (size_t i = 0; i < BATCH; i++) {
        in->headers[i].msg_hdr.msg_namelen = sizeof in->names[i];
        in->headers[i].msg_hdr.msg_control = in->has_control ? in->controls[i].data : NULL;
        in->headers[i].msg_hdr.msg_controllen = in->has_control ? sizeof in->controls[i].data : 0;
    }
    int count = recvmmsg(udp->fd, in->headers, BATCH, MSG_DONTWAIT, NULL);
    udp->stats.receive_calls++;
    in->count = count > 0 ? (size_t)count : 0;
    in->at = in->offset = in->step = 0;
    return in->count == BATCH;
}

/* Reads the size of the datagrams that the kernel joined in a message (without this field it is one datagram), and
 * their destination address. */
static void read_control(struct receiver *in, struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        int size;
        struct in6_pktinfo info;
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO && c->cmsg_len >= CMSG_LEN(sizeof size)) {
            memcpy(&size, CMSG_DATA(c), sizeof size);
            in->step = size > 0 ? (size_t)size : in->step;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
                   c->cmsg_len >= CMSG_LEN(sizeof info)) {
            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(in->from.local, &info.ipi6_addr, sizeof in->from.local);
        }
    }
}

/* Opens the next usable message. */
static bool open_message(struct udp *udp)
{
    struct receiver *in = &udp->in;
    for (; in->at < in->count; in->at++) {
        struct mmsghdr *header = &in->headers[in->at];
        if ((header->msg_hdr.msg_flags & MSG_TRUNC) != 0) {
            udp->stats.oversized++;
            continue;
        }
        if (header->msg_hdr.msg_namelen == 0 || !path_from_sockaddr(&in->from, (struct sockaddr *)&in->names[in->at]))
            continue;
        in->step = header->msg_len;
        if (header->msg_hdr.msg_controllen > 0)
            read_control(in, &header->msg_hdr);
        return true;
    }
    return false;
}

bool udp_next(struct udp *udp, struct udp_datagram *out)
{
    struct receiver *in = &udp->in;
    if (in->offset == 0 && !open_message(udp))
        return false;
    size_t total = in->headers[in->at].msg_len;
    size_t length = total - in->offset < in->step ? total - in->offset : in->step;
    *out = (struct udp_datagram){in->buffers + in->at * in->buffer_size + in->offset, length, &in->from};
    in->offset += length;
    if (in->offset >= total) {
        in->offset = 0;
        in->at++;
    }
    udp->stats.datagrams++;
    udp->stats.bytes += length;
    return true;
}

static size_t datagrams_in(size_t length, size_t segment_size)
{
    return segment_size > 0 ? (length + segment_size - 1) / segment_size : 1;
}

static void add_control(struct msghdr *header, int level, int type, const void *data, size_t length)
{
    struct cmsghdr *c = (struct cmsghdr *)(void *)((uint8_t *)header->msg_control + header->msg_controllen);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(c), data, length);
    header->msg_controllen += CMSG_SPACE(length);
}

/* Address, source address and segment size of a message. */
static void set_header(const struct udp *udp, struct msghdr *header, struct control *control, const struct path *to,
                       size_t segment_size)
{
    static const uint8_t any[sizeof to->local];
    header->msg_namelen = path_to_sockaddr(to, udp->family, header->msg_name);
    header->msg_control = control->data;
    header->msg_controllen = 0;
    if (segment_size > 0) {
        uint16_t size = (uint16_t)segment_size;
        add_control(header, SOL_UDP, UDP_SEGMENT, &size, sizeof size);
    }
    if (memcmp(to->local, any, sizeof any) != 0) {
        struct in6_pktinfo info = {.ipi6_ifindex = 0};
        memcpy(&info.ipi6_addr, to->local, sizeof to->local);
        add_control(header, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
    if (header->msg_controllen == 0)
        header->msg_control = NULL;
}

static void append(struct udp *udp, const struct path *to, const uint8_t *data, size_t length, size_t segment_size)
{
    struct sender *out = &udp->out;
    if (out->count == QUEUE)
        udp_flush(udp);
    size_t at = out->count++;
    out->vectors[at] = (struct iovec){(void *)(uintptr_t)data, length};
    out->segment_sizes[at] = (uint16_t)segment_size;
    out->paths[at] = *to;
    set_header(udp, &out->headers[at].msg_hdr, &out->controls[at], to, segment_size);
}

void udp_queue(struct udp *udp, const struct path *to, const uint8_t *data, size_t length, size_t segment_size)
{
    if (segment_size == 0 || segment_size >= length) {
        append(udp, to, data, length, 0);
        return;
    }
    size_t by_bytes = SEGMENTED_BYTES_MAX / segment_size;
    size_t segments = by_bytes < udp->out.segments_max ? by_bytes : udp->out.segments_max;
    size_t chunk = (segments > 1 ? segments : 1) * segment_size;
    for (size_t at = 0; at < length; at += chunk) {
        size_t part = length - at < chunk ? length - at : chunk;
        append(udp, to, data + at, part, part > segment_size ? segment_size : 0);
    }
}

/* A segmented message was refused (a segment above the path's MTU, a device without checksums, a limit of the kernel):
 * sends its datagrams one by one. */
static void send_one_by_one(struct udp *udp, size_t at)
{
    struct sender *out = &udp->out;
    size_t segment_size = out->segment_sizes[at];
    uint8_t *data = out->vectors[at].iov_base;
    size_t length = out->vectors[at].iov_len;
    struct iovec vector;
    struct msghdr header = {.msg_name = &out->names[at], .msg_iov = &vector, .msg_iovlen = 1};
    set_header(udp, &header, &out->controls[at], &out->paths[at], 0);
    udp->stats.gso_refused++;
    for (size_t done = 0; done < length; done += vector.iov_len) {
        vector = (struct iovec){data + done, length - done < segment_size ? length - done : segment_size};
        udp->stats.send_calls++;
        if (sendmsg(udp->fd, &header, MSG_DONTWAIT) < 0) {
            udp->stats.send_drops++;
        } else {
            udp->stats.sent_messages++;
            udp->stats.sent_datagrams++;
            udp->stats.sent_bytes += vector.iov_len;
        }
    }
}

/* The message at `at` was refused: depending on `errno` it is sent in another way, or dropped. */
static void handle_refused(struct udp *udp, size_t at)
{
    struct sender *out = &udp->out;
    size_t segment_size = out->segment_sizes[at];
    size_t segments = datagrams_in(out->vectors[at].iov_len, segment_size);
    if (segment_size == 0 || (errno != EMSGSIZE && errno != EIO && errno != EINVAL)) {
        udp->stats.send_drops += segments;
        return;
    }
    if (errno == EIO)
        out->segments_max = 0; /* this device does not support it */
    else if (errno == EINVAL && segments > SEGMENTS_OLD_KERNEL)
        out->segments_max = SEGMENTS_OLD_KERNEL;
    send_one_by_one(udp, at);
}

static void count_sent(struct udp *udp, size_t from, size_t count)
{
    udp->stats.sent_messages += count;
    for (size_t i = from; i < from + count; i++) {
        udp->stats.sent_datagrams += datagrams_in(udp->out.vectors[i].iov_len, udp->out.segment_sizes[i]);
        udp->stats.sent_bytes += udp->out.vectors[i].iov_len;
    }
}

void udp_flush(struct udp *udp)
{
    struct sender *out = &udp->out;
    size_t done = 0;
    while (done < out->count) {
        int sent = sendmmsg(udp->fd, out->headers + done, (unsigned)(out->count - done), MSG_DONTWAIT);
        udp->stats.send_calls++;
        if (sent > 0) {
            count_sent(udp, done, (size_t)sent);
            done += (size_t)sent;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            for (; done < out->count; done++)
                udp->stats.send_drops += datagrams_in(out->vectors[done].iov_len, out->segment_sizes[done]);
        } else if (errno != EINTR) {
            handle_refused(udp, done++);
        }
    }
    out->count = 0;
}

void udp_send(struct udp *udp, const struct path *to, const uint8_t *data, size_t length)
{
    struct sockaddr_storage name;
    struct control control;
    struct iovec vector = {(void *)(uintptr_t)data, length};
    struct msghdr header = {.msg_name = &name, .msg_iov = &vector, .msg_iovlen = 1};
    set_header(udp, &header, &control, to, 0);
    udp->stats.send_calls++;
    if (sendmsg(udp->fd, &header, MSG_DONTWAIT) < 0) {
        udp->stats.send_drops++;
        return;
    }
    udp->stats.sent_messages++;
    udp->stats.sent_datagrams++;
    udp->stats.sent_bytes += length;
}
