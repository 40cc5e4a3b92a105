/* Any bytes as SRTP and SRTCP of a profile, which the first byte chooses: they are opened only if they were protected
 * with the key. And what of them can be protected is opened again as it was. */
#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/peer/srtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int session_call(struct srtp_session *session, uint8_t *data, size_t *length);

/* Whether something was protected. */
static bool try(struct srtp_session *session, session_call *protect, session_call *unprotect, const uint8_t *data,
                size_t size)
{
    size_t length = size;
    uint8_t *copy = mem_alloc(size + SRTP_OVERHEAD_MAX);
    if (size > 0)
        memcpy(copy, data, size);
    CHECK(unprotect(session, copy, &length) != 0);
    length = size;
    if (size > 0)
        memcpy(copy, data, size);
    bool is_protected = protect(session, copy, &length) == 0;
    if (is_protected) {
        CHECK(length > size && length <= size + SRTP_OVERHEAD_MAX);
        CHECK(unprotect(session, copy, &length) == 0 && length == size && memcmp(copy, data, size) == 0);
    }
    free(copy);
    return is_protected;
}

/* Bytes that were not authentic have left nothing in a session, so it can be used again; making one takes long. */
static struct srtp_session *session_of(unsigned index, bool is_used)
{
    static const enum srtp_profile profiles[] = {SRTP_PROFILE_AES128_CM_SHA1_80, SRTP_PROFILE_AEAD_AES_128_GCM,
                                                 SRTP_PROFILE_AEAD_AES_256_GCM};
    static const uint8_t key[SRTP_KEY_MAX] = {1, 2, 3}, salt[SRTP_SALT_MAX] = {4, 5, 6};
    static struct srtp_session *sessions[3];
    if (is_used) {
        srtp_session_free(sessions[index]);
        sessions[index] = NULL;
    }
    if (sessions[index] == NULL) {
        struct srtp_keys keys;
        srtp_keys_set(&keys, profiles[index], key, salt);
        sessions[index] = srtp_session_new(&keys, &keys);
        CHECK(sessions[index] != NULL);
    }
    return sessions[index];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1500)
        return 0;
    unsigned index = data[0] % 3;
    bool is_used =
        try(session_of(index, false), srtp_session_protect_rtp, srtp_session_unprotect_rtp, data + 1, size - 1);
    is_used |=
        try(session_of(index, is_used), srtp_session_protect_rtcp, srtp_session_unprotect_rtcp, data + 1, size - 1);
    (void)session_of(index, is_used);
    return 0;
}
