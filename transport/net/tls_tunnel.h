/* TLS for TURN over TCP (RFC 7065 "turns:"). libnice speaks TURN over plain TCP; it is led to a listener on loopback,
 * and what it says there goes to the server through TLS. The certificate must be valid for the server's name or address
 * by the system's authorities. A shell on a libuv loop; any failure closes the connection, and libnice sees that. */
#ifndef HEDDLE_NET_TLS_TUNNEL_H
#define HEDDLE_NET_TLS_TUNNEL_H

#include <uv.h>

struct tls_tunnel;

/* `host`: numeric, where to connect to; `name`: as the certificate has it. NULL: no listener or no TLS. */
struct tls_tunnel *tls_tunnel_new(uv_loop_t *loop, const char *host, const char *name, uint16_t port);
/* Closes its connections; the memory goes when the loop has run once more. NULL is fine. */
void tls_tunnel_free(struct tls_tunnel *tunnel);
uint16_t tls_tunnel_port(const struct tls_tunnel *tunnel); /* of 127.0.0.1 */

#endif
