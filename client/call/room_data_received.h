/* What others send, for room_data.h: each message is delivered once, and those that are ordered in their turn. */
#ifndef HEDDLE_CLIENT_ROOM_DATA_RECEIVED_H
#define HEDDLE_CLIENT_ROOM_DATA_RECEIVED_H

#include "client/call/room_data_types.h"

void room_data_take_message(struct room_data *data, struct other *other, const struct envelope *envelope, usec_t now);
/* What has lower numbers does not come any more: counting goes on there. */
void room_data_begin(struct room_data *data, struct other *other, const uint32_t *numbers);

#endif
