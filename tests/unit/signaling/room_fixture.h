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

#include "tests/unit/signaling/quiet_port.h"

#define S USEC_PER_SEC

/* The rooms' world: each session keeps what it was sent. Every message must be one that clients accept. */
struct session {
    json_t *inbox;
    bool ended;
    size_t backlog;
};

static struct session sessions[8];
static unsigned left_count;
static struct rooms *rooms;

static inline void take(void *owner, struct text *sent)
{
    struct session *session = owner;
    const char *text = text_data(sent);
    struct refusal error;
    enum message_type type;
    json_t *message;
    if (message_parse(&message, &type, MESSAGE_TO_CLIENT, text, sent->length, &error) < 0)
        fail_msg("%s: field %s, expected %s", text, error.field, error.expected);
    assert_false(session->ended);
    json_array_append_new(session->inbox, message);
}

static inline size_t backlog(const void *owner)
{
    const struct session *session = owner;
    return session->backlog;
}

static inline void end(void *owner)
{
    struct session *session = owner;
    session->ended = true;
}

static struct reach_kind kind = {.send = take, .backlog = backlog, .let_go = quiet_end, .end = end, .can_mesh = true};

static inline void gone(void *user, struct room_participant *participant)
{
    (void)user;
    (void)participant;
    left_count++;
}

static inline void start_with(unsigned mesh_max, usec_t ice_servers_life)
{
    const struct rooms_config config = {.room_max = 2,
                                        .participant_max = 6,
                                        .grace = 60 * S,
                                        .dedicated_slots = 9,
                                        .audio_slots = 3,
                                        .ice_servers_life = ice_servers_life,
                                        .topology = {.mesh_max = mesh_max, .hold = 10 * S, .copy_bps = 600000}};
    struct room_port port = quiet_port();
    port.left = gone;
    rooms = rooms_new(&config, &port);
    left_count = 0;
    for (size_t i = 0; i < 8; i++)
        sessions[i] = (struct session){.inbox = json_array()};
}

static inline void start(unsigned mesh_max)
{
    start_with(mesh_max, 0);
}

static inline void finish(void)
{
    rooms_free(rooms);
    for (size_t i = 0; i < 8; i++)
        json_decref(sessions[i].inbox);
}

static inline const char *try_join(struct room_participant **out, const char *room, unsigned session,
                                   const char *resume, usec_t now)
{
    struct join join = {
        .room = room, .name = "somebody", .resume = resume, .may_pin = true, .capabilities = {.can_mesh = true}};
    snprintf(join.secret, sizeof join.secret, "secret%026u", session);
    return rooms_join(rooms, out, &join, &(struct reach){&kind, &sessions[session]}, now);
}

static inline struct room_participant *join(const char *room, unsigned session, usec_t now)
{
    struct room_participant *participant;
    assert_null(try_join(&participant, room, session, NULL, now));
    return participant;
}

/* As if the router had reported its connection. */
static inline struct room_participant *join_with_media(const char *room, unsigned session, usec_t now)
{
    struct room_participant *participant = join(room, session, now);
    participant->has_had_media = true;
    return participant;
}

/* The next message of a session, which must be of `type`. The caller owns it. */
static inline json_t *next(unsigned session, const char *type)
{
    json_t *message = json_incref(json_array_get(sessions[session].inbox, 0));
    if (message == NULL)
        fail_msg("session %u: nothing, expected %s", session, type);
    if (strcmp(json_string_value(json_object_get(message, "type")), type) != 0)
        fail_msg("session %u: %s, expected %s", session, json_dumps(message, 0), type);
    json_array_remove(sessions[session].inbox, 0);
    return message;
}

static inline void pass(unsigned session, const char *type)
{
    json_decref(next(session, type));
}

static inline void nothing_more(unsigned session)
{
    if (json_array_size(sessions[session].inbox) != 0)
        fail_msg("session %u: %s", session, json_dumps(sessions[session].inbox, 0));
}

/* Takes the next message and compares it, `type` included. */
static inline void expect(unsigned session, const char *text)
{
    json_t *expected = json_loads(text, 0, NULL);
    assert_non_null(expected);
    json_t *message = next(session, json_string_value(json_object_get(expected, "type")));
    if (!json_equal(message, expected))
        fail_msg("session %u: %s, expected %s", session, json_dumps(message, 0), text);
    json_decref(message);
    json_decref(expected);
}

#define CONNECT(topology, pin, epoch, connect, probe)                                                                  \
    "{\"type\":\"connect\",\"topology\":\"" topology "\",\"pin\":\"" pin "\",\"epoch\":" epoch                         \
    ",\"connect\":[" connect "],\"probe\":[" probe "]}"
#define ROUTER "\"router\""

/* Both ends found a direct path. */
static inline void prove(struct room_participant *a, struct room_participant *b, usec_t now)
{
    room_participant_path(a, b, PATH_PROVEN, now);
    room_participant_path(b, a, PATH_PROVEN, now);
}

/* Two participants of a Mesh; nothing is left unread. */
static inline void make_mesh(struct room_participant *participants[2])
{
    participants[0] = join("daily", 0, 0);
    participants[1] = join("daily", 1, 0);
    prove(participants[0], participants[1], 0);
    rooms_timeout(rooms, 10 * S);
    assert_int_equal(participants[0]->room->topology.topology, TOPOLOGY_MESH);
    for (unsigned i = 0; i < 2; i++)
        json_array_clear(sessions[i].inbox);
}

#endif
