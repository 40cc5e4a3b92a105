/* One UDP socket: dual stack, large buffers, received by recvmmsg (with UDP_GRO when asked), sent by sendmmsg with
 * UDP_SEGMENT. A shell; no callbacks. */
#ifndef HEDDLE_NET_UDP_H
#define HEDDLE_NET_UDP_H

#include "transport/net/path.h"

struct udp_config {
    const char *bind_address; /* numeric; NULL: every interface of both families */
    uint16_t port;            /* 0: the system chooses */
    bool gro;    /* lets the kernel hand over several datagrams of one sender at once; takes 4 MB of buffers */
    bool no_gso; /* for tests: as on a kernel or device without GSO */
};

struct udp_stats {
    uint64_t datagrams, bytes, receive_calls;
    uint64_t sent_datagrams, sent_messages, sent_bytes, send_calls, send_drops;
    uint64_t socket_drops; /* by the kernel: the receive queue was full */
    uint64_t oversized;    /* dropped, since they are longer than any datagram of WebRTC */
    uint64_t gso_refused;  /* segmented messages that had to be sent one by one */
};

struct udp_datagram {
    uint8_t *data; /* owned by the socket, valid until udp_receive() */
    size_t length;
    const struct path *from;
};

struct udp;

int udp_open(struct udp **out, const struct udp_config *config); /* ERR_IO (errno), ERR_INVALID (address) */
void udp_close(struct udp *udp);                                 /* drops what is queued; NULL is fine */
int udp_fd(const struct udp *udp);
uint16_t udp_port(const struct udp *udp);
const struct udp_stats *udp_get_stats(struct udp *udp);
/* Whether unread datagrams take more than a quarter of the socket's buffer. One system call. */
bool udp_is_behind(const struct udp *udp);

/* One system call: up to 64 messages, to be drained by udp_next(). True: all 64 were used, there may be more. */
bool udp_receive(struct udp *udp);
bool udp_next(struct udp *udp, struct udp_datagram *out);

/* Queues; the bytes stay valid until udp_flush() (which a full queue causes at once). segment_size 0: one datagram. */
void udp_queue(struct udp *udp, const struct path *to, const uint8_t *data, size_t length, size_t segment_size);
void udp_flush(struct udp *udp);
/* Sends one datagram at once. */
void udp_send(struct udp *udp, const struct path *to, const uint8_t *data, size_t length);

#endif
