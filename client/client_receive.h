/* What comes in: each frame goes to the tile of its participant, is decoded, and is handed to the program. */
#ifndef HEDDLE_CLIENT_CLIENT_RECEIVE_H
#define HEDDLE_CLIENT_CLIENT_RECEIVE_H

#include "client/client_state.h"

void client_receive(struct heddle_client *client, const struct call_connection *connection,
                    const struct session_frame *frame, usec_t now);
/* Adds the tracks that have ended on the connection to the statistics of their participants. */
void client_count_ended(struct heddle_client *client, const struct call_connection *connection);
/* What is counted of the connection can be read for the last time. */
void client_connection_closing(struct heddle_client *client, const struct call_connection *connection);
/* Whether everybody's media comes in by the connections of the room's topology. */
bool client_has_moved(const struct heddle_client *client);

#endif
