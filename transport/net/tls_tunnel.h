/* TLS for TURN over TCP (RFC 7065 "turns:"). libnice speaks TURN over plain TCP; it connects to a listener on loopback,
 * whose data is passed on to the server by TLS. The certificate must be valid for the server's name or address by the
 * system's authorities. A shell on a libuv loop; any failure closes the connection, which libnice notices. */
#ifndef HEDDLE_NET_TLS_TUNNEL_H
#define HEDDLE_NET_TLS_TUNNEL_H

#include <uv.h>

struct tls_tunnel;

/* `host`: numeric, where to connect to; `name`: which the certificate must have. NULL: no listener or no TLS. */
struct tls_tunnel *tls_tunnel_new(uv_loop_t *loop, const char *host, const char *name, uint16_t port);
/* Closes its connections; the memory is freed when the loop has run once more. NULL is fine. */
void tls_tunnel_free(struct tls_tunnel *tunnel);
uint16_t tls_tunnel_port(const struct tls_tunnel *tunnel); /* of 127.0.0.1 */

#endif
