/* What is counted of a call, and what is kept of it when connections and the call end. */
#ifndef HEDDLE_CLIENT_CLIENT_STATS_H
#define HEDDLE_CLIENT_CLIENT_STATS_H

#include "client/client_state.h"

const char *client_status_name(enum call_state state);
/* Adds what a connection sent, which is about to be closed, to the sum of those that were closed before. */
void client_keep_sent(struct heddle_client *client, const struct call_connection *connection);
/* Keeps a copy of what is told of the connections; only the first call does. */
void client_keep_connections(struct heddle_client *client);
/* Keeps what can be read only while the connections are there. */
void client_keep_stats(struct heddle_client *client);
/* Adds to `sum` what one connection received of a participant's audio or video, from all its sources. False: it
 * receives none. */
bool client_track_stats(const struct call_connection *connection, const struct tile *tile, enum media_kind kind,
                        struct receive_track_stats *sum);

#endif
