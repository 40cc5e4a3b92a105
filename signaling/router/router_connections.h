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
/* What it sends is published when it has come up: one request makes a participant that lives with its media, and all
 * others would prepare to receive what never comes. */
bool router_connection_is_published_later(const struct router_connection *connection);
/* Tells the room what the participant publishes now. */
void router_connection_publish(const struct router_connection *connection);

#endif
