/* Opens incoming SRTP and SRTCP of the AEAD profiles (RFC 7714) in place: libsrtp2 (on Debian with NSS under it) takes
 * at least twice as long. Used by one thread. */
#ifndef HEDDLE_PEER_OPEN_H
#define HEDDLE_PEER_OPEN_H

#include "transport/peer/aead.h"

struct opener;
/* NULL: not an AEAD profile, or the engine's library failed. */
struct opener *opener_new(const struct srtp_keys *keys, const struct gcm_engine *engine);
void opener_free(struct opener *opener);
/* 0, with the plaintext's length; ERR_INVALID (not an SRTP packet), ERR_AUTH (bad tag; the bytes are overwritten),
 * ERR_DUPLICATE. The window is that of the packet's SSRC, and is moved only by authentic packets. */
int open_rtp(struct opener *opener, struct packet_window *window, uint8_t *data, size_t *length);
int open_rtcp(struct opener *opener, struct packet_window *window, uint8_t *data, size_t *length);

#endif
