#include "tests/unit/client/fake_connections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

static char acts[512], told[512];

void fake_connections_note(const char *act, const char *remote)
{
    size_t used = strlen(acts);
    snprintf(acts + used, sizeof acts - used, "%s%s %s", used > 0 ? ", " : "", act, remote);
}

const char *fake_connections_acts(void)
{
    memcpy(told, acts, sizeof told);
    acts[0] = '\0';
    return told;
}

struct call_connection *fake_connection(struct call_connections *connections, const char *remote)
{
    struct call_connection *connection = mem_alloc(sizeof *connection);
    *connection = (struct call_connection){.has_pc = true, .state = PEER_CONNECTION_CONNECTED};
    snprintf(connection->remote, sizeof connection->remote, "%s", remote);
    call_connections_add(connections, connection);
    return connection;
}

void call_connection_free(struct call_connection *connection)
{
    fake_connections_note("close", connection->remote);
    free(connection);
}

void call_connection_start(struct call_connection *connection)
{
    fake_connections_note("start", connection->remote);
    connection->is_probe = false;
}

void call_connection_probe(struct call_connection *connection)
{
    fake_connections_note("probe", connection->remote);
    connection->is_probe = true;
    connection->is_retired = false;
}

void call_connection_retire(struct call_connection *connection)
{
    fake_connections_note("retire", connection->remote);
    connection->is_retired = true;
}

void call_connection_revive(struct call_connection *connection)
{
    fake_connections_note("revive", connection->remote);
    connection->is_retired = false;
}

void call_connection_inherit_loss(struct call_connection *connection, const struct call_connection *from)
{
    (void)connection;
    fake_connections_note("inherit", from->remote);
}

void call_connection_tell(struct call_connection *connection, enum reconnect_event event)
{
    (void)event;
    fake_connections_note("tell", connection->remote);
}

const char *call_connection_remote(const struct call_connection *connection)
{
    return connection->remote;
}

bool call_connection_is_to_router(const struct call_connection *connection)
{
    return strcmp(connection->remote, MESSAGE_ROUTER) == 0;
}

bool call_connection_is_up(const struct call_connection *connection)
{
    return connection->is_up;
}

bool call_connection_is_retired(const struct call_connection *connection)
{
    return connection->is_retired;
}

bool call_connection_is_probe(const struct call_connection *connection)
{
    return connection->is_probe;
}

bool call_connection_is_current(const struct call_connection *connection)
{
    return !connection->is_retired && !connection->is_probe;
}

bool call_connection_has_loss(const struct call_connection *connection)
{
    (void)connection;
    return false;
}

const struct reconnect *call_connection_manager(const struct call_connection *connection)
{
    static const struct reconnect manager;
    (void)connection;
    return &manager;
}

/* Its peer connection is the connection itself. */
struct peer_connection *call_connection_pc(const struct call_connection *connection)
{
    return connection->has_pc ? (struct peer_connection *)(void *)connection : NULL;
}

enum peer_connection_state peer_connection_state(const struct peer_connection *pc)
{
    return ((const struct call_connection *)(const void *)pc)->state;
}
