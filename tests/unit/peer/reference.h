/* libsrtp2 itself, to compare with. */
#ifndef HEDDLE_TESTS_REFERENCE_H
#define HEDDLE_TESTS_REFERENCE_H

#include <srtp2/srtp.h>

#include "transport/peer/srtp.h"

struct reference {
    srtp_t srtp;
};

void reference_open(struct reference *reference, const struct srtp_keys *keys, srtp_ssrc_type_t direction);
void reference_close(struct reference *reference);
/* `apply` is srtp_protect, srtp_unprotect or their RTCP forms. 0 or -1. */
int reference_apply(struct reference *reference, srtp_err_status_t (*apply)(srtp_t, void *, int *), uint8_t *data,
                    size_t *length);

#endif
