#include "signaling/pace.h"

bool pace_is_ready(const struct pace *pace, struct budget_table *addresses, usec_t now)
{
    return !budget_is_spent(&pace->bytes, &PACE_BYTES, now) && !budget_is_spent(&pace->time, &PACE_TIME, now) &&
           !budget_table_is_spent(addresses, pace->address, now);
}

enum pace_verdict pace_message(struct pace *pace, struct budget_table *addresses, size_t length, usec_t now)
{
    if (!budget_take(&pace->messages, &PACE_MESSAGES, 1, now))
        return PACE_TOO_FAST;
    bool is_ready = pace_is_ready(pace, addresses, now);
    budget_charge(&pace->bytes, &PACE_BYTES, length, now);
    return is_ready ? PACE_GO : PACE_HOLD;
}

void pace_charge(struct pace *pace, struct budget_table *addresses, usec_t taken, usec_t now)
{
    budget_charge(&pace->time, &PACE_TIME, (uint64_t)taken, now);
    budget_table_charge(addresses, pace->address, (uint64_t)taken, now);
}
