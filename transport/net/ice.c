#include "transport/net/ice.h"

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
