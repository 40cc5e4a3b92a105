/* A call and the topology of its room: which connections there are, and make-before-break when that changes. */
#ifndef HEDDLE_CLIENT_CALL_TOPOLOGY_H
#define HEDDLE_CLIENT_CALL_TOPOLOGY_H

#include "client/call/call_state.h"

/* Makes the connections that the room asks for; others retire while they carry media that has not moved yet. */
void call_follow_topology(struct call *call);
/* The old connections end when nothing shown depends on them, or some time after the new ones are up. */
void call_follow_switch(struct call *call, usec_t now);
/* A participant left: the connection to it is closed. */
void call_forget(struct call *call, const char *id);
/* The participant has lost its signaling socket, and the server keeps its place. */
bool call_is_away(const struct call *call, const char *id);

#endif
