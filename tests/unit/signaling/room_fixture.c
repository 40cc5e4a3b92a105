#include "tests/unit/signaling/room_fixture.h"

struct session sessions[8];
unsigned left_count;
struct rooms *rooms;
struct permissions joins_with;
uint64_t token_key;
const char *returns;

static void take(void *owner, struct text *sent)
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

static size_t backlog(const void *owner)
{
    const struct session *session = owner;
    return session->backlog;
}

static void allow(void *owner, unsigned messages)
{
    struct session *session = owner;
    session->allowed += messages;
}

static void end(void *owner)
{
    struct session *session = owner;
    session->ended = true;
}

const struct reach_kind kind = {.send = take,
                                .backlog = backlog,
                                .allow = allow,
                                .let_go = null_reach_end,
                                .end = end,
                                .can_mesh = true,
                                .has_grace = true};

static void gone(void *user, struct room_participant *participant)
{
    (void)user;
    (void)participant;
    left_count++;
}

void start_with(unsigned mesh_max, usec_t ice_servers_life)
{
    const struct rooms_config config = {.room_max = 2,
                                        .participant_max = 6,
                                        .grace = 60 * S,
                                        .dedicated_slots = 9,
                                        .audio_slots = 3,
                                        .ice_servers_life = ice_servers_life,
                                        .topology = {.mesh_max = mesh_max, .hold = 10 * S, .copy_bps = 600000}};
    struct room_port port = null_room_port();
    port.left = gone;
    rooms = rooms_new(&config, &port);
    left_count = 0;
    token_key = 0;
    returns = NULL;
    joins_with = permissions_default();
    joins_with.pin = true;
    for (size_t i = 0; i < 8; i++)
        sessions[i] = (struct session){.inbox = json_array()};
}

void start(unsigned mesh_max)
{
    start_with(mesh_max, 0);
}

void finish(void)
{
    rooms_free(rooms);
    for (size_t i = 0; i < 8; i++)
        json_decref(sessions[i].inbox);
}

const char *try_join(struct room_participant **out, const char *room, unsigned session, const char *resume, usec_t now)
{
    struct join join = {.room = room,
                        .name = "somebody",
                        .resume = resume,
                        .returns = returns,
                        .may = joins_with,
                        .token_key = token_key,
                        .capabilities = {.can_mesh = true}};
    snprintf(join.secret, sizeof join.secret, "secret%026u", session);
    struct refusal refusal = {.code = NULL};
    *out = rooms_join(rooms, &join, &(struct reach){&kind, &sessions[session]}, now, &refusal);
    return refusal.code;
}

struct room_participant *join(const char *room, unsigned session, usec_t now)
{
    struct room_participant *participant;
    assert_null(try_join(&participant, room, session, NULL, now));
    return participant;
}

struct room_participant *join_with_media(const char *room, unsigned session, usec_t now)
{
    struct room_participant *participant = join(room, session, now);
    participant->has_had_media = true;
    return participant;
}

json_t *next(unsigned session, const char *type)
{
    json_t *message = json_incref(json_array_get(sessions[session].inbox, 0));
    if (message == NULL)
        fail_msg("session %u: nothing, expected %s", session, type);
    if (strcmp(json_string_value(json_object_get(message, "type")), type) != 0)
        fail_msg("session %u: %s, expected %s", session, json_dumps(message, 0), type);
    json_array_remove(sessions[session].inbox, 0);
    return message;
}

void pass(unsigned session, const char *type)
{
    json_decref(next(session, type));
}

void nothing_more(unsigned session)
{
    if (json_array_size(sessions[session].inbox) != 0)
        fail_msg("session %u: %s", session, json_dumps(sessions[session].inbox, 0));
}

void expect(unsigned session, const char *text)
{
    json_t *expected = json_loads(text, 0, NULL);
    assert_non_null(expected);
    json_t *message = next(session, json_string_value(json_object_get(expected, "type")));
    if (!json_equal(message, expected))
        fail_msg("session %u: %s, expected %s", session, json_dumps(message, 0), text);
    json_decref(message);
    json_decref(expected);
}

void prove(struct room_participant *a, struct room_participant *b, usec_t now)
{
    room_participant_path(a, b, PATH_PROVEN, now);
    room_participant_path(b, a, PATH_PROVEN, now);
}

void make_mesh(struct room_participant *participants[2])
{
    participants[0] = join("daily", 0, 0);
    participants[1] = join("daily", 1, 0);
    prove(participants[0], participants[1], 0);
    rooms_timeout(rooms, 10 * S);
    assert_int_equal(participants[0]->room->topology.topology, TOPOLOGY_MESH);
    for (unsigned i = 0; i < 2; i++)
        json_array_clear(sessions[i].inbox);
}
