#include "transport/net/ice.h"

#include <stdio.h>
#include <strings.h>

const char *ice_state_name(enum ice_state state)
{
    switch (state) {
    case ICE_NEW:
        return "new";
    case ICE_CONNECTED:
        return "connected";
    case ICE_DISCONNECTED:
        return "disconnected";
    case ICE_FAILED:
        return "failed";
    }
    return "unknown";
}

bool ice_candidate_is_tcp(const char *candidate)
{
    char transport[8] = "";
    return sscanf(candidate, "candidate:%*32s %*u %7s", transport) == 1 && strcasecmp(transport, "tcp") == 0;
}
