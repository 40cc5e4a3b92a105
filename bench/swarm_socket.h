/* One UDP socket that speaks for thousands of clients: client k has the loopback address 127.x.y.z made from k, all on
 * one port. Datagrams come in by recvmmsg with UDP_GRO and go out with IP_PKTINFO naming the source, so that the load
 * generator is not the bottleneck of what it measures. IPv4 loopback only. */
#ifndef HEDDLE_BENCH_SWARM_SOCKET_H
#define HEDDLE_BENCH_SWARM_SOCKET_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define SWARM_CLIENTS_MAX 60000

struct swarm_socket;

/* ERR_IO: errno has the reason. */
int swarm_socket_new(struct swarm_socket **out);
void swarm_socket_free(struct swarm_socket *socket);
int swarm_socket_fd(const struct swarm_socket *socket);
/* "127.1.0.5" of a client, and the port all share: for its candidate. */
void swarm_socket_address(const struct swarm_socket *socket, unsigned client, char out[16]);
uint16_t swarm_socket_port(const struct swarm_socket *socket);

/* Reads what is there, up to a batch; calls `receive` for each datagram (which may change it in place). Returns how
 * many, or ERR_AGAIN when nothing was. */
int swarm_socket_receive(struct swarm_socket *socket,
                         void (*receive)(void *user, unsigned client, uint8_t *data, size_t length), void *user);
/* Sends `count` datagrams of one client; `segment_size` as in struct ice_message. 0 or ERR_IO, ERR_AGAIN. */
int swarm_socket_send(struct swarm_socket *socket, unsigned client, const struct sockaddr_in *to, const uint8_t *data,
                      size_t length, size_t segment_size);

#endif
