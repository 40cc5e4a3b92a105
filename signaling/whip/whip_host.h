/* What the requests of WHIP and WHEP work with, and the sessions that they make. */
#ifndef HEDDLE_SIGNALING_WHIP_HOST_H
#define HEDDLE_SIGNALING_WHIP_HOST_H

#include "signaling/whip/whip_session.h"

struct config;
struct pace_addresses;
struct rooms;
struct router_participant;

/* All but the sessions is borrowed. */
struct whip_host {
    const struct config *config;
    struct rooms *rooms;
    struct router_participant *router;
    struct pace_addresses *addresses; /* their budgets of joins and of the signaling thread's time */
    struct whip_sessions sessions;
};

#endif
