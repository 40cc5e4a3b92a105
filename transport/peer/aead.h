/* What protecting and opening with the AEAD profiles have in common (RFC 7714): session keys, and the window over
 * packet indices that keeps a nonce from being used, or a packet from being taken, twice. */
#ifndef HEDDLE_PEER_AEAD_H
#define HEDDLE_PEER_AEAD_H

#include <openssl/evp.h>

#include "transport/peer/srtp_keys.h"

#define AEAD_TAG 16
#define AEAD_SALT 12
#define AEAD_WINDOW 1024

enum aead_stream { AEAD_RTP, AEAD_RTCP };

/* The session key is in `cipher` (each packet sets its IV). False: OpenSSL failed. */
bool aead_init(EVP_CIPHER_CTX *cipher, uint8_t salt[AEAD_SALT], const struct srtp_keys *keys, enum aead_stream stream,
               bool encrypts);
/* RTP: rollover counter << 16 | sequence number; RTCP: its index. */
void aead_iv(uint8_t iv[AEAD_SALT], const uint8_t salt[AEAD_SALT], enum aead_stream stream, uint32_t ssrc,
             uint64_t index);

/* The indices of one SSRC; zeroed at first. */
struct packet_window {
    int64_t highest;
    bool is_started;
    uint64_t seen[AEAD_WINDOW / 64];
};

/* The index that a sequence number stands for, nearest to the highest (RFC 3711 section 3.3.1). */
int64_t window_index(const struct packet_window *window, uint16_t sequence);
/* 0; ERR_DUPLICATE: seen before, too old to tell, or no index. */
int window_check(const struct packet_window *window, int64_t index);
void window_mark(struct packet_window *window, int64_t index);

#endif
