/* What ice_lite.c (sessions) and ice_port.c (sockets and timers) share. Only for these two. */
#ifndef HEDDLE_NET_ICE_PORT_H
#define HEDDLE_NET_ICE_PORT_H

#include <arpa/inet.h>

#include "transport/base/budget.h"
#include "transport/net/ice_lite.h"
#include "transport/net/lite_core.h"
#include "transport/net/tcp.h"
#include "transport/net/udp.h"

struct ice_port {
    struct ice_port_config config;
    char addresses[8][INET6_ADDRSTRLEN];
    size_t address_count;
    uint16_t port;
    struct lite_core *core;
    struct udp *udp; /* NULL: off */
    struct tcp *tcp;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_timer_t retry_timer; /* runs while requests wait for their answers */
    usec_t tcp_tick_at;
    struct budget_table strange_checks; /* by address: STUN messages from 5-tuples of no session */
    size_t open_handles;
    size_t session_count;
    bool is_closing;
    struct ice_port_stats stats; /* the sockets' own counters are added when it is read */
    struct ice_port_stats shown;
};

struct ice_lite {
    struct ice ice;
    struct ice_port *port;
    struct lite_session *session;
    struct ice_listener listener;
};

/* Sends what the core wants sent, and closes the streams that it has given up. */
void ice_port_carry_out(struct ice_port *port, usec_t now);

#endif
