/* Messages to others of the room that are neither lost nor delivered twice, whatever happens to the connections in
 * between: each sender counts them, each receiver tells how far it got, and what it did not get is sent again
 * (signaling/PROTOCOL.md, "Data channels"). The way, by the router or directly, does not matter and may change. Pure:
 * time comes in, frames and events go out by an outlet. client/web/room_data.js is the same. */
#ifndef HEDDLE_CLIENT_ROOM_DATA_H
#define HEDDLE_CLIENT_ROOM_DATA_H

#include "client/call/room_data_outlet.h"
#include "transport/base/time.h"

struct room_data;
struct room_data *room_data_new(const struct room_data_outlet *outlet);
void room_data_free(struct room_data *data);
/* Who is in the room besides us. */
void room_data_set_others(struct room_data *data, const char *const *ids, size_t count, usec_t now);
/* A channel opened: to "" (the router), or to one. */
void room_data_opened(struct room_data *data, const char *to, usec_t now);
/* To "" or one. ERR_AGAIN: too much for all, or for that one, waits to be acknowledged; ROOM_DATA_READY follows.
 * ERR_NOT_FOUND: nobody has that id. ERR_WRONG_STATE: lossy, and there is no channel. ERR_LIMIT: payload or topic is
 * too long. */
int room_data_send(struct room_data *data, const char *to, const char *topic, enum envelope_policy policy,
                   struct span payload, usec_t now);
/* A frame came from the participant that is the remote peer of a channel, or ("") from the router, whose envelopes
 * say from whom they are. */
void room_data_receive(struct room_data *data, const char *from, struct span frame, usec_t now);
usec_t room_data_next(const struct room_data *data);
void room_data_timeout(struct room_data *data, usec_t now);
/* Messages that are not acknowledged yet by all whom they are for. */
size_t room_data_waiting(const struct room_data *data);

#endif
