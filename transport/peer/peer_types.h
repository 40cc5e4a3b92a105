/* What a connection's transport is configured with, the states it goes through, and what it counts: shared by peer.h
 * and dtls.h. */
#ifndef HEDDLE_PEER_PEER_TYPES_H
#define HEDDLE_PEER_PEER_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/base/time.h"

#define PEER_PROFILE_GCM "AEAD_AES_128_GCM" /* what costs us least */

struct identity;

struct peer_config {
    struct identity *identity;             /* the peer holds its own reference */
    bool is_dtls_client;                   /* a=setup: active on our side */
    char remote_fingerprint_algorithm[16]; /* "sha-256"; also sha-384 and sha-512 */
    char remote_fingerprint[192];          /* "AB:CD:...", compared byte by byte */
    /* "AEAD_AES_128_GCM:AEAD_AES_256_GCM:AES128_CM_SHA1_80" by default (NULL); names as srtp_profile_name() says */
    const char *srtp_profiles;
};

enum peer_state { PEER_NEW, PEER_HANDSHAKE, PEER_CONNECTED, PEER_CLOSED, PEER_FAILED };

struct peer_stats {
    uint64_t handshake_resends, dtls_errors, srtp_auth_errors, srtp_replays;
    usec_t handshake_time;
};

#endif
