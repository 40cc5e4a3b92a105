/* Which engine of gcm.h encrypts and decrypts. */
#ifndef HEDDLE_PEER_GCM_ENGINE_H
#define HEDDLE_PEER_GCM_ENGINE_H

#include "transport/peer/gcm.h"

/* By its name, "openssl" or "ipsec-mb"; "auto" is the fastest. NULL: no such name, or not in this build, or this
 * processor has not the instructions for it. */
const struct gcm_engine *gcm_engine_find(const char *name);

/* What connections of this process are protected with: "auto", unless gcm_engine_use() named another before the first
 * of them was made. */
const struct gcm_engine *gcm_engine_in_use(void);
void gcm_engine_use(const struct gcm_engine *engine);

#endif
