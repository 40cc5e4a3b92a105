#include "signaling/services/respawn.h"

void respawn_started(struct respawn *respawn, usec_t now)
{
    respawn->started_at = now;
}

void respawn_ended(struct respawn *respawn, usec_t now)
{
    bool ran_long = now - respawn->started_at >= RESPAWN_RAN_LONG;
    respawn->delay = ran_long || respawn->delay == 0 ? RESPAWN_FIRST : usec_min(2 * respawn->delay, RESPAWN_LONGEST);
    respawn->due = now + (ran_long ? 0 : respawn->delay);
}
