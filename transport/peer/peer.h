/* One peer connection above ICE and below RTP: DTLS (RFC 6347, RFC 5764, by OpenSSL over memory BIOs), then SRTP
 * (libsrtp2). Sans I/O: feed it datagrams and time, drain its output. Used by one thread. */
#ifndef HEDDLE_PEER_PEER_H
#define HEDDLE_PEER_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

/* The identity all connections of a process share: an ECDSA P-256 key and certificate. Immutable, so any thread
 * may use it; reference-counted atomically, so that it can be renewed while old connections keep the old one. */
struct identity;
struct identity *identity_new(int64_t wall_us); /* valid from a day before to a year after; NULL: OpenSSL failed */
struct identity *identity_hold(struct identity *identity);
void identity_release(struct identity *identity);
/* "AB:CD:..." SHA-256, 95 characters. Static as long as the identity lives. */
const char *identity_fingerprint(const struct identity *identity);

enum srtp_profile { /* IANA numbers of RFC 5764 and RFC 7714 */
                    SRTP_PROFILE_NONE = 0,
                    SRTP_PROFILE_AES128_CM_SHA1_80 = 0x0001,
                    SRTP_PROFILE_AEAD_AES_128_GCM = 0x0007,
                    SRTP_PROFILE_AEAD_AES_256_GCM = 0x0008,
};
const char *srtp_profile_name(enum srtp_profile profile);

struct peer_config {
    struct identity *identity;             /* the peer holds its own reference */
    bool is_dtls_client;                   /* a=setup: active on our side */
    char remote_fingerprint_algorithm[16]; /* "sha-256"; also sha-384 and sha-512 */
    char remote_fingerprint[192];          /* "AB:CD:...", compared byte by byte */
    /* "AEAD_AES_128_GCM:AEAD_AES_256_GCM:AES128_CM_SHA1_80" by default (NULL); names as srtp_profile_name() says */
    const char *srtp_profiles;
};

enum peer_state { PEER_NEW, PEER_HANDSHAKE, PEER_CONNECTED, PEER_CLOSED, PEER_FAILED };

struct peer;

/* NULL: OpenSSL failed, or the fingerprint is none. */
struct peer *peer_new(const struct peer_config *config, usec_t now);
void peer_free(struct peer *peer);
/* The path is up: the DTLS client starts, a server resends what it has. Idempotent. */
void peer_start(struct peer *peer, usec_t now);
/* A DTLS datagram came in. 0, or an error that was counted; the handshake goes on. */
int peer_input(struct peer *peer, const uint8_t *data, size_t length, usec_t now);
/* Next datagram to send; returns its length (copied to `out`, 1500 bytes will do) or 0. Drain after every call above.
 */
size_t peer_poll(struct peer *peer, uint8_t *out, size_t capacity);
enum peer_state peer_state(const struct peer *peer);
int peer_error(
    const struct peer *peer); /* why it failed: ERR_AUTH (fingerprint), ERR_TIMEOUT, ERR_UNSUPPORTED (no SRTP) */
enum srtp_profile peer_profile(const struct peer *peer);
usec_t peer_next(const struct peer *peer);
void peer_timeout(struct peer *peer, usec_t now);
void peer_close(struct peer *peer); /* sends close_notify with the next poll */

/* SRTP in place. `*length` changes; data needs SRTP_OVERHEAD_MAX bytes behind it to protect. 0, ERR_AUTH (bad tag),
 * ERR_DUPLICATE (replayed; with AEAD also a sequence number protected twice), ERR_LIMIT (too many SSRCs),
 * ERR_WRONG_STATE (not connected), ERR_INVALID. Outgoing RTP from scattered plaintext: peer_seal_rtp() in seal.h. */
#define SRTP_OVERHEAD_MAX 32
int peer_unprotect_rtp(struct peer *peer, uint8_t *data, size_t *length);
int peer_unprotect_rtcp(struct peer *peer, uint8_t *data, size_t *length);
int peer_protect_rtp(struct peer *peer, uint8_t *data, size_t *length);
int peer_protect_rtcp(struct peer *peer, uint8_t *data, size_t *length);

struct peer_stats {
    uint64_t handshake_resends, dtls_errors, srtp_auth_errors, srtp_replays;
    usec_t handshake_time;
};
void peer_get_stats(const struct peer *peer, struct peer_stats *stats);

#endif
