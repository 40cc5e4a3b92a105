/* One peer connection above ICE and below RTP: DTLS (RFC 6347, RFC 5764, by OpenSSL over memory BIOs), then SRTP
 * (libsrtp2). Sans I/O: feed it datagrams and time, drain its output. Used by one thread. */
#ifndef HEDDLE_PEER_PEER_H
#define HEDDLE_PEER_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/peer/identity.h"
#include "transport/peer/peer_types.h"
#include "transport/peer/srtp_keys.h"

struct peer;
struct packet_window;
struct span;

/* NULL: OpenSSL failed, or the fingerprint is invalid. */
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
 * ERR_WRONG_STATE (not connected), ERR_INVALID. */
int peer_unprotect_rtp(struct peer *peer, uint8_t *data, size_t *length);
int peer_unprotect_rtcp(struct peer *peer, uint8_t *data, size_t *length);
int peer_protect_rtp(struct peer *peer, uint8_t *data, size_t *length);
int peer_protect_rtcp(struct peer *peer, uint8_t *data, size_t *length);

/* protect_rtp() with whatever profile was agreed: CM goes through libsrtp2. `capacity` counts SRTP_OVERHEAD_MAX. As
 * peer_protect_rtp() otherwise, but with a window of the caller's; use only one of the two for an SSRC. */
int peer_protect_parts(struct peer *peer, struct packet_window *window, const uint8_t *header, size_t header_length,
                       const struct span *parts, size_t count, uint8_t *out, size_t capacity, size_t *out_length);
/* The keys for sending; NULL before it is connected. */
const struct srtp_keys *peer_send_keys(const struct peer *peer);

void peer_get_stats(const struct peer *peer, struct peer_stats *stats);

#endif
