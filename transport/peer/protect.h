/* Protects outgoing SRTP and SRTCP of the AEAD profiles (RFC 7714): RTP from plaintext that is scattered in memory
 * straight into the buffer it is sent from. libsrtp2 (on Debian with NSS under it) takes at least twice as long. Used
 * by one thread.
 *
 * Each SSRC must have exactly one window: a nonce that is used twice reveals the authentication key. */
#ifndef HEDDLE_PEER_PROTECT_H
#define HEDDLE_PEER_PROTECT_H

#include "transport/base/bytes.h"
#include "transport/peer/aead.h"

struct protector;
/* NULL: not an AEAD profile, or the engine's library failed. */
struct protector *protector_new(const struct srtp_keys *keys, const struct gcm_engine *engine);
void protector_free(struct protector *protector);
/* The window is that of the packet's SSRC, the caller's, zeroed at first; it lives as long as the SSRC does with these
 * keys. `header` is the whole RTP header with CSRCs and extensions; the parts are the payload, with its padding. Writes
 * header, ciphertext and tag; the header may be in `out` already. 0; ERR_INVALID (not an RTP header), ERR_NO_SPACE,
 * ERR_DUPLICATE (sent before, or too old to know). */
int protect_rtp(struct protector *protector, struct packet_window *window, const uint8_t *header, size_t header_length,
                const struct span *parts, size_t count, uint8_t *out, size_t capacity, size_t *out_length);

/* In place; `data` has room for SRTP_OVERHEAD_MAX more. ERR_INVALID, ERR_LIMIT (the keys are used up). */
int protect_rtcp(struct protector *protector, uint8_t *data, size_t *length);

/* Header and parts in a row. ERR_NO_SPACE. */
int protect_gather(const uint8_t *header, size_t header_length, const struct span *parts, size_t count, uint8_t *out,
                   size_t capacity, size_t *out_length);

#endif
