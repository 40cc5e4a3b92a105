/* What a client tells the program that it is in. */
#ifndef HEDDLE_CLIENT_CLIENT_EVENTS_H
#define HEDDLE_CLIENT_CLIENT_EVENTS_H

#include "client/client_state.h"

/* NULL: "". */
void client_emit(struct heddle_client *client, enum heddle_client_event_type type, const char *participant,
                 const char *text);
/* A message of a data channel, or what became of ours. */
void client_tell_data(struct heddle_client *client, const struct room_data_event *event);
/* A recording that fails is told once, as soon as it is known. */
void client_tell_recording(struct heddle_client *client);

#endif
