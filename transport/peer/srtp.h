/* SRTP and SRTCP of one connection (RFC 3711, RFC 7714): AEAD profiles by protect.h and open.h, which have the ciphers
 * of gcm.h (libipsec-mb or OpenSSL); CM by libsrtp2. Used by one thread.
 *
 * Per-SSRC state is made only for authenticated packets and is bounded both ways: of received SSRCs, the one unused for
 * longest is forgotten; too many sent SSRCs are refused (ERR_LIMIT), since a forgotten one could use a key stream
 * twice. */
#ifndef HEDDLE_PEER_SRTP_H
#define HEDDLE_PEER_SRTP_H

#include "transport/peer/srtp_keys.h"

#define SRTP_STREAMS_IN_MAX 256
#define SRTP_STREAMS_OUT_MAX 1024
#define SRTP_REPLAY_WINDOW 1024

struct srtp_session;
/* NULL: the keys were refused. */
struct srtp_session *srtp_session_new(const struct srtp_keys *send, const struct srtp_keys *receive);
void srtp_session_free(struct srtp_session *session);
struct protector;
struct protector *srtp_session_protector(struct srtp_session *session); /* NULL with CM */
/* In place, with the results of peer.h. With an AEAD profile no sequence number may be protected twice (ERR_DUPLICATE):
 * a nonce that is used twice reveals the authentication key. CM allows plain retransmissions. */
int srtp_session_protect_rtp(struct srtp_session *session, uint8_t *data, size_t *length);
int srtp_session_protect_rtcp(struct srtp_session *session, uint8_t *data, size_t *length);
int srtp_session_unprotect_rtp(struct srtp_session *session, uint8_t *data, size_t *length);
int srtp_session_unprotect_rtcp(struct srtp_session *session, uint8_t *data, size_t *length);

#endif
