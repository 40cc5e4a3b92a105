/* What is counted of a call, and what is kept of it when connections and the call end. */
#ifndef HEDDLE_CLIENT_CLIENT_STATS_H
#define HEDDLE_CLIENT_CLIENT_STATS_H

#include "client/client_state.h"

const char *client_status_name(enum call_state state);
/* Adds what was sent by a connection that is about to go to what was sent before. */
void client_keep_sent(struct heddle_client *client, const struct call_connection *connection);
/* Keeps what connections there are, once. */
void client_keep_connections(struct heddle_client *client);
/* Keeps what can be read only while the connections are there. */
void client_keep_stats(struct heddle_client *client);
/* Adds what came in of a participant's audio or video, whatever their sources, by one connection. False: nothing. */
bool client_track_stats(const struct call_connection *connection, const char *participant, enum media_kind kind,
                        struct receive_track_stats *sum);

#endif
