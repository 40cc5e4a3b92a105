/* The world of rooms, and ways to their participants that lead nowhere: a test replaces what it listens to. */
#ifndef HEDDLE_TESTS_QUIET_PORT_H
#define HEDDLE_TESTS_QUIET_PORT_H

#include "signaling/room.h"

static inline void quiet_send(void *owner, struct text *text)
{
    (void)owner, (void)text;
}

static inline size_t quiet_backlog(const void *owner)
{
    (void)owner;
    return 0;
}

static inline void quiet_end(void *owner)
{
    (void)owner;
}

static inline struct reach_kind quiet_kind(void)
{
    return (struct reach_kind){
        .send = quiet_send, .backlog = quiet_backlog, .let_go = quiet_end, .end = quiet_end, .can_mesh = true};
}

static inline void quiet_owe(void *user, size_t messages)
{
    (void)user, (void)messages;
}

static inline void quiet_left(void *user, struct room_participant *participant)
{
    (void)user, (void)participant;
}

static inline json_t *quiet_ice_servers(void *user, const char *participant)
{
    (void)user, (void)participant;
    return json_array();
}

static inline struct room_port quiet_port(void)
{
    return (struct room_port){.owe = quiet_owe, .left = quiet_left, .ice_servers = quiet_ice_servers};
}

#endif
