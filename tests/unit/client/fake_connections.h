/* Connections that do nothing but remember what they were told: the functions of call_connection.h, and the state of
 * their peer connections, take the place of the real ones. */
#ifndef HEDDLE_TESTS_FAKE_CONNECTIONS_H
#define HEDDLE_TESTS_FAKE_CONNECTIONS_H

#include "client/call/call_connections.h"

struct call_connection {
    char remote[PARTICIPANT_ID_MAX + 1];
    bool is_up, is_retired, is_probe;
    bool has_pc;
    enum peer_connection_state state; /* of its peer connection */
    uint64_t estimate;                /* 0: not known */
    uint64_t target_bps;              /* that it was told */
};

/* Adds one that is needed, with a peer connection, and not up. */
struct call_connection *fake_connection(struct call_connections *connections, const char *remote);
/* What has been done to connections since the last call: "start router, retire p1". */
const char *fake_connections_acts(void);
void fake_connections_note(const char *act, const char *remote);

#endif
