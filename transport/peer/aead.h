/* Common parts of protecting and opening with the AEAD profiles (RFC 7714): session keys, and the window of packet
 * indices, which prevents that a nonce is used twice, or a replayed packet accepted. */
#ifndef HEDDLE_PEER_AEAD_H
#define HEDDLE_PEER_AEAD_H

#include "transport/peer/gcm.h"
#include "transport/peer/srtp_keys.h"

#define AEAD_TAG GCM_TAG
#define AEAD_SALT GCM_NONCE
#define AEAD_WINDOW 1024

#define RTCP_HEADER 8              /* not encrypted: the first packet's head and the sender's SSRC */
#define RTCP_INDEX 4               /* at the end of an SRTCP packet, with the bit below */
#define RTCP_ENCRYPTED 0x80000000u /* always set: encryption is part of these profiles */

/* Session key and salt of one direction of RTP or RTCP. */
struct aead_cipher {
    const struct gcm_engine *engine;
    struct gcm_key *key;
    uint8_t salt[AEAD_SALT];
};

/* One direction of a connection. */
struct aead_pair {
    struct aead_cipher rtp, rtcp;
};

/* False: not an AEAD profile, or the engine's library failed; then there is nothing to free. */
bool aead_pair_init(struct aead_pair *pair, const struct gcm_engine *engine, const struct srtp_keys *keys,
                    bool encrypts);
void aead_pair_fini(struct aead_pair *pair);
/* `index`, of 48 bits: of RTP rollover counter << 16 | sequence number, of RTCP its own. */
void aead_iv(uint8_t iv[AEAD_SALT], const uint8_t salt[AEAD_SALT], uint32_t ssrc, uint64_t index);

/* What SRTCP authenticates beside its payload (RFC 7714 section 9.2): the header, and the word that will follow. */
void aead_rtcp_authenticated(uint8_t out[RTCP_HEADER + RTCP_INDEX], const uint8_t *packet, uint32_t word);

/* The indices of one SSRC; zeroed at first. */
struct packet_window {
    int64_t highest;
    bool is_started;
    uint64_t seen[AEAD_WINDOW / 64];
};

/* The index that a sequence number stands for, nearest to the highest (RFC 3711 section 3.3.1). */
int64_t window_index(const struct packet_window *window, uint16_t sequence);
/* 0; ERR_DUPLICATE: seen before, too old to know, or no index. */
int window_check(const struct packet_window *window, int64_t index);
void window_mark(struct packet_window *window, int64_t index);

#endif
