#include "client/client_events.h"

void client_emit(struct heddle_client *client, enum heddle_client_event_type type, const char *participant,
                 const char *text)
{
    struct heddle_client_event event = {type, participant != NULL ? participant : "", text != NULL ? text : ""};
    if (client->listener.event == NULL)
        return;
    client->callbacks++;
    client->listener.event(client->listener.user, &event);
    client->callbacks--;
}

void client_tell_recording(struct heddle_client *client)
{
    if (client->has_told_recording || client->tiles.recordings.failure[0] == '\0')
        return;
    client->has_told_recording = true;
    client_emit(client, HEDDLE_CLIENT_RECORDING_FAILED, "", client->tiles.recordings.failure);
}
