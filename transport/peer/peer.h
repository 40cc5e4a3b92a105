/* One peer connection above ICE and below RTP: DTLS (RFC 6347, RFC 5764, by OpenSSL over memory BIOs), then SRTP
 * (srtp.h) and, if enabled, data channels. Sans I/O: feed it datagrams and time, drain its output. Used by one
 * thread. */
#ifndef HEDDLE_PEER_PEER_H
#define HEDDLE_PEER_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/peer/data_channels.h"
#include "transport/peer/identity.h"
#include "transport/peer/peer_types.h"
#include "transport/peer/srtp_keys.h"

struct peer;
struct packet_window;
struct span;

/* NULL: OpenSSL failed, or the fingerprint is invalid. */
struct peer *peer_new(const struct peer_config *config);
void peer_free(struct peer *peer);
/* The path is up: the DTLS client starts, a server resends what it has. Idempotent. */
void peer_start(struct peer *peer, usec_t now);
/* A DTLS datagram came in. 0, or an error that was counted; the handshake goes on. */
int peer_input(struct peer *peer, const uint8_t *data, size_t length, usec_t now);
/* The next datagram to send is copied to `out`, which must have room for 1500 bytes. Returns its length, or 0: none.
 * Drain after every call above. */
size_t peer_poll(struct peer *peer, uint8_t *out, size_t capacity);
enum peer_state peer_state(const struct peer *peer);
/* Why it failed: ERR_AUTH (fingerprint), ERR_TIMEOUT, ERR_UNSUPPORTED (no SRTP). */
int peer_error(const struct peer *peer);
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

/* Data channels (data_channels.h), in DTLS's application data. Until peer_enable_data() that is ignored, and costs
 * nothing. `remote_port` is a=sctp-port; `opens`: this end opens the channel, as soon as DTLS is connected; else SCTP
 * begins when the remote peer's first packet comes. Once: later calls change nothing. */
void peer_enable_data(struct peer *peer, uint16_t remote_port, bool opens, usec_t now);
bool peer_data_is_open(const struct peer *peer);
/* SCTP has ended, or could not begin; media goes on. */
bool peer_data_is_closed(const struct peer *peer);
/* How often a channel opened: what was sent on former ones may be lost. */
unsigned peer_data_openings(const struct peer *peer);
/* The next message, copied to `out` (ASSOCIATION_MESSAGE_MAX); its length, 0: none. Take them after each peer_input()
 * and peer_timeout(), before peer_poll(), or leave them to make the remote peer wait. */
size_t peer_data_receive(struct peer *peer, uint8_t *out);
/* ERR_WRONG_STATE: no channel is open; ERR_AGAIN: the buffer is full. Drain peer_poll() after it. */
int peer_data_send(struct peer *peer, const uint8_t *data, size_t length, enum association_policy policy);

void peer_get_stats(const struct peer *peer, struct peer_stats *stats);

#endif
