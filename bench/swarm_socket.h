/* One UDP socket that speaks for thousands of clients: client k has the local address `first` + k, all on one port.
 * Datagrams come in by recvmmsg, with UDP_GRO if that is asked for, and go out with IP_PKTINFO naming the source, so
 * that the load generator is not the bottleneck of what it measures. IPv4 only. */
#ifndef HEDDLE_BENCH_SWARM_SOCKET_H
#define HEDDLE_BENCH_SWARM_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define SWARM_CLIENTS_MAX 60000
#define SWARM_LOOPBACK 0x7f010001u /* 127.1.0.1: all of 127.0.0.0/8 is local */

struct swarm_socket;

/* `gro`: what was sent as one message is received in one piece. ERR_IO: errno has the reason. */
int swarm_socket_new(struct swarm_socket **out, uint32_t first, bool gro);
void swarm_socket_free(struct swarm_socket *socket);
int swarm_socket_fd(const struct swarm_socket *socket);
/* "127.1.0.5" of a client, and the port all share: for its candidate. */
void swarm_socket_address(const struct swarm_socket *socket, unsigned client, char out[16]);
uint16_t swarm_socket_port(const struct swarm_socket *socket);

struct swarm_socket_stats {
    uint64_t calls, datagrams; /* received */
    uint64_t refused;          /* could not be sent */
};
const struct swarm_socket_stats *swarm_socket_get_stats(const struct swarm_socket *socket);

/* Reads the datagrams that have arrived, at most a batch, and calls `receive` for each (which may change it in place)
 * with the time at which the kernel got it: the time that it then waited for us is not the server's delay. Returns how
 * many there were, or ERR_AGAIN for none. */
typedef void (*swarm_receive)(void *user, unsigned client, uint8_t *data, size_t length, usec_t arrival);
int swarm_socket_receive(struct swarm_socket *socket, swarm_receive receive, void *user);
/* Sends `count` datagrams of one client; `segment_size` as in struct ice_message. 0 or ERR_IO, ERR_AGAIN. */
int swarm_socket_send(struct swarm_socket *socket, unsigned client, const struct sockaddr_in *to, uint8_t *data,
                      size_t length, size_t segment_size);

#endif
