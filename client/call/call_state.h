/* The inside of a call, for its parts. */
#ifndef HEDDLE_CLIENT_CALL_STATE_H
#define HEDDLE_CLIENT_CALL_STATE_H

#include "client/call/call_types.h"
#include "client/call/ice_urls.h"
#include "client/call/joining.h"
#include "client/call/mixed_view.h"
#include "client/net/local_addresses.h"
#include "client/net/netlink.h"
#include "client/net/signaler.h"
#include "client/rtp/first_offer.h"
#include "transport/base/spacing.h"
#include "transport/net/ice_agent_config.h"

struct call {
    struct call_config config;
    struct call_listener listener;
    char room_name[65], name[PARTICIPANT_NAME_MAX + 1];
    char *token, *service;
    char layout[8];      /* of a mixer: as call_set_layout() */
    char room_layout[8]; /* that was followed last */
    usec_t layout_at;    /* since when */
    struct signaler *signaler;
    struct client_room room;
    struct room_data *data;
    struct mixed_view view;
    char mix[8]; /* whether we would be sent the mix alone: "auto", "on", "off"; "": never said */
    bool received_mix, received_others, received_beside; /* what was asked for last */
    struct glib_bridge *bridge;
    struct identity *identity;
    struct packet_pool *pool;
    struct call_connections connections;
    struct first_offer first;
    struct ice_server ice_servers[ICE_SERVERS_MAX];
    size_t ice_server_count;
    struct negotiation_source sources[NEGOTIATION_SOURCES_MAX];
    size_t source_count;
    struct local_addresses addresses;
    struct netlink *netlink;
    bool joined;
    struct joining joining;
    unsigned serial;
    usec_t down_since; /* when signaling went down; 0: it is up */
    usec_t repeat_at;  /* when to make offers again that may be lost; USEC_NEVER: not at all */
    usec_t up_since;   /* when all connections of the new topology were up; 0: not yet */
    usec_t moved_since;
    usec_t last_frame, last_tick;
    size_t left_out; /* publications that are not received */
    struct spacing telling_sizes;
    char *told_sizes; /* what the router was told of them last; NULL: nothing */
    struct call_status status;
    uv_timer_t tick, sizes_timer;
};

#endif
