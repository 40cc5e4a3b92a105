/* One DTLS 1.2 association (RFC 6347) that agrees on SRTP keys (RFC 5764). OpenSSL reads and writes datagrams through a
 * BIO of ours, which keeps their boundaries. Sans I/O, but for one thing: OpenSSL's retransmission timer reads the wall
 * clock (gettimeofday). dtls_next() says when to call dtls_timeout(); if the wall clock was set back, that sends the
 * flight again by itself.
 *
 *   NEW -> HANDSHAKE         dtls_start(), or a server's first datagram
 *   HANDSHAKE -> CONNECTED   the fingerprint is right, an SRTP profile was agreed, and the handshake is finished, or,
 *                            for a client, its own Finished is sent (False Start, RFC 7918)
 *   HANDSHAKE -> FAILED      dtls_error() says why
 *   any -> CLOSED            close_notify or a fatal alert came, or dtls_close() */
#ifndef HEDDLE_PEER_DTLS_H
#define HEDDLE_PEER_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/peer/peer_types.h"
#include "transport/peer/srtp_keys.h"

#define DTLS_LINK_MTU 1200
/* OpenSSL ignores a ClientHello sent again: only its timer mends a lost flight. */
#define DTLS_FIRST_TIMEOUT_US 50000u
#define DTLS_LAST_TIMEOUT_US 3000000u /* 12 timeouts, doubled up to this, are 20 s */
#define DTLS_HANDSHAKE_LIMIT (30 * USEC_PER_SEC)

struct dtls;

struct dtls *dtls_new(const struct peer_config *config); /* NULL: OpenSSL failed, or the configuration is invalid */
void dtls_free(struct dtls *dtls);
void dtls_start(struct dtls *dtls, usec_t now);
/* ERR_LIMIT: more datagrams than any handshake needs, or more data than a path of 40 Mbit/s carries; they are dropped
 * unread. */
int dtls_input(struct dtls *dtls, const uint8_t *data, size_t length, usec_t now);
size_t dtls_poll(struct dtls *dtls, uint8_t *out, size_t capacity);
/* Application data is handed to `sink` from inside dtls_input(), a record at a time; without one (at first) it is
 * ignored. */
struct dtls_sink {
    void (*take)(void *user, const uint8_t *data, size_t length, usec_t now);
    void *user;
};
void dtls_set_sink(struct dtls *dtls, const struct dtls_sink *sink);
/* Whether application data can be sent: connected, and the handshake is finished at both ends. */
bool dtls_can_send(const struct dtls *dtls);
/* One record, which dtls_poll() gives out: drain that after each call. */
void dtls_send(struct dtls *dtls, const uint8_t *data, size_t length);
usec_t dtls_next(const struct dtls *dtls);
void dtls_timeout(struct dtls *dtls, usec_t now);
void dtls_close(struct dtls *dtls);
bool dtls_is_client(const struct dtls *dtls);
enum peer_state dtls_state(const struct dtls *dtls);
int dtls_error(const struct dtls *dtls);
void dtls_get_stats(const struct dtls *dtls, struct peer_stats *stats); /* fills its own fields only */
/* The keys of the agreed profile; ERR_WRONG_STATE before CONNECTED. */
int dtls_export_keys(const struct dtls *dtls, struct srtp_keys *send, struct srtp_keys *receive);

#endif
