/* What call.c and call_shape.c share: the call, and what each does for the other. */
#ifndef HEDDLE_CLIENT_CALL_INTERNAL_H
#define HEDDLE_CLIENT_CALL_INTERNAL_H

#include "client/call.h"
#include "client/ice_urls.h"
#include "client/local_addresses.h"
#include "client/netlink.h"
#include "client/signaler.h"

#define ICE_SERVERS_MAX 8

struct call {
    struct call_config config;
    struct call_listener listener;
    char room_name[65], name[PARTICIPANT_NAME_MAX + 1];
    char *token;
    struct signaler *signaler;
    struct room room;
    struct glib_bridge *bridge;
    struct identity *identity;
    struct packet_pool *pool;
    struct links links;
    struct ice_server ice_servers[ICE_SERVERS_MAX];
    size_t ice_server_count;
    struct negotiation_source sources[NEGOTIATION_SOURCES_MAX];
    size_t source_count;
    struct local_addresses addresses;
    struct netlink *netlink;
    bool joined;
    unsigned serial;
    usec_t down_since; /* signaling; 0: it is up */
    usec_t repeat_at;  /* offers that may be lost; USEC_NEVER */
    usec_t up_since;   /* all links of a switch; 0: not yet */
    usec_t moved_since;
    usec_t last_frame, last_tick;
    struct call_status status;
    uv_timer_t tick;
};

/* call.c */
struct link *call_make_link(struct call *call, const char *id);
/* Says to a link's connection what to send and receive. */
void call_configure(struct call *call, struct link *link);
/* Tells people and the server what has changed. */
void call_tell_status(struct call *call);
void call_tell_paths(struct call *call);

/* call_shape.c */
/* Makes the links that the room asks for; of the others those retire that carry what is still to move. */
void call_follow_shape(struct call *call);
/* The old links end when nothing shown depends on them, or some time after the new ones are up. */
void call_follow_switch(struct call *call, usec_t now);
/* Somebody left. */
void call_forget(struct call *call, const char *id);
/* The server waits for it to come back. */
bool call_is_away(const struct call *call, const char *id);

#endif
