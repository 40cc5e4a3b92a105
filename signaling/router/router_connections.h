/* A participant's connection to the router, and the worker's connections that it stands for, one after another. */
#ifndef HEDDLE_SIGNALING_ROUTER_CONNECTIONS_H
#define HEDDLE_SIGNALING_ROUTER_CONNECTIONS_H

#include "signaling/router/router_participant_state.h"

struct router_connection *router_connection_of(struct room_participant *participant); /* made when missing */
/* Opens a connection on that worker. */
void router_connection_open(struct router_participant *router, struct router_connection *connection, unsigned worker);
/* Closes the worker's connection, if there is one. `connection` stays. */
void router_connection_close(struct router_participant *router, struct router_connection *connection);
/* Forgets what belonged to the worker's connection, which is gone. */
void router_connection_reset(struct router_participant *router, struct router_connection *connection);
/* Tells the room what the participant publishes now. Few connections of a room do so before they have come up, the
 * others when they have: anybody can join and offer, and all would prepare to receive what may never come. */
void router_connection_publish(struct router_connection *connection);

#endif
