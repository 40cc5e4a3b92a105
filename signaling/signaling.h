/* What messages of clients and requests to the API work with: the rooms, the router, the HTTP port and the limits. The
 * server owns all of it. */
#ifndef HEDDLE_SIGNALING_SIGNALING_H
#define HEDDLE_SIGNALING_SIGNALING_H

#include <uv.h>

#include "signaling/config/config.h"
#include "signaling/front.h"
#include "signaling/http/http_request.h"
#include "signaling/session/session.h"
#include "signaling/whip/whip_host.h"

struct rooms;
struct router_participant;
struct services;

struct signaling {
    const struct config *config;
    uv_loop_t loop;
    struct front front;
    struct http_host http;
    struct session_host sockets;
    struct rooms *rooms;
    struct router_participant *router;
    struct services *services;
    struct whip_host whip;
    usec_t started_at;
};

#endif
