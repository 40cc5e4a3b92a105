/* The connections of a call, one for each remote id, including those of the room's former topology. A shell, as each
 * connection is. */
#ifndef HEDDLE_CLIENT_CALL_CONNECTIONS_H
#define HEDDLE_CLIENT_CALL_CONNECTIONS_H

#include "client/call/call_connection.h"
#include "client/call/status.h"

struct call_connections {
    struct call_connection **at;
    size_t count;
};

/* NULL: there is none. */
struct call_connection *call_connections_find(const struct call_connections *connections, const char *remote);
void call_connections_add(struct call_connections *connections, struct call_connection *connection);
/* Takes it out and frees it. */
void call_connections_close(struct call_connections *connections, struct call_connection *connection);
void call_connections_close_all(struct call_connections *connections);

void call_connections_tell(const struct call_connections *connections, enum reconnect_event event);
bool call_connections_has_retired(const struct call_connections *connections);
/* Of those that the room's topology asks for: is there one to the router, is there any? */
bool call_connections_has_router(const struct call_connections *connections);
bool call_connections_has_current(const struct call_connections *connections);

/* The status for people, from all connections but the probes; `input` has everything but the connections. */
struct call_status call_connections_status(const struct call_connections *connections, struct status_input input);

#endif
