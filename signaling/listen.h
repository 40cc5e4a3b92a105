/* The address that page and signaling are served on. libwebsockets waits in silence for an address that this machine
 * does not have, and for the right to use a port, as if they could come later: so it is tried before. */
#ifndef HEDDLE_SIGNALING_LISTEN_H
#define HEDDLE_SIGNALING_LISTEN_H

#include <stdint.h>

/* Whether a TCP socket can be bound to `host` ("" for every address) and `port`: 0, or the errno that says why not. */
int listen_check(const char *host, uint16_t port);

/* The host for the URL that is printed: one that can be opened on this machine, also when `host` means every address.
 */
const char *listen_shown_host(const char *host);

#endif
