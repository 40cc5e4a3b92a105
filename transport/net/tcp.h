/* The TCP side of an ICE-lite port: a listener (RFC 6544 passive) whose connections carry datagrams in RFC 4571 frames.
 * Connections without a valid check are closed after a time, or earlier when others need their places (in total, of one
 * address, of the process's descriptors). A slow connection drops datagrams that do not fit its queue. A shell on a
 * libuv loop. */
#ifndef HEDDLE_NET_TCP_H
#define HEDDLE_NET_TCP_H

#include <uv.h>

#include "transport/base/time.h"
#include "transport/net/path.h"

struct tcp_events {
    void (*datagram)(void *user, const struct path *from, uint8_t *data, size_t length, usec_t now);
    void (*read_end)(void *user, usec_t now);                        /* after the datagrams of one read */
    void (*closed)(void *user, const struct path *from, usec_t now); /* by the peer, or because of its errors */
    void *user;
};

struct tcp_config {
    const char *bind_address;
    uint16_t port;
    usec_t idle_timeout;  /* a connection without input for so long is closed */
    usec_t proof_timeout; /* and one without tcp_approve() in this time */
};

struct tcp_stats {
    uint64_t accepted, bad_frames, read_calls, datagrams, bytes;
    uint64_t unproven; /* closed or refused before a valid check */
    uint64_t pauses;   /* how often no descriptor was left */
    uint64_t sent_datagrams, sent_bytes, send_calls, send_drops;
};

struct tcp;

/* In the loop's thread, like all functions here. 0, or ERR_IO with errno: nothing can listen at the address. */
int tcp_open(struct tcp **out, uv_loop_t *loop, const struct tcp_config *config, const struct tcp_events *events);
/* No event comes after it; `done` is called from the loop when the memory has been freed. */
void tcp_close(struct tcp *tcp, void (*done)(void *user), void *user);
uint16_t tcp_port(const struct tcp *tcp);
const struct tcp_stats *tcp_get_stats(const struct tcp *tcp);
/* Closes idle connections; call about once a second. */
void tcp_tick(struct tcp *tcp, usec_t now);

void tcp_approve(struct tcp *tcp, uint64_t stream); /* a valid check came over it */
/* Copies the datagram. If it does not fit the queue, it is dropped as a whole. */
void tcp_send(struct tcp *tcp, uint64_t stream, const uint8_t *data, size_t length);
void tcp_flush(struct tcp *tcp);
void tcp_drop(struct tcp *tcp, uint64_t stream); /* closes without an event */

#endif
