/* AES-GCM by OpenSSL, on any processor. */
#ifndef HEDDLE_PEER_GCM_OPENSSL_H
#define HEDDLE_PEER_GCM_OPENSSL_H

#include "transport/peer/gcm.h"

extern const struct gcm_engine gcm_openssl;

#endif
