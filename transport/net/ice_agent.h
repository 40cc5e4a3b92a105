/* The full ICE backend: one NiceAgent per connection, its GMainContext iterated inside the libuv loop. */
#ifndef HEDDLE_NET_ICE_AGENT_H
#define HEDDLE_NET_ICE_AGENT_H

#include "transport/net/ice_agent_config.h"

struct glib_bridge;

/* Gathering starts when the loop runs next; candidates trickle through the listener. NULL: libnice refused. */
struct ice *ice_agent_new(struct glib_bridge *bridge, const struct ice_agent_config *config,
                          const struct ice_listener *listener);
/* The remote peer is ICE-lite (RFC 8445 section 2.5). Call before its candidates are added: those over TCP are then
 * tried apart, so that they wait for nothing else. The first path that works is used. */
void ice_agent_set_remote_lite(struct ice *ice);
/* New credentials of the servers it was made with; used from the next restart on. Other servers are ignored. */
void ice_agent_set_servers(struct ice *ice, const struct ice_server *servers, size_t count);

#endif
