/* SRTP profiles, and the keys that DTLS agrees on for one (RFC 5764). */
#ifndef HEDDLE_PEER_SRTP_KEYS_H
#define HEDDLE_PEER_SRTP_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRTP_KEY_MAX 32
#define SRTP_SALT_MAX 14
#define SRTP_OVERHEAD_MAX 32 /* bytes that protecting a packet adds at most */

enum srtp_profile { /* IANA numbers of RFC 5764 and RFC 7714 */
                    SRTP_PROFILE_NONE = 0,
                    SRTP_PROFILE_AES128_CM_SHA1_80 = 0x0001,
                    SRTP_PROFILE_AEAD_AES_128_GCM = 0x0007,
                    SRTP_PROFILE_AEAD_AES_256_GCM = 0x0008,
};
const char *srtp_profile_name(enum srtp_profile profile);

/* The master key and salt of one direction. */
struct srtp_keys {
    enum srtp_profile profile;
    size_t key_length, salt_length;
    uint8_t key[SRTP_KEY_MAX];
    uint8_t salt[SRTP_SALT_MAX];
};

int srtp_profile_lengths(enum srtp_profile profile, size_t *key, size_t *salt); /* ERR_UNSUPPORTED: none of ours */
bool srtp_profile_is_aead(enum srtp_profile profile);
/* Copies as many bytes as the profile has. */
void srtp_keys_set(struct srtp_keys *keys, enum srtp_profile profile, const uint8_t *key, const uint8_t *salt);

#endif
