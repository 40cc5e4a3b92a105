/* AES-GCM by libipsec-mb, which is made for packets: a third of OpenSSL's time or less. */
#ifndef HEDDLE_PEER_GCM_IPSEC_MB_H
#define HEDDLE_PEER_GCM_IPSEC_MB_H

#include "transport/peer/gcm.h"

/* NULL: not in this build, or the processor lacks the instructions. Any thread. */
const struct gcm_engine *gcm_ipsec_mb(void);

#endif
