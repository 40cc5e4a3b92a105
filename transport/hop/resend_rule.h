/* How often a packet is sent again for NACKs: one rule for all senders. The time between two resends is each sender's
 * own. Pure. */
#ifndef HEDDLE_HOP_RESEND_RULE_H
#define HEDDLE_HOP_RESEND_RULE_H

#include <stdbool.h>

#include "transport/base/time.h"

#define RESENDS_MAX 3

/* Whether a packet that was sent again `resends` times, last `since_last` ago, may be once more. */
static inline bool resend_is_allowed(unsigned resends, usec_t since_last, usec_t spacing)
{
    return resends < RESENDS_MAX && (resends == 0 || since_last >= spacing);
}

#endif
