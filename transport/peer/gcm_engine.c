#include "transport/peer/gcm_engine.h"

#include <stdatomic.h>
#include <string.h>

#include "transport/peer/gcm_ipsec_mb.h"
#include "transport/peer/gcm_openssl.h"

static const struct gcm_engine *_Atomic in_use;

const struct gcm_engine *gcm_engine_find(const char *name)
{
    const struct gcm_engine *ipsec_mb = gcm_ipsec_mb();
    if (strcmp(name, "openssl") == 0)
        return &gcm_openssl;
    if (strcmp(name, "ipsec-mb") == 0)
        return ipsec_mb;
    if (strcmp(name, "auto") == 0)
        return ipsec_mb != NULL ? ipsec_mb : &gcm_openssl;
    return NULL;
}

const struct gcm_engine *gcm_engine_in_use(void)
{
    const struct gcm_engine *engine = atomic_load(&in_use);
    return engine != NULL ? engine : gcm_engine_find("auto");
}

void gcm_engine_use(const struct gcm_engine *engine)
{
    atomic_store(&in_use, engine);
}
