#include "signaling/router/slot_names.h"

static const struct {
    const char *state, *reason;
} slot_states[] = {
    [SLOT_LIVE] = {"live", ""},
    [SLOT_MUTED] = {"muted", ""},
    [SLOT_PAUSED_HIDDEN] = {"paused", "hidden"},
    [SLOT_PAUSED_BANDWIDTH] = {"paused", "bandwidth"},
    [SLOT_PAUSED_NO_REPORTS] = {"paused", "no-reports"},
    [SLOT_UNSUPPORTED_CODEC] = {"unsupported", "codec"},
    [SLOT_UNSUPPORTED_PROFILE] = {"unsupported", "profile"},
};

const char *slot_state_name(enum slot_state state)
{
    return slot_states[state].state;
}

const char *slot_state_reason(enum slot_state state)
{
    return slot_states[state].reason;
}
