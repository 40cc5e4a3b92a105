/* Two peers over a link in memory, in virtual time: gettimeofday(), the clock of OpenSSL's retransmission timer, is the
 * test's own. */
#ifndef HEDDLE_TESTS_PEER_PAIR_H
#define HEDDLE_TESTS_PEER_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "transport/base/error.h"
#include "transport/base/random.h"
#include "transport/peer/identity.h"
#include "transport/peer/peer.h"
#include "transport/peer/protect.h"

#define WALL_US ((int64_t)1800000000 * 1000000)
#define START usec_from_ms(1000)
#define LATENCY usec_from_ms(10)
#define QUEUE 512

extern usec_t now;
extern usec_t wall_step; /* by which somebody has set the wall clock */

struct datagram {
    bool to_server;
    usec_t at;
    size_t length;
    uint8_t data[1500];
};

/* Decides the fate of the n-th datagram of a direction. */
typedef bool loses(void *user, bool to_server, unsigned n);

struct peer_pair {
    struct peer *client, *server;
    struct identity *client_identity, *server_identity;
    struct datagram queue[QUEUE];
    size_t count;
    unsigned sent_to_server, sent_to_client;
    size_t largest;
    loses *loses;
    void *user;
};

void configure(struct peer_config *config, struct identity *own, struct identity *remote, bool is_client);
void peer_pair_open(struct peer_pair *pair, const char *client_profiles, const char *server_profiles);
void peer_pair_close(struct peer_pair *pair);
/* Sends what both have to send. */
void collect_both(struct peer_pair *pair);
/* One event: a datagram arrives or a timer runs out. False: nothing will ever happen again. */
bool step(struct peer_pair *pair);
/* Until `limit` after the start, or until nothing happens any more. */
void run(struct peer_pair *pair, usec_t limit);
bool is_connected(const struct peer_pair *pair);
void start_both(struct peer_pair *pair);
/* A packet of 112 bytes; returns its length. */
size_t make_rtp(uint8_t *out, uint32_t ssrc, uint16_t seq);
/* What one protects the other one reads. */
void expect_media(struct peer *from, struct peer *to);
/* The same, from scattered plaintext. */
void expect_protected_media(struct peer *from, struct peer *to);

#endif
