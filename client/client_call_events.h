/* What a client does with what its call tells it: events for the program, tiles, and what is sent. */
#ifndef HEDDLE_CLIENT_CLIENT_CALL_EVENTS_H
#define HEDDLE_CLIENT_CLIENT_CALL_EVENTS_H

#include "client/client_state.h"

struct call_listener client_call_listener(struct heddle_client *client);

#endif
