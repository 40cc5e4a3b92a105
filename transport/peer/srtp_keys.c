#include "transport/peer/srtp_keys.h"

#include <string.h>

#include "transport/base/check.h"
#include "transport/base/error.h"

const char *srtp_profile_name(enum srtp_profile profile)
{
    switch (profile) {
    case SRTP_PROFILE_AES128_CM_SHA1_80:
        return "AES128_CM_SHA1_80";
    case SRTP_PROFILE_AEAD_AES_128_GCM:
        return "AEAD_AES_128_GCM";
    case SRTP_PROFILE_AEAD_AES_256_GCM:
        return "AEAD_AES_256_GCM";
    case SRTP_PROFILE_NONE:
        break;
    }
    return "none";
}

int srtp_profile_lengths(enum srtp_profile profile, size_t *key, size_t *salt)
{
    switch (profile) {
    case SRTP_PROFILE_AES128_CM_SHA1_80:
        *key = 16, *salt = 14;
        return 0;
    case SRTP_PROFILE_AEAD_AES_128_GCM:
        *key = 16, *salt = 12;
        return 0;
    case SRTP_PROFILE_AEAD_AES_256_GCM:
        *key = 32, *salt = 12;
        return 0;
    case SRTP_PROFILE_NONE:
        break;
    }
    return ERR_UNSUPPORTED;
}

bool srtp_profile_is_aead(enum srtp_profile profile)
{
    return profile == SRTP_PROFILE_AEAD_AES_128_GCM || profile == SRTP_PROFILE_AEAD_AES_256_GCM;
}

void srtp_keys_set(struct srtp_keys *keys, enum srtp_profile profile, const uint8_t *key, const uint8_t *salt)
{
    memset(keys, 0, sizeof *keys);
    keys->profile = profile;
    CHECK(srtp_profile_lengths(profile, &keys->key_length, &keys->salt_length) == 0);
    memcpy(keys->key, key, keys->key_length);
    memcpy(keys->salt, salt, keys->salt_length);
}
