/* A member's link to the router, and the connections that come and go under it. */
#ifndef HEDDLE_SIGNALING_ROUTER_CONNECTIONS_H
#define HEDDLE_SIGNALING_ROUTER_CONNECTIONS_H

#include "signaling/router_link_state.h"

struct link *link_of(struct member *member); /* made when missing */
/* Gives the link a connection on a worker of the room's. */
void link_open(struct router_link *router, struct link *link, unsigned worker);
/* Ends the connection, if there is one; the link stays. */
void link_close(struct router_link *router, struct link *link);
/* Forgets what belonged to the connection, which is gone. */
void link_reset(struct router_link *router, struct link *link);

#endif
