/* The way out of rooms that leads nowhere: a test replaces what it listens to. */
#ifndef HEDDLE_TESTS_QUIET_PORT_H
#define HEDDLE_TESTS_QUIET_PORT_H

#include "signaling/room.h"

static inline void quiet_send(void *user, struct session *session, struct text *text)
{
    (void)user, (void)session, (void)text;
}

static inline size_t quiet_backlog(void *user, const struct session *session)
{
    (void)user, (void)session;
    return 0;
}

static inline void quiet_owe(void *user, size_t messages)
{
    (void)user, (void)messages;
}

static inline void quiet_end(void *user, struct session *session)
{
    (void)user, (void)session;
}

static inline void quiet_left(void *user, struct member *member)
{
    (void)user, (void)member;
}

static inline json_t *quiet_ice_servers(void *user, const char *participant)
{
    (void)user, (void)participant;
    return json_array();
}

static inline struct room_port quiet_port(void)
{
    return (struct room_port){.send = quiet_send,
                              .backlog = quiet_backlog,
                              .owe = quiet_owe,
                              .end = quiet_end,
                              .left = quiet_left,
                              .ice_servers = quiet_ice_servers};
}

#endif
