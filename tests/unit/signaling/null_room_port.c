#include "tests/unit/signaling/null_room_port.h"

static void null_send(void *owner, struct text *text)
{
    (void)owner, (void)text;
}

static size_t null_backlog(const void *owner)
{
    (void)owner;
    return 0;
}

static void null_allow(void *owner, unsigned messages)
{
    (void)owner, (void)messages;
}

void null_reach_end(void *owner)
{
    (void)owner;
}

struct reach_kind null_reach_kind(void)
{
    return (struct reach_kind){.send = null_send,
                               .backlog = null_backlog,
                               .allow = null_allow,
                               .let_go = null_reach_end,
                               .end = null_reach_end,
                               .can_mesh = true,
                               .has_grace = true};
}

static void null_charge(void *user, size_t messages)
{
    (void)user, (void)messages;
}

static void null_left(void *user, struct room_participant *participant)
{
    (void)user, (void)participant;
}

static json_t *null_ice_servers(void *user, const char *participant)
{
    (void)user, (void)participant;
    return json_array();
}

struct room_port null_room_port(void)
{
    return (struct room_port){.charge = null_charge, .left = null_left, .ice_servers = null_ice_servers};
}

struct rooms *small_rooms(void)
{
    const struct rooms_config config = {.room_max = 4,
                                        .participant_max = 4,
                                        .grace = 60 * USEC_PER_SEC,
                                        .topology = {.hold = 10 * USEC_PER_SEC, .copy_bps = 600000}};
    const struct room_port port = null_room_port();
    return rooms_new(&config, &port);
}
