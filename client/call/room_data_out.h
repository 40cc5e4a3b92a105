/* What goes out of room_data.h: frames to others, and events to the application. */
#ifndef HEDDLE_CLIENT_ROOM_DATA_OUT_H
#define HEDDLE_CLIENT_ROOM_DATA_OUT_H

#include "client/call/room_data_types.h"

#define ROOM_DATA_UNKNOWN UINT32_MAX /* as each number of a sync: nothing is known of what the other one sends */
#define SYNC_INTERVAL (200 * USEC_PER_MSEC)

/* Whether there was a way to it. */
bool room_data_transmit(struct room_data *data, const char *to, const struct envelope *envelope);
bool room_data_send_entry(struct room_data *data, const struct entry *entry, const char *to);
bool room_data_send_control(struct room_data *data, enum envelope_kind kind, const char *to, const uint32_t *numbers);
/* Tells what came of the other one's, to get what is missing: five times a second at most. */
void room_data_send_sync(struct room_data *data, struct other *other, usec_t now);
void room_data_tell_lost(struct room_data *data, const struct other *other);

#endif
