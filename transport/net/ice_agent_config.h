/* Configuration of a full ICE agent. */
#ifndef HEDDLE_NET_ICE_AGENT_CONFIG_H
#define HEDDLE_NET_ICE_AGENT_CONFIG_H

#include "transport/net/ice.h"

#define ICE_SERVERS_MAX 8 /* as many relays as libnice takes */

struct ice_server {
    char host[256]; /* a numeric address or a name; names are resolved before use by the caller's thread */
    uint16_t port;
    bool is_turn;
    enum { ICE_SERVER_UDP, ICE_SERVER_TCP, ICE_SERVER_TLS } transport;
    char username[256], password[256];
};

struct ice_agent_config {
    bool is_controlling;
    bool nominates_at_once; /* with the first check: for a remote peer that takes any path, a round trip earlier */
    bool relay_only;
    struct ice_credentials local;
    const struct ice_server *servers;
    size_t server_count;
    const char *bind_addresses[8]; /* NULL-terminated; none: every interface */
    bool tcp;                      /* ICE-TCP active/passive host candidates */
    bool no_udp;                   /* nothing over UDP */
};

#endif
