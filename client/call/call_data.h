/* Data channels of a call: messages of the room (room_data.h) on the connections of its present topology. */
#ifndef HEDDLE_CLIENT_CALL_DATA_H
#define HEDDLE_CLIENT_CALL_DATA_H

#include "client/call/call_state.h"

/* A new place in the room: what was sent and received before is nobody's. */
void call_data_begin(struct call *call);
/* The participants in the room are others now. */
void call_data_set_others(struct call *call);
void call_data_opened(struct call *call, const struct call_connection *connection);
void call_data_received(struct call *call, const struct call_connection *connection, struct span frame);
/* As call_send_data(). */
int call_data_send(struct call *call, const char *to, const char *topic, enum envelope_policy policy,
                   struct span payload);
void call_data_tick(struct call *call, usec_t now);

#endif
