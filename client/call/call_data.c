#include "client/call/call_data.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

static bool leads_to(const struct call_connection *connection, const char *to, bool is_retired)
{
    struct peer_connection *pc = call_connection_pc(connection);
    bool is_of = is_retired ? call_connection_is_retired(connection) : call_connection_is_current(connection);
    return is_of && pc != NULL && peer_connection_data_is_open(pc) &&
           (to[0] == '\0' || call_connection_is_to_router(connection) ||
            strcmp(call_connection_remote(connection), to) == 0);
}

static bool transmit_by(struct call *call, bool is_retired, const char *to, enum envelope_policy policy,
                        const uint8_t *frame, size_t length)
{
    bool was_sent = false;
    for (size_t i = 0; i < call->connections.count; i++)
        if (leads_to(call->connections.at[i], to, is_retired) &&
            peer_connection_send_data(call_connection_pc(call->connections.at[i]), policy, frame, length))
            was_sent = true;
    return was_sent;
}

static bool works(const struct call *call, bool is_retired, const char *to)
{
    for (size_t i = 0; i < call->connections.count; i++)
        if (leads_to(call->connections.at[i], to, is_retired) && call_connection_is_up(call->connections.at[i]))
            return true;
    return false;
}

/* By the connections of the former topology as long as none of the present one can. A channel stays open when its
 * connection does not work any more: it is used only where no other does. */
static bool transmit(void *user, const char *to, enum envelope_policy policy, const uint8_t *frame, size_t length)
{
    bool prefers_retired = !works(user, false, to) && works(user, true, to);
    return transmit_by(user, prefers_retired, to, policy, frame, length) ||
           transmit_by(user, !prefers_retired, to, policy, frame, length);
}

static void tell(void *user, const struct room_data_event *event)
{
    struct call *call = user;
    call->listener.data(call->listener.user, event);
}

void call_data_begin(struct call *call)
{
    const struct room_data_outlet outlet = {.transmit = transmit, .tell = tell, .user = call};
    room_data_free(call->data);
    call->data = room_data_new(&outlet);
}

void call_data_set_others(struct call *call)
{
    const char **ids = mem_array(call->room.participant_count, sizeof *ids);
    for (size_t i = 0; i < call->room.participant_count; i++)
        ids[i] = call->room.participants[i].id;
    room_data_set_others(call->data, ids, call->room.participant_count, clock_now());
    free(ids);
}

static const char *end_of(const struct call_connection *connection)
{
    return call_connection_is_to_router(connection) ? "" : call_connection_remote(connection);
}

void call_data_opened(struct call *call, const struct call_connection *connection)
{
    room_data_opened(call->data, end_of(connection), clock_now());
}

void call_data_received(struct call *call, const struct call_connection *connection, struct span frame)
{
    room_data_receive(call->data, end_of(connection), frame, clock_now());
}

void call_data_tick(struct call *call, usec_t now)
{
    if (room_data_next(call->data) <= now)
        room_data_timeout(call->data, now);
}

int call_data_send(struct call *call, const char *to, const char *topic, enum envelope_policy policy,
                   struct span payload)
{
    return call->config.data ? room_data_send(call->data, to, topic, policy, payload, clock_now()) : ERR_WRONG_STATE;
}
