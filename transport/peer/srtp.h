/* SRTP and SRTCP of one connection (RFC 3711, RFC 7714): by libsrtp2, but what comes in with an AEAD profile is opened
 * by OpenSSL (open.h). Used by one thread.
 *
 * Per-SSRC state is made only for authenticated packets and is bounded both ways: of what comes in, the SSRC unused for
 * longest is forgotten; what goes out is refused (ERR_LIMIT), since forgetting would use a key stream twice. */
#ifndef HEDDLE_PEER_SRTP_H
#define HEDDLE_PEER_SRTP_H

#include "transport/peer/srtp_keys.h"

#define SRTP_STREAMS_IN_MAX 256
#define SRTP_STREAMS_OUT_MAX 1024
#define SRTP_REPLAY_WINDOW 1024

struct srtp_session;
struct srtp_session *srtp_session_new(const struct srtp_keys *send,
                                      const struct srtp_keys *receive); /* NULL: refused */
void srtp_session_free(struct srtp_session *session);
struct protector;
struct protector *srtp_session_protector(struct srtp_session *session); /* NULL with CM */
/* In place, with the results of peer.h. With an AEAD profile no sequence number may be protected twice (ERR_DUPLICATE):
 * a nonce used twice gives the authentication key away. CM takes plain retransmissions. */
int srtp_session_protect_rtp(struct srtp_session *session, uint8_t *data, size_t *length);
int srtp_session_protect_rtcp(struct srtp_session *session, uint8_t *data, size_t *length);
int srtp_session_unprotect_rtp(struct srtp_session *session, uint8_t *data, size_t *length);
int srtp_session_unprotect_rtcp(struct srtp_session *session, uint8_t *data, size_t *length);

#endif
