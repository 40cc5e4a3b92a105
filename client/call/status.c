#include "client/call/status.h"

static bool counts(const struct status_input *input, const struct status_connection *connection)
{
    bool is_starting = connection->state == RECONNECT_NEW || connection->state == RECONNECT_CONNECTING;
    if (connection->state == RECONNECT_CONNECTED)
        return false;
    return connection->is_lost || !(input->is_covered || (is_starting && input->was_well));
}

static enum call_state state_of(const struct status_connection *connection)
{
    switch (connection->state) {
    case RECONNECT_GIVEN_UP:
        return CALL_FAILED;
    case RECONNECT_RESTARTING:
    case RECONNECT_REBUILDING:
        return CALL_RECONNECTING;
    case RECONNECT_WAITING:
        return CALL_DISCONNECTED;
    default:
        return connection->is_lost ? CALL_DISCONNECTED : CALL_CONNECTING;
    }
}

static bool is_worse(enum call_state state, enum call_state than)
{
    static const int rank[] = {
        [CALL_CONNECTED] = 0,    [CALL_CONNECTING] = 1, [CALL_DISCONNECTED] = 2,
        [CALL_RECONNECTING] = 3, [CALL_FAILED] = 4,
    };
    return rank[state] > rank[than];
}

struct call_status status_of(const struct status_input *input)
{
    struct call_status status = {.state = CALL_CONNECTED, .max = input->max_restarts, .is_well = input->has_joined};
    if (!input->has_joined)
        status.state = CALL_CONNECTING;
    if (input->is_signaling_down)
        status.state = CALL_DISCONNECTED;
    for (size_t i = 0; i < input->count; i++) {
        const struct status_connection *connection = &input->connections[i];
        if (!counts(input, connection))
            continue;
        status.is_well = false;
        if (!is_worse(state_of(connection), status.state))
            continue;
        status.state = state_of(connection);
        if (status.state == CALL_RECONNECTING) /* rebuilding comes after the last attempt */
            status.attempt = connection->attempt != 0 ? connection->attempt : input->max_restarts;
    }
    if (status.state != CALL_RECONNECTING)
        status.attempt = 0;
    return status;
}
