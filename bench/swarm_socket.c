#include "bench/swarm_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define BATCH 32
#define BUFFER_SIZE 65536 /* UDP_GRO joins up to a whole IP datagram */
#define CONTROL_SIZE                                                                                                   \
    (CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct timespec)))

struct swarm_socket {
    int fd;
    uint32_t first;
    uint16_t port;
    struct swarm_socket_stats stats;
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    union {
        char bytes[CONTROL_SIZE];
        struct cmsghdr align;
    } control[BATCH];
    uint8_t buffers[BATCH][BUFFER_SIZE];
};

static int set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value);
}

static int open_socket(struct swarm_socket *socket_, bool gro)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    socklen_t length = sizeof any;
    socket_->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_->fd < 0 || bind(socket_->fd, (struct sockaddr *)&any, length) != 0 ||
        getsockname(socket_->fd, (struct sockaddr *)&any, &length) != 0 ||
        set_option(socket_->fd, IPPROTO_IP, IP_PKTINFO, 1) != 0)
        return ERR_IO;
    socket_->port = ntohs(any.sin_port);
    if (gro && set_option(socket_->fd, SOL_UDP, UDP_GRO, 1) != 0)
        return ERR_IO;
    (void)set_option(socket_->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    if (set_option(socket_->fd, SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20) != 0)
        (void)set_option(socket_->fd, SOL_SOCKET, SO_RCVBUF, 64 << 20);
    if (set_option(socket_->fd, SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20) != 0)
        (void)set_option(socket_->fd, SOL_SOCKET, SO_SNDBUF, 16 << 20);
    return 0;
}

int swarm_socket_new(struct swarm_socket **out, uint32_t first, bool gro)
{
    struct swarm_socket *socket_ = mem_alloc(sizeof *socket_);
    socket_->first = first;
    if (open_socket(socket_, gro) != 0) {
        swarm_socket_free(socket_);
        return ERR_IO;
    }
    *out = socket_;
    return 0;
}

void swarm_socket_free(struct swarm_socket *socket_)
{
    if (socket_ == NULL)
        return;
    if (socket_->fd >= 0)
        close(socket_->fd);
    free(socket_);
}

int swarm_socket_fd(const struct swarm_socket *socket_)
{
    return socket_->fd;
}

void swarm_socket_address(const struct swarm_socket *socket_, unsigned client, char out[16])
{
    struct in_addr address = {.s_addr = htonl(socket_->first + client)};
    inet_ntop(AF_INET, &address, out, 16);
}

uint16_t swarm_socket_port(const struct swarm_socket *socket_)
{
    return socket_->port;
}

/* From the control messages of a message. */
struct arrival {
    unsigned client;
    size_t segment_size; /* 0: one datagram */
    usec_t wall;         /* 0: unknown */
};

static void read_control(struct msghdr *message, uint32_t first, struct arrival *arrival)
{
    *arrival = (struct arrival){.client = SWARM_CLIENTS_MAX};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            arrival->client = ntohl(info.ipi_addr.s_addr) - first;
        } else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, CMSG_DATA(c), sizeof size);
            arrival->segment_size = (size_t)size;
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec at;
            memcpy(&at, CMSG_DATA(c), sizeof at);
            arrival->wall = at.tv_sec * USEC_PER_SEC + at.tv_nsec / 1000;
        }
    }
}

static int deliver(struct swarm_socket *socket_, unsigned i, usec_t wall_offset, swarm_receive receive, void *user)
{
    size_t left = socket_->messages[i].msg_len;
    uint8_t *data = socket_->buffers[i];
    struct arrival arrival;
    int count = 0;
    read_control(&socket_->messages[i].msg_hdr, socket_->first, &arrival);
    if (arrival.client >= SWARM_CLIENTS_MAX)
        return 0;
    usec_t at = arrival.wall != 0 ? arrival.wall - wall_offset : clock_now();
    while (left > 0) {
        size_t length = arrival.segment_size > 0 && arrival.segment_size < left ? arrival.segment_size : left;
        receive(user, arrival.client, data, length, at);
        data += length;
        left -= length;
        count++;
    }
    return count;
}

int swarm_socket_receive(struct swarm_socket *socket_, swarm_receive receive, void *user)
{
    for (unsigned i = 0; i < BATCH; i++) {
        socket_->vectors[i] = (struct iovec){socket_->buffers[i], BUFFER_SIZE};
        socket_->messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &socket_->vectors[i],
            .msg_iovlen = 1,
            .msg_control = socket_->control[i].bytes,
            .msg_controllen = CONTROL_SIZE,
        };
    }
    int messages = recvmmsg(socket_->fd, socket_->messages, BATCH, MSG_DONTWAIT, NULL);
    if (messages <= 0)
        return ERR_AGAIN;
    int count = 0;
    usec_t wall_offset = clock_wall_us() - clock_now();
    for (unsigned i = 0; i < (unsigned)messages; i++)
        count += deliver(socket_, i, wall_offset, receive, user);
    socket_->stats.calls++;
    socket_->stats.datagrams += (unsigned)count;
    return count;
}

const struct swarm_socket_stats *swarm_socket_get_stats(const struct swarm_socket *socket_)
{
    return &socket_->stats;
}

static struct cmsghdr *put_control(struct msghdr *message, struct cmsghdr *at, int level, int type, const void *value,
                                   size_t length)
{
    at->cmsg_level = level;
    at->cmsg_type = type;
    at->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(at), value, length);
    message->msg_controllen += CMSG_SPACE(length);
    return (struct cmsghdr *)((char *)at + CMSG_SPACE(length));
}

int swarm_socket_send(struct swarm_socket *socket_, unsigned client, const struct sockaddr_in *to, uint8_t *data,
                      size_t length, size_t segment_size)
{
    union {
        char bytes[CONTROL_SIZE];
        struct cmsghdr align;
    } control = {0};
    struct sockaddr_in destination = *to;
    struct iovec vector = {data, length};
    struct in_pktinfo source = {.ipi_spec_dst.s_addr = htonl(socket_->first + client)};
    uint16_t segment = (uint16_t)segment_size;
    struct msghdr message = {
        .msg_name = &destination,
        .msg_namelen = sizeof destination,
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
    };
    struct cmsghdr *next = put_control(&message, &control.align, IPPROTO_IP, IP_PKTINFO, &source, sizeof source);
    if (segment_size > 0 && segment_size < length)
        put_control(&message, next, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
    if (sendmsg(socket_->fd, &message, MSG_DONTWAIT) >= 0)
        return 0;
    socket_->stats.refused++;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? ERR_AGAIN : ERR_IO;
}
