/* How messages and statistics name the state of a slot. Pure. */
#ifndef HEDDLE_SIGNALING_SLOT_NAMES_H
#define HEDDLE_SIGNALING_SLOT_NAMES_H

#include "router/router.h"

/* "live", "paused", "muted", "unsupported". */
const char *slot_state_name(enum slot_state state);
/* Why it is paused or unsupported; "" otherwise. */
const char *slot_state_reason(enum slot_state state);

#endif
