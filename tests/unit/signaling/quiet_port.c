#include "tests/unit/signaling/quiet_port.h"

static void quiet_send(void *owner, struct text *text)
{
    (void)owner, (void)text;
}

static size_t quiet_backlog(const void *owner)
{
    (void)owner;
    return 0;
}

static void quiet_allow(void *owner, unsigned messages)
{
    (void)owner, (void)messages;
}

void quiet_end(void *owner)
{
    (void)owner;
}

struct reach_kind quiet_kind(void)
{
    return (struct reach_kind){.send = quiet_send,
                               .backlog = quiet_backlog,
                               .allow = quiet_allow,
                               .let_go = quiet_end,
                               .end = quiet_end,
                               .can_mesh = true,
                               .has_grace = true};
}

static void quiet_charge(void *user, size_t messages)
{
    (void)user, (void)messages;
}

static void quiet_left(void *user, struct room_participant *participant)
{
    (void)user, (void)participant;
}

static json_t *quiet_ice_servers(void *user, const char *participant)
{
    (void)user, (void)participant;
    return json_array();
}

struct room_port quiet_port(void)
{
    return (struct room_port){.charge = quiet_charge, .left = quiet_left, .ice_servers = quiet_ice_servers};
}

struct rooms *quiet_rooms(void)
{
    const struct rooms_config config = {.room_max = 4,
                                        .participant_max = 4,
                                        .grace = 60 * USEC_PER_SEC,
                                        .topology = {.hold = 10 * USEC_PER_SEC, .copy_bps = 600000}};
    const struct room_port port = quiet_port();
    return rooms_new(&config, &port);
}
