#include "transport/net/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/base/error.h"
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
/* One segmented message: UDP_MAX_SEGMENTS of current kernels (64 before 6.9), and an IP packet's length less headers.
 */
#define SEGMENTS_MAX 128
#define SEGMENTS_OLD_KERNEL 64
#define SEGMENTED_BYTES_MAX (65535 - 40 - 8)

struct control {
    _Alignas(struct cmsghdr) uint8_t data[CMSG_SPACE(sizeof(int))];
};

struct receiver {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_storage names[BATCH];
    struct control controls[BATCH];
    uint8_t *buffers;
    size_t buffer_size;
    size_t count, at;    /* messages of the last call; the one being drained */
    size_t offset, step; /* within it */
    struct path from;
};

struct sender {
    struct mmsghdr headers[QUEUE];
    struct iovec vectors[QUEUE];
    struct sockaddr_storage names[QUEUE];
    struct control controls[QUEUE];
    uint16_t segment_sizes[QUEUE]; /* 0: one datagram */
    size_t count;
    size_t segments_max; /* 0: no segmentation here */
};

struct udp {
    int fd, family;
    uint16_t port;
    struct udp_stats stats;
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

/* The privileged option is not held by rmem_max; without the privilege the plain one takes what it may. */
static void enlarge_buffer(int fd, int forced, int plain)
{
    int size = SOCKET_BUFFER;
    if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, plain, &size, sizeof size);
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

int udp_open(struct udp **out, const struct udp_config *config)
{
    struct udp *udp = mem_alloc(sizeof *udp);
    udp->family = AF_INET6;
    udp->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0 && errno == EAFNOSUPPORT) { /* a kernel without IPv6 */
        udp->family = AF_INET;
        udp->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    }
    int error = udp->fd < 0 ? ERR_IO : bind_socket(udp, config);
    if (error != 0) {
        int saved = errno;
        udp_close(udp);
        errno = saved;
        return error;
    }
    enlarge_buffer(udp->fd, SO_RCVBUFFORCE, SO_RCVBUF);
    enlarge_buffer(udp->fd, SO_SNDBUFFORCE, SO_SNDBUF);
    int on = 1;
    bool gro = config->gro && setsockopt(udp->fd, SOL_UDP, UDP_GRO, &on, sizeof on) == 0;
    init_receiver(&udp->in, gro);
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

const struct udp_stats *udp_get_stats(const struct udp *udp)
{
    return &udp->stats;
}

bool udp_receive(struct udp *udp)
{
    struct receiver *in = &udp->in;
    bool gro = in->buffer_size == BUFFER_GRO;
    for (size_t i = 0; i < BATCH; i++) {
        in->headers[i].msg_hdr.msg_namelen = sizeof in->names[i];
        in->headers[i].msg_hdr.msg_control = gro ? in->controls[i].data : NULL;
        in->headers[i].msg_hdr.msg_controllen = gro ? sizeof in->controls[i].data : 0;
    }
    int count = recvmmsg(udp->fd, in->headers, BATCH, MSG_DONTWAIT, NULL);
    udp->stats.receive_calls++;
    in->count = count > 0 ? (size_t)count : 0;
    in->at = in->offset = in->step = 0;
    return in->count == BATCH;
}

/* The size of the datagrams the kernel joined in a message; without the mark it is one. */
static size_t joined_size(struct msghdr *header, size_t length)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        int size;
        if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO || c->cmsg_len < CMSG_LEN(sizeof size))
            continue;
        memcpy(&size, CMSG_DATA(c), sizeof size);
        return size > 0 ? (size_t)size : length;
    }
    return length;
}

/* Goes to the next message that can be used. */
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
        in->step =
            header->msg_hdr.msg_controllen > 0 ? joined_size(&header->msg_hdr, header->msg_len) : header->msg_len;
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

static void append(struct udp *udp, const struct path *to, const uint8_t *data, size_t length, size_t segment_size)
{
    struct sender *out = &udp->out;
    if (out->count == QUEUE)
        udp_flush(udp);
    size_t at = out->count++;
    struct msghdr *header = &out->headers[at].msg_hdr;
    out->vectors[at] = (struct iovec){(void *)(uintptr_t)data, length};
    header->msg_namelen = path_to_sockaddr(to, udp->family, &out->names[at]);
    out->segment_sizes[at] = (uint16_t)segment_size;
    if (segment_size == 0) {
        header->msg_control = NULL;
        header->msg_controllen = 0;
        return;
    }
    uint16_t size = (uint16_t)segment_size;
    header->msg_control = out->controls[at].data;
    header->msg_controllen = CMSG_SPACE(sizeof size);
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    c->cmsg_level = SOL_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof size);
    memcpy(CMSG_DATA(c), &size, sizeof size);
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
 * the same datagrams, each by itself. */
static void send_one_by_one(struct udp *udp, size_t at)
{
    struct sender *out = &udp->out;
    size_t segment_size = out->segment_sizes[at];
    uint8_t *data = out->vectors[at].iov_base;
    size_t length = out->vectors[at].iov_len;
    struct iovec vector;
    struct msghdr header = {
        .msg_name = &out->names[at],
        .msg_namelen = out->headers[at].msg_hdr.msg_namelen,
        .msg_iov = &vector,
        .msg_iovlen = 1,
    };
    udp->stats.gso_refused++;
    for (size_t done = 0; done < length; done += vector.iov_len) {
        vector = (struct iovec){data + done, length - done < segment_size ? length - done : segment_size};
        udp->stats.send_calls++;
        if (sendmsg(udp->fd, &header, MSG_DONTWAIT) < 0) {
            udp->stats.send_drops++;
        } else {
            udp->stats.sent_datagrams++;
            udp->stats.sent_bytes += vector.iov_len;
        }
    }
}

/* The message at `at` was refused: by `errno`, another way or dropped. */
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
        out->segments_max = 0; /* this device will never do it */
    else if (errno == EINVAL && segments > SEGMENTS_OLD_KERNEL)
        out->segments_max = SEGMENTS_OLD_KERNEL;
    send_one_by_one(udp, at);
}

static void count_sent(struct udp *udp, size_t from, size_t count)
{
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
    socklen_t name_length = path_to_sockaddr(to, udp->family, &name);
    udp->stats.send_calls++;
    if (sendto(udp->fd, data, length, MSG_DONTWAIT, (struct sockaddr *)&name, name_length) < 0) {
        udp->stats.send_drops++;
        return;
    }
    udp->stats.sent_datagrams++;
    udp->stats.sent_bytes += length;
}
