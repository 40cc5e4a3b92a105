#include "client/call/call_connections.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

struct call_connection *call_connections_find(const struct call_connections *connections, const char *remote)
{
    for (size_t i = 0; i < connections->count; i++)
        if (strcmp(call_connection_remote(connections->at[i]), remote) == 0)
            return connections->at[i];
    return NULL;
}

void call_connections_add(struct call_connections *connections, struct call_connection *connection)
{
    connections->at = mem_resize(connections->at, connections->count + 1, sizeof *connections->at);
    connections->at[connections->count++] = connection;
}

void call_connections_close(struct call_connections *connections, struct call_connection *connection)
{
    size_t index = 0;
    while (connections->at[index] != connection)
        index++;
    memmove(&connections->at[index], &connections->at[index + 1],
            (connections->count - index - 1) * sizeof *connections->at);
    connections->count--;
    call_connection_free(connection);
}

void call_connections_close_all(struct call_connections *connections)
{
    while (connections->count > 0)
        call_connections_close(connections, connections->at[connections->count - 1]);
    free(connections->at);
    connections->at = NULL;
}

void call_connections_tell(const struct call_connections *connections, enum reconnect_event event)
{
    for (size_t i = 0; i < connections->count; i++)
        call_connection_tell(connections->at[i], event);
}

bool call_connections_has_retired(const struct call_connections *connections)
{
    for (size_t i = 0; i < connections->count; i++)
        if (call_connection_is_retired(connections->at[i]))
            return true;
    return false;
}

bool call_connections_has_router(const struct call_connections *connections)
{
    for (size_t i = 0; i < connections->count; i++)
        if (call_connection_is_current(connections->at[i]) && call_connection_is_to_router(connections->at[i]))
            return true;
    return false;
}

bool call_connections_has_current(const struct call_connections *connections)
{
    for (size_t i = 0; i < connections->count; i++)
        if (call_connection_is_current(connections->at[i]))
            return true;
    return false;
}

struct call_status call_connections_status(const struct call_connections *connections, struct status_input input)
{
    struct status_connection *views = mem_array(connections->count + 1, sizeof *views);
    for (size_t i = 0; i < connections->count; i++) {
        const struct call_connection *connection = connections->at[i];
        const struct reconnect *manager = call_connection_manager(connection);
        if (call_connection_is_current(connection))
            views[input.count++] =
                (struct status_connection){manager->state, manager->attempt, call_connection_has_loss(connection)};
        else if (call_connection_is_retired(connection) && call_connection_is_up(connection))
            input.is_covered = true;
    }
    input.connections = views;
    struct call_status status = status_of(&input);
    free(views);
    return status;
}
