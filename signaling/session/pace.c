#include "signaling/session/pace.h"

void pace_addresses_init(struct pace_addresses *addresses, uint64_t seed)
{
    budget_table_init(&addresses->time, PACE_ADDRESSES, PACE_ADDRESS_TIME, seed);
    budget_table_init(&addresses->joins, PACE_ADDRESSES, PACE_ADDRESS_JOINS, seed);
}

void pace_addresses_fini(struct pace_addresses *addresses)
{
    budget_table_fini(&addresses->time);
    budget_table_fini(&addresses->joins);
}

bool pace_is_ready(const struct pace *pace, struct pace_addresses *addresses, usec_t now)
{
    return now >= pace->wait_until && !budget_is_spent(&pace->bytes, &PACE_BYTES, now) &&
           !budget_is_spent(&pace->time, &PACE_TIME, now) &&
           !budget_table_is_spent(&addresses->time, pace->address, now) &&
           (pace->has_joined || !budget_table_is_spent(&addresses->joins, pace->address, now));
}

enum pace_verdict pace_message(struct pace *pace, struct pace_addresses *addresses, size_t length, usec_t now)
{
    if (!budget_take(&pace->messages, &PACE_MESSAGES, 1, now))
        return PACE_TOO_FAST;
    bool is_ready = pace_is_ready(pace, addresses, now);
    budget_charge(&pace->bytes, &PACE_BYTES, length, now);
    return is_ready ? PACE_GO : PACE_HOLD;
}

void pace_charge(struct pace *pace, struct pace_addresses *addresses, usec_t taken, usec_t now)
{
    budget_charge(&pace->time, &PACE_TIME, (uint64_t)taken, now);
    budget_table_charge(&addresses->time, pace->address, (uint64_t)taken, now);
    if (!pace->has_joined)
        budget_table_charge(&addresses->joins, pace->address, 1, now);
}

void pace_allow(struct pace *pace, unsigned messages, usec_t now)
{
    budget_give_back(&pace->messages, &PACE_MESSAGES, messages, now);
}

void pace_wait(struct pace *pace, usec_t until)
{
    pace->wait_until = usec_max(pace->wait_until, until);
}
