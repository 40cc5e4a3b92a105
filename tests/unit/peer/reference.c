#include "tests/unit/peer/reference.h"

#include <string.h>

void reference_open(struct reference *reference, const struct srtp_keys *keys, srtp_ssrc_type_t direction)
{
    uint8_t secret[SRTP_KEY_MAX + SRTP_SALT_MAX];
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    (void)srtp_init();
    (void)srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, (srtp_profile_t)keys->profile);
    (void)srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, (srtp_profile_t)keys->profile);
    memcpy(secret, keys->key, keys->key_length);
    memcpy(secret + keys->key_length, keys->salt, keys->salt_length);
    policy.ssrc.type = direction;
    policy.key = secret;
    policy.window_size = 1024;
    if (srtp_create(&reference->srtp, &policy) != srtp_err_status_ok)
        reference->srtp = NULL;
}

void reference_close(struct reference *reference)
{
    srtp_dealloc(reference->srtp);
}

int reference_apply(struct reference *reference, srtp_err_status_t (*apply)(srtp_t, void *, int *), uint8_t *data,
                    size_t *length)
{
    int count = (int)*length;
    if (apply(reference->srtp, data, &count) != srtp_err_status_ok)
        return -1;
    *length = (size_t)count;
    return 0;
}
