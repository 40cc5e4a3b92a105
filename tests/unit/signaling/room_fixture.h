/* Rooms whose sessions keep what they are sent, for the tests of what goes on in them. */
#ifndef HEDDLE_TESTS_ROOM_FIXTURE_H
#define HEDDLE_TESTS_ROOM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/signaling/null_room_port.h"

#define S USEC_PER_SEC

/* The rooms' world: each session keeps what it was sent. Every message must be one that clients accept. */
struct session {
    json_t *inbox;
    bool ended;
    size_t backlog;
    unsigned allowed; /* messages that others made it send */
};

extern struct session sessions[8];
extern unsigned left_count;
extern struct rooms *rooms;
extern struct permissions joins_with; /* whoever joins next */
extern uint64_t token_key;            /* likewise: the access token */
extern const char *returns;           /* likewise: the resume token of its former place */
extern const struct reach_kind kind;  /* of the sessions */

/* `ice_servers_life`: of what participants are told of ICE servers; 0: for ever. */
void start_with(unsigned mesh_max, usec_t ice_servers_life);
void start(unsigned mesh_max);
void finish(void);
/* Returns why it is refused, or NULL. */
const char *try_join(struct room_participant **out, const char *room, unsigned session, const char *resume, usec_t now);
struct room_participant *join(const char *room, unsigned session, usec_t now);
/* As if the router had reported its connection. */
struct room_participant *join_with_media(const char *room, unsigned session, usec_t now);
/* The next message of a session, which must be of `type`. The caller owns it. */
json_t *next(unsigned session, const char *type);
/* Takes the next message, whatever it says. */
void pass(unsigned session, const char *type);
void nothing_more(unsigned session);
/* Takes the next message and compares it, `type` included. */
void expect(unsigned session, const char *text);

#define CONNECT(topology, pin, reason, epoch, connect, probe)                                                          \
    CONNECT_WITH("", topology, pin, reason, epoch, connect, probe)
#define CONNECT_PINNED_BY(by, topology, pin, reason, epoch, connect, probe)                                            \
    CONNECT_WITH("\"pin_by\":\"" by "\",", topology, pin, reason, epoch, connect, probe)
#define CONNECT_WITH(more, topology, pin, reason, epoch, connect, probe)                                               \
    "{" more "\"type\":\"connect\",\"topology\":\"" topology "\",\"pin\":\"" pin "\",\"reason\":\"" reason             \
    "\",\"epoch\":" epoch ",\"connect\":[" connect "],\"probe\":[" probe "]}"
#define ROUTER "\"router\""

/* Both ends found a direct path. */
void prove(struct room_participant *a, struct room_participant *b, usec_t now);
/* Two participants of a Mesh; nothing is left unread. */
void make_mesh(struct room_participant *participants[2]);

#endif
