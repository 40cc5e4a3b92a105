/* The way to a TURN server over TCP, or TLS (RFC 7065 "turns:"). libnice connects to a listener on loopback; what it
 * sends is passed on to the server, what comes from there goes through turn_filter.h. With TLS the certificate must be
 * valid for the server's name or address by the system's authorities. A shell on a libuv loop; any failure closes the
 * connection, which libnice notices. */
#ifndef HEDDLE_NET_TURN_TUNNEL_H
#define HEDDLE_NET_TURN_TUNNEL_H

#include <uv.h>

struct turn_tunnel;

/* `host`: numeric, where to connect to; `tls_name`: which the certificate must have, or NULL: plain TCP. NULL: no
 * listener or no TLS. */
struct turn_tunnel *turn_tunnel_new(uv_loop_t *loop, const char *host, uint16_t port, const char *tls_name);
/* Closes its connections; the memory is freed when the loop has run once more. NULL is fine. */
void turn_tunnel_free(struct turn_tunnel *tunnel);
/* Where it listens: on the loopback address of the server's family, which libnice needs to relay addresses of it. */
const char *turn_tunnel_host(const struct turn_tunnel *tunnel);
uint16_t turn_tunnel_port(const struct turn_tunnel *tunnel);

#endif
