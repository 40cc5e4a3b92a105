/* Data channels, as the application sees them. */
#include "client/client_events.h"
#include "transport/base/error.h"

static const enum envelope_policy policies[] = {
    [HEDDLE_CLIENT_ORDERED] = ENVELOPE_ORDERED,
    [HEDDLE_CLIENT_UNORDERED] = ENVELOPE_UNORDERED,
    [HEDDLE_CLIENT_LOSSY] = ENVELOPE_LOSSY,
};

static void tell_message(struct heddle_client *client, const struct room_data_event *event)
{
    const struct heddle_client_data data = {.participant = event->name,
                                            .topic = event->topic,
                                            .policy = event->policy == ENVELOPE_LOSSY       ? HEDDLE_CLIENT_LOSSY
                                                      : event->policy == ENVELOPE_UNORDERED ? HEDDLE_CLIENT_UNORDERED
                                                                                            : HEDDLE_CLIENT_ORDERED,
                                            .is_private = event->is_private,
                                            .payload = event->payload.data,
                                            .length = event->payload.length};
    if (client->listener.data == NULL)
        return;
    client->callbacks++;
    client->listener.data(client->listener.user, &data);
    client->callbacks--;
}

void client_tell_data(struct heddle_client *client, const struct room_data_event *event)
{
    switch (event->type) {
    case ROOM_DATA_MESSAGE:
        tell_message(client, event);
        break;
    case ROOM_DATA_READY:
        client_emit(client, HEDDLE_CLIENT_DATA_READY, "", "");
        break;
    case ROOM_DATA_REFUSED:
        client_emit(client, HEDDLE_CLIENT_WARNING, event->topic, "a message of a data channel was refused");
        break;
    case ROOM_DATA_LOST:
        client_emit(client, HEDDLE_CLIENT_WARNING, "data-lost", event->name);
        break;
    }
}

int heddle_client_send_data(struct heddle_client *client, const struct heddle_client_data *data)
{
    bool is_known = (unsigned)data->policy < sizeof policies / sizeof policies[0];
    if (client->has_ended || !is_known)
        return client->has_ended ? ERR_WRONG_STATE : ERR_INVALID;
    int error = call_send_data(client->call, data->participant != NULL ? data->participant : "",
                               data->topic != NULL ? data->topic : "", policies[data->policy],
                               (struct span){data->payload, data->length});
    return error == ERR_AGAIN ? HEDDLE_CLIENT_LATER : error;
}
