/* The full ICE backend: one NiceAgent per connection, its GMainContext iterated inside the libuv loop. */
#ifndef HEDDLE_NET_ICE_AGENT_H
#define HEDDLE_NET_ICE_AGENT_H

#include <uv.h>

#include "transport/net/ice.h"

/* One per thread: a GMainContext driven by a loop. */
struct glib_bridge;
struct glib_bridge *glib_bridge_new(uv_loop_t *loop);
/* Closes its handles; the memory goes when the loop has run once more. All agents must be freed before. */
void glib_bridge_free(struct glib_bridge *bridge);

struct ice_server {
    char host[256]; /* a numeric address or a name; names are resolved before use by the caller's thread */
    uint16_t port;
    bool is_turn;
    enum { ICE_SERVER_UDP, ICE_SERVER_TCP, ICE_SERVER_TLS } transport;
    char username[256], password[256];
};

struct ice_agent_config {
    bool is_controlling;
    bool relay_only;
    struct ice_credentials local;
    const struct ice_server *servers;
    size_t server_count;
    const char *bind_addresses[8]; /* NULL-terminated; none: every interface */
    bool tcp;                      /* ICE-TCP active/passive host candidates */
};

/* Gathering starts when the loop runs next; candidates trickle through the listener. NULL: libnice refused. */
struct ice *ice_agent_new(struct glib_bridge *bridge, const struct ice_agent_config *config,
                          const struct ice_listener *listener);
/* New credentials of the servers it was made with; the next restart gathers with them. Others are not looked at. */
void ice_agent_set_servers(struct ice *ice, const struct ice_server *servers, size_t count);

#endif
