#include "client/status.h"

static bool counts(const struct status_input *input, const struct status_link *link)
{
    bool is_starting = link->state == RECONNECT_NEW || link->state == RECONNECT_CONNECTING;
    if (link->state == RECONNECT_CONNECTED)
        return false;
    return link->is_lost || !(input->is_covered || (is_starting && input->was_well));
}

static enum call_state state_of(const struct status_link *link)
{
    switch (link->state) {
    case RECONNECT_GIVEN_UP:
        return CALL_FAILED;
    case RECONNECT_RESTARTING:
    case RECONNECT_REBUILDING:
        return CALL_RECONNECTING;
    case RECONNECT_WAITING:
        return CALL_DISCONNECTED;
    default:
        return link->is_lost ? CALL_DISCONNECTED : CALL_CONNECTING;
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
        const struct status_link *link = &input->links[i];
        if (!counts(input, link))
            continue;
        status.is_well = false;
        if (!is_worse(state_of(link), status.state))
            continue;
        status.state = state_of(link);
        if (status.state == CALL_RECONNECTING) /* rebuilding comes after the last attempt */
            status.attempt = link->attempt != 0 ? link->attempt : input->max_restarts;
    }
    if (status.state != CALL_RECONNECTING)
        status.attempt = 0;
    return status;
}
