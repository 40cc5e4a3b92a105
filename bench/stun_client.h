/* The controlling side of ICE, as small as a load generator needs it: one remote address, one check at a time,
 * nominated at once (RFC 8445 sections 7.2.2 and 8.1.1); the remote peer's checks are answered. Pure but for libnice's
 * message functions. */
#ifndef HEDDLE_BENCH_STUN_CLIENT_H
#define HEDDLE_BENCH_STUN_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/random.h"
#include "transport/base/time.h"

struct stun_client {
    char username[520]; /* "<remote ufrag>:<local ufrag>" */
    char password[257];
    char local_ufrag[33], local_password[33];
    uint8_t transaction[12];
    uint64_t tie_breaker;
    bool is_connected;
    usec_t next;
    usec_t retry;
};

void stun_client_init(struct stun_client *client, const char *local_ufrag, const char *local_pwd,
                      const char *remote_ufrag, const char *remote_pwd, struct rng *rng, usec_t now);
/* The check that is due, into `out`; 0: none. */
size_t stun_client_poll(struct stun_client *client, uint8_t *out, size_t capacity, usec_t now);
/* A STUN message came in; true when it was the answer to our check. */
bool stun_client_input(struct stun_client *client, const uint8_t *data, size_t length, usec_t now);
/* The answer to a check of the remote peer, into `out` (1500 bytes); 0: it is none, or a wrong one. */
size_t stun_client_answer(const struct stun_client *client, const uint8_t *data, size_t length,
                          const struct sockaddr_in *from, uint8_t *out, size_t capacity);

#endif
