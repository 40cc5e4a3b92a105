/* What comes out of room_data.h: events for the application, and frames for others. */
#ifndef HEDDLE_CLIENT_ROOM_DATA_OUTLET_H
#define HEDDLE_CLIENT_ROOM_DATA_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/wire/envelope.h"

enum room_data_event_type {
    ROOM_DATA_MESSAGE, /* from `name` */
    ROOM_DATA_READY,   /* a message that was not taken can be sent now */
    ROOM_DATA_REFUSED, /* `topic`: why a message of ours to `name` was not forwarded */
    ROOM_DATA_LOST,    /* `name` and we have lost messages: one of us did not take them for long */
};
struct room_data_event {
    enum room_data_event_type type;
    const char *name, *topic; /* never NULL */
    enum envelope_policy policy;
    bool is_private; /* to us alone */
    struct span payload;
};

struct room_data_outlet {
    /* Sends a frame to "" (all) or one; whether there is a channel that leads there. */
    bool (*transmit)(void *user, const char *to, enum envelope_policy policy, const uint8_t *frame, size_t length);
    /* From inside a call. Borrowed. */
    void (*tell)(void *user, const struct room_data_event *event);
    void *user;
};

#endif
