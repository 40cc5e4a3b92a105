#include "bench/floor.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/net/clock.h"
#include "transport/peer/gcm_engine.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define HEADER_SIZE 20
#define SEGMENTS_MAX 64
#define BATCH_BYTES 64000
#define BATCHES_BETWEEN_DRAINS 16

struct floor_rig {
    int out, in;
    const struct gcm_engine *engine;
    struct gcm_key *key;
    size_t packet_size;
    unsigned segments;
    uint64_t counter;
    uint8_t plain[1500];
    uint8_t batch[BATCH_BYTES];
};

static int open_sockets(struct floor_rig *rig)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    rig->in = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    rig->out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int on = 1, large = 32 << 20;
    if (rig->in < 0 || rig->out < 0 || bind(rig->in, (struct sockaddr *)&address, length) != 0 ||
        setsockopt(rig->in, SOL_UDP, UDP_GRO, &on, sizeof on) != 0 ||
        getsockname(rig->in, (struct sockaddr *)&address, &length) != 0 ||
        connect(rig->out, (struct sockaddr *)&address, length) != 0)
        return ERR_IO;
    if (setsockopt(rig->in, SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large) != 0)
        (void)setsockopt(rig->in, SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
    return 0;
}

static int rig_init(struct floor_rig *rig, size_t packet_size, unsigned segments)
{
    static const uint8_t key[16] = "floor of packets";
    memset(rig, 0, sizeof *rig);
    rig->in = rig->out = -1;
    rig->packet_size = packet_size;
    rig->segments = segments;
    rig->engine = gcm_engine_find("auto");
    rig->key = rig->engine->key_new(key, sizeof key, true);
    if (rig->key == NULL)
        return ERR_IO;
    return open_sockets(rig);
}

static void rig_fini(struct floor_rig *rig)
{
    rig->engine->key_free(rig->key);
    if (rig->in >= 0)
        close(rig->in);
    if (rig->out >= 0)
        close(rig->out);
}

static void protect_batch(struct floor_rig *rig)
{
    size_t payload = rig->packet_size - HEADER_SIZE - GCM_TAG;
    for (unsigned i = 0; i < rig->segments; i++) {
        uint8_t *out = rig->batch + i * rig->packet_size;
        uint8_t nonce[GCM_NONCE] = {0};
        struct span part = {rig->plain + HEADER_SIZE, payload};
        put_u64(nonce + 4, ++rig->counter);
        memcpy(out, rig->plain, HEADER_SIZE);
        rig->engine->encrypt(rig->key, nonce, (struct span){out, HEADER_SIZE}, &part, 1, out + HEADER_SIZE);
    }
}

static int send_batch(struct floor_rig *rig)
{
    union {
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } control = {0};
    struct iovec data = {rig->batch, rig->packet_size * rig->segments};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (rig->segments > 1) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        uint16_t size = (uint16_t)rig->packet_size;
        header->cmsg_level = SOL_UDP;
        header->cmsg_type = UDP_SEGMENT;
        header->cmsg_len = CMSG_LEN(sizeof size);
        memcpy(CMSG_DATA(header), &size, sizeof size);
    }
    return sendmsg(rig->out, &message, 0) < 0 ? ERR_IO : 0;
}

/* Empties the receiving queue, outside of the time that is measured. */
static void drain(struct floor_rig *rig)
{
    static uint8_t buffer[65536];
    while (recv(rig->in, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
}

/* CPU microseconds a packet when the steps that are asked for are repeated. */
static int time_steps(struct floor_rig *rig, int protect, int send, double seconds, double *us)
{
    int64_t end = clock_thread_cpu_ns() + (int64_t)(seconds * 1e9), spent = 0, now;
    uint64_t packets = 0;
    do {
        int64_t before = clock_thread_cpu_ns();
        for (int i = 0; i < BATCHES_BETWEEN_DRAINS; i++) {
            if (protect)
                protect_batch(rig);
            if (send && send_batch(rig) != 0)
                return ERR_IO;
            packets += rig->segments;
        }
        now = clock_thread_cpu_ns();
        spent += now - before;
        drain(rig);
    } while (now < end);
    *us = (double)spent / 1e3 / (double)packets;
    return 0;
}

int floor_measure(struct floor_result *result, size_t packet_size, unsigned segments, double seconds)
{
    static struct floor_rig rig;
    if (packet_size <= HEADER_SIZE + GCM_TAG || packet_size > sizeof rig.plain)
        return ERR_INVALID;
    if (segments < 1)
        segments = 1;
    if (segments > SEGMENTS_MAX)
        segments = SEGMENTS_MAX;
    if (segments * packet_size > BATCH_BYTES)
        segments = (unsigned)(BATCH_BYTES / packet_size);
    int error = rig_init(&rig, packet_size, segments);
    if (error == 0)
        error = time_steps(&rig, 1, 0, seconds / 4, &result->protect_us);
    if (error == 0)
        error = time_steps(&rig, 0, 1, seconds / 4, &result->send_us);
    if (error == 0)
        error = time_steps(&rig, 1, 1, seconds / 2, &result->total_us);
    rig_fini(&rig);
    return error;
}
