#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/room.h"

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

static void take(void *user, struct session *session, struct text *sent)
{
    const char *text = text_data(sent);
    struct refusal error;
    enum message_type type;
    json_t *message;
    (void)user;
    if (message_parse(&message, &type, MESSAGE_TO_CLIENT, text, sent->length, &error) < 0)
        fail_msg("%s: field %s, expected %s", text, error.field, error.expected);
    assert_false(session->ended);
    json_array_append_new(session->inbox, message);
}

static size_t backlog(void *user, const struct session *session)
{
    (void)user;
    return session->backlog;
}

static void end(void *user, struct session *session)
{
    (void)user;
    session->ended = true;
}

static void gone(void *user, struct member *member)
{
    (void)user;
    (void)member;
    left_count++;
}

static json_t *no_servers(void *user, const char *participant)
{
    (void)user;
    (void)participant;
    return json_array();
}

static void start_with(unsigned mesh_max, usec_t ice_servers_life)
{
    const struct rooms_config config = {.room_max = 2,
                                        .participant_max = 6,
                                        .grace = 60 * S,
                                        .dedicated_slots = 9,
                                        .audio_slots = 3,
                                        .ice_servers_life = ice_servers_life,
                                        .shape = {.mesh_max = mesh_max, .hold = 10 * S, .copy_bps = 600000}};
    const struct room_port port = {
        .send = take, .backlog = backlog, .end = end, .left = gone, .ice_servers = no_servers};
    rooms = rooms_new(&config, &port);
    left_count = 0;
    for (size_t i = 0; i < 8; i++)
        sessions[i] = (struct session){.inbox = json_array()};
}

static void start(unsigned mesh_max)
{
    start_with(mesh_max, 0);
}

static void finish(void)
{
    rooms_free(rooms);
    for (size_t i = 0; i < 8; i++)
        json_decref(sessions[i].inbox);
}

static const char *try_join(struct member **out, const char *room, unsigned session, const char *resume, usec_t now)
{
    struct join join = {
        .room = room, .name = "somebody", .resume = resume, .may_pin = true, .capabilities = {.can_mesh = true}};
    snprintf(join.secret, sizeof join.secret, "secret%026u", session);
    return rooms_join(rooms, out, &join, &sessions[session], now);
}

static struct member *join(const char *room, unsigned session, usec_t now)
{
    struct member *member;
    assert_null(try_join(&member, room, session, NULL, now));
    return member;
}

/* As if the router had reported its connection. */
static struct member *join_with_media(const char *room, unsigned session, usec_t now)
{
    struct member *member = join(room, session, now);
    member->has_had_media = true;
    return member;
}

/* The next message of a session, which must be of `type`. The caller owns it. */
static json_t *next(unsigned session, const char *type)
{
    json_t *message = json_incref(json_array_get(sessions[session].inbox, 0));
    if (message == NULL)
        fail_msg("session %u: nothing, expected %s", session, type);
    if (strcmp(json_string_value(json_object_get(message, "type")), type) != 0)
        fail_msg("session %u: %s, expected %s", session, json_dumps(message, 0), type);
    json_array_remove(sessions[session].inbox, 0);
    return message;
}

static void pass(unsigned session, const char *type)
{
    json_decref(next(session, type));
}

static void nothing_more(unsigned session)
{
    if (json_array_size(sessions[session].inbox) != 0)
        fail_msg("session %u: %s", session, json_dumps(sessions[session].inbox, 0));
}

/* Takes the next message and compares it, `type` included. */
static void expect(unsigned session, const char *text)
{
    json_t *expected = json_loads(text, 0, NULL);
    assert_non_null(expected);
    json_t *message = next(session, json_string_value(json_object_get(expected, "type")));
    if (!json_equal(message, expected))
        fail_msg("session %u: %s, expected %s", session, json_dumps(message, 0), text);
    json_decref(message);
    json_decref(expected);
}

#define CONNECT(shape, pin, epoch, connect, probe)                                                                     \
    "{\"type\":\"connect\",\"shape\":\"" shape "\",\"pin\":\"" pin "\",\"epoch\":" epoch ",\"connect\":[" connect      \
    "],\"probe\":[" probe "]}"
#define ROUTER "\"router\""

/* Both ends found a direct path. */
static void prove(struct member *a, struct member *b, usec_t now)
{
    member_path(a, b, PATH_PROVEN, now);
    member_path(b, a, PATH_PROVEN, now);
}

/* Two members of a Mesh; nothing is left unread. */
static void make_mesh(struct member *members[2])
{
    members[0] = join("daily", 0, 0);
    members[1] = join("daily", 1, 0);
    prove(members[0], members[1], 0);
    rooms_timeout(rooms, 10 * S);
    assert_int_equal(members[0]->room->shape.shape, SHAPE_MESH);
    for (unsigned i = 0; i < 2; i++)
        json_array_clear(sessions[i].inbox);
}

static void a_joiner_gets_a_snapshot_and_the_others_hear_of_it(void **state)
{
    (void)state;
    start(4);
    join("daily", 0, 0);
    expect(0, "{\"type\":\"joined\",\"participant\":\"p1\",\"room\":\"daily\",\"resume\":\"p1."
              "secret00000000000000000000000000\",\"resumed\":false,\"grace_ms\":60000,\"dedicated_slots\":9,\"audio_"
              "slots\":3,"
              "\"shape\":\"sfu\",\"pin\":\"auto\","
              "\"epoch\":1,\"connect\":[\"router\"],\"probe\":[],\"ice_servers\":[],\"ice_policy\":\"all\","
              "\"participants\":[]}");
    join("daily", 1, 0);
    expect(0,
           "{\"type\":\"participant-joined\",\"participant\":{\"id\":\"p2\",\"name\":\"somebody\",\"state\":\"active\","
           "\"publications\":[]}}");
    expect(0, CONNECT("sfu", "auto", "1", "\"router\"", "\"p2\""));
    json_t *joined = next(1, "joined");
    assert_int_equal(json_array_size(json_object_get(joined, "participants")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(joined, "connect"), 0)), "router");
    assert_string_equal(json_string_value(json_array_get(json_object_get(joined, "probe"), 0)), "p1");
    json_decref(joined);
    join("other", 2, 0); /* another room hears nothing and is not heard of */
    pass(2, "joined");
    nothing_more(0);
    nothing_more(1);
    finish();
}

static void the_limits_hold(void **state)
{
    struct member *member;
    (void)state;
    start(0);
    for (unsigned i = 0; i < 6; i++)
        join("daily", i, 0);
    assert_string_equal(try_join(&member, "daily", 6, NULL, 0), "room-full");
    struct member *single = join("second", 6, 0);
    assert_string_equal(try_join(&member, "third", 7, NULL, 0), "too-many-rooms");
    member_leave(single, "left", 0);
    assert_int_equal(rooms_count(rooms), 1); /* an empty room is gone */
    assert_null(try_join(&member, "third", 7, NULL, 0));
    finish();
}

static void ids_are_not_used_again(void **state)
{
    (void)state;
    start(0);
    join("daily", 0, 0);
    struct member *second = join("daily", 1, 0);
    member_leave(second, "left", 0);
    assert_int_equal(left_count, 1);
    pass(0, "joined");
    pass(0, "participant-joined");
    expect(0, "{\"type\":\"participant-left\",\"participant\":\"p2\",\"reason\":\"left\"}");
    assert_string_equal(join("daily", 2, 0)->id, "p3");
    finish();
}

static void a_small_room_leaves_the_router_when_every_pair_has_proven_a_path(void **state)
{
    (void)state;
    start(2);
    struct member *first = join("daily", 0, 0);
    struct member *second = join("daily", 1, 0);
    pass(1, "joined");
    member_path(first, second, PATH_PROVEN, 1 * S);
    rooms_timeout(rooms, 100 * S);
    nothing_more(1); /* one end's word is not enough */
    member_path(second, first, PATH_PROVEN, 100 * S);
    rooms_timeout(rooms, 110 * S - 1);
    nothing_more(1);
    rooms_timeout(rooms, 110 * S);
    expect(1, CONNECT("mesh", "auto", "2", "\"p1\"", ""));
    struct member *third = join("daily", 2, 120 * S); /* too many: nobody keeps direct connections */
    json_t *joined = next(2, "joined");
    assert_string_equal(json_string_value(json_object_get(joined, "shape")), "sfu");
    assert_int_equal(json_integer_value(json_object_get(joined, "epoch")), 3);
    assert_int_equal(json_array_size(json_object_get(joined, "probe")), 0);
    json_decref(joined);
    pass(1, "participant-joined");
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, ""));
    member_path(first, second, PATH_PROVEN, 121 * S); /* said too late */
    member_leave(third, "left", 130 * S);
    pass(1, "participant-left");
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, "\"p1\""));
    prove(first, second, 131 * S);
    rooms_timeout(rooms, 141 * S);
    expect(1, CONNECT("mesh", "auto", "4", "\"p1\"", ""));
    member_leave(second, "left", 150 * S); /* alone */
    assert_int_equal(first->room->shape.shape, SHAPE_SFU);
    finish();
}

static void a_joiner_of_a_mesh_comes_by_the_router_and_the_others_keep_their_paths(void **state)
{
    struct member *members[2];
    (void)state;
    start(4);
    make_mesh(members);
    struct member *third = join("daily", 2, 20 * S);
    pass(2, "joined");
    pass(1, "participant-joined");
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, "\"p1\",\"p3\""));
    prove(members[0], third, 21 * S);
    prove(members[1], third, 21 * S);
    rooms_timeout(rooms, 31 * S);
    expect(1, CONNECT("mesh", "auto", "4", "\"p1\",\"p3\"", ""));
    finish();
}

static void a_pin_changes_the_shape_and_needs_the_right(void **state)
{
    (void)state;
    start(4);
    struct member *first = join("daily", 0, 0);
    struct member *second = join("daily", 1, 0);
    second->may_pin = false;
    pass(1, "joined");
    assert_string_equal(member_pin(second, PIN_SFU, 0), "not-allowed");
    nothing_more(1);
    assert_null(member_pin(first, PIN_SFU, 0));
    expect(1, CONNECT("sfu", "sfu", "1", ROUTER, ""));
    assert_null(member_pin(first, PIN_SFU, 0)); /* nothing new, nothing said */
    nothing_more(1);
    assert_null(member_pin(first, PIN_MESH, 0)); /* as soon as it can be */
    expect(1, CONNECT("sfu", "mesh", "1", ROUTER, "\"p1\""));
    prove(first, second, 0);
    expect(1, CONNECT("mesh", "mesh", "2", "\"p1\"", ""));
    assert_null(member_pin(first, PIN_AUTO, 0)); /* the shape stays; the pin is gone */
    expect(1, CONNECT("mesh", "auto", "2", "\"p1\"", ""));
    finish();
}

static void a_room_leaves_the_router_for_a_turn_server_only_if_it_is_pinned(void **state)
{
    (void)state;
    start(4);
    struct member *first = join("daily", 0, 0);
    struct member *second = join("daily", 1, 0);
    pass(1, "joined");
    member_path(first, second, PATH_RELAYED, 1 * S);
    expect(1, CONNECT("sfu", "auto", "1", ROUTER, "")); /* nobody tries any more */
    member_path(second, first, PATH_PROVEN, 1 * S);
    rooms_timeout(rooms, 20 * S);
    nothing_more(1);
    assert_null(member_pin(first, PIN_MESH, 20 * S));
    expect(1, CONNECT("sfu", "mesh", "1", ROUTER, "\"p1\""));
    member_path(first, second, PATH_RELAYED, 21 * S);
    member_path(second, first, PATH_PROVEN, 21 * S);
    expect(1, CONNECT("mesh", "mesh", "2", "\"p1\"", ""));
    assert_null(member_pin(first, PIN_AUTO, 30 * S));
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, ""));
    assert_int_equal(first->room->shape.reason, SHAPE_REASON_PAIR);
    finish();
}

static void a_pair_that_loses_its_path_goes_back_to_the_router_and_is_left_alone(void **state)
{
    struct member *members[2];
    (void)state;
    start(4);
    make_mesh(members);
    member_path(members[0], members[1], PATH_LOST, 20 * S);
    rooms_timeout(rooms, 20 * S + PATH_HEAL_TIME - 1);
    member_path(members[0], members[1], PATH_PROVEN, 20 * S + PATH_HEAL_TIME - 1); /* it healed */
    rooms_timeout(rooms, 30 * S);
    nothing_more(1);
    member_path(members[0], members[1], PATH_LOST, 40 * S);
    rooms_timeout(rooms, 40 * S + PATH_HEAL_TIME);
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, ""));
    usec_t retry = 40 * S + PATH_HEAL_TIME + PATH_RETRY_FIRST;
    rooms_timeout(rooms, retry - 1);
    nothing_more(1);
    rooms_timeout(rooms, retry);
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, "\"p1\""));
    member_path(members[1], members[0], PATH_FAILED, retry + 15 * S);
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, ""));
    member_network_changed(members[0], retry + 100 * S);
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, "\"p1\""));
    finish();
}

static void a_failed_pair_is_forgotten_with_one_of_them(void **state)
{
    struct member *members[2];
    (void)state;
    start(4);
    make_mesh(members);
    member_path(members[0], members[1], PATH_FAILED, 20 * S);
    pass(0, "connect");
    join("daily", 2, 30 * S);
    pass(0, "participant-joined");
    nothing_more(0);
    member_leave(members[1], "left", 40 * S);
    pass(0, "participant-left");
    expect(0, CONNECT("sfu", "auto", "3", ROUTER, "\"p3\""));
    finish();
}

static void overload_in_a_mesh_ends_it(void **state)
{
    struct member *members[2];
    (void)state;
    start(4);
    make_mesh(members);
    json_t *events = json_loads("[{\"kind\":\"overload\"},{\"kind\":7},{}]", 0, NULL);
    member_report(members[0], events, 20 * S);
    expect(1, CONNECT("sfu", "auto", "3", ROUTER, ""));
    assert_int_equal(members[0]->room->events.count, 3);
    json_decref(events);
    finish();
}

static void messages_go_to_one_other_in_the_same_room(void **state)
{
    (void)state;
    start(4);
    struct member *first = join("daily", 0, 0);
    struct member *second = join("daily", 1, 0);
    json_t *offer =
        json_loads("{\"type\":\"offer\",\"target\":\"p2\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[]}", 0, NULL);
    pass(1, "joined");
    join("other", 2, 0);
    assert_null(room_find(first->room, "p3"));
    member_relay(first, second, offer, 73);
    member_relay(first, second, offer, 73);
    expect(1, "{\"type\":\"offer\",\"from\":\"p1\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[]}");
    pass(1, "offer");
    assert_string_equal(json_string_value(json_object_get(offer, "target")), "p2"); /* the sender's copy is untouched */
    assert_int_equal(first->pair_count, 1);
    assert_int_equal(first->pairs[0].bytes, 146);
    assert_int_equal(first->pairs[0].messages, 2);
    json_decref(offer);
    finish();
}

static json_t *sends_of(const char *sources, bool muted)
{
    json_t *list = json_array();
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (strchr(sources, '0' + i) != NULL)
            json_array_append_new(
                list, json_pack("{s:s,s:s,s:b}", "mid", "0", "source", message_source_name(i), "muted", muted));
    return list;
}

static void set_sends(struct member *member, const struct member *target, const char *sources, bool muted)
{
    unsigned bits = 0;
    for (const char *at = sources; *at != '\0'; at++)
        bits |= 1u << (*at - '0');
    member_set_sources(member, target, bits, muted ? bits : 0);
}

static void publications_are_what_is_sent_to_anybody(void **state)
{
    (void)state;
    start(4);
    struct member *first = join("daily", 0, 0);
    struct member *second = join("daily", 1, 0);
    struct member *third = join("daily", 2, 0);
    for (int i = 0; i < 2; i++)
        json_array_clear(sessions[1].inbox);
    set_sends(first, second, "01", false); /* camera and microphone */
    json_t *message = next(1, "publications");
    assert_int_equal(json_array_size(json_object_get(message, "publications")), 2);
    json_decref(message);
    set_sends(first, third, "1", false); /* an answer to an audio-only offer takes nothing back */
    nothing_more(1);
    member_mute(first, 0, true);
    expect(
        1,
        "{\"type\":\"publications\",\"participant\":\"p1\",\"publications\":[{\"id\":\"p1/camera\",\"kind\":\"video\","
        "\"source\":\"camera\",\"muted\":true},{\"id\":\"p1/microphone\",\"kind\":\"audio\",\"source\":\"microphone\","
        "\"muted\":false}]}");
    member_mute(first, 2, true); /* not published: nothing to say */
    nothing_more(1);
    set_sends(first, second, "1", false);
    message = next(1, "publications");
    assert_int_equal(json_array_size(json_object_get(message, "publications")), 1);
    json_decref(message);
    finish();
}

static void offer(struct member *member, const struct member *target, const char *sources, bool muted)
{
    json_t *sends = sends_of(sources, muted);
    member_offer_sends(member, target, sends);
    json_decref(sends);
}

static void answer(struct member *member, struct member *target, const char *sources)
{
    json_t *sends = sends_of(sources, false);
    member_answer_sends(member, target, sends);
    json_decref(sends);
}

/* Anybody can offer to everybody: that alone must not make a whole room negotiate. */
static void what_is_offered_is_published_when_it_is_answered(void **state)
{
    (void)state;
    start(4);
    struct member *first = join("daily", 0, 0), *second = join("daily", 1, 0), *third = join("daily", 2, 0);
    for (int i = 0; i < 3; i++)
        json_array_clear(sessions[i].inbox);
    offer(first, second, "01", true);
    answer(third, first, "01"); /* to nothing: it was not asked */
    nothing_more(1);
    nothing_more(2);
    member_mute(first, 1, false); /* before the answer */
    answer(second, first, "1");
    assert_int_equal(first->published, 3);
    assert_int_equal(first->muted, 1);
    assert_int_equal(second->published, 2);
    assert_int_equal(third->published, 0);
    answer(second, first, "0123"); /* again: the offer is answered */
    assert_int_equal(second->published, 2);
    offer(first, second, "12", false); /* the camera is gone at once, the screen comes with the answer */
    assert_int_equal(first->published, 2);
    answer(second, first, "1");
    assert_int_equal(first->published, 6);
    finish();
}

/* The next offer may be sent before the answer to the last one. */
static void each_of_two_offers_has_its_answer(void **state)
{
    (void)state;
    start(4);
    struct member *first = join("daily", 0, 0), *second = join("daily", 1, 0);
    offer(first, second, "0", false);
    offer(first, second, "01", false);
    answer(second, first, "0");
    answer(second, first, "01");
    assert_int_equal(first->published, 3);
    assert_int_equal(second->published, 3);
    answer(second, first, "012"); /* to nothing */
    assert_int_equal(second->published, 3);
    finish();
}

/* While a room changes its shape, connections of the former one count until something is sent by a new one: one that
 * is only tried sends nothing. */
static void a_change_of_shape_takes_no_publication_away(void **state)
{
    struct member *members[2];
    (void)state;
    start(4);
    make_mesh(members);
    set_sends(members[0], members[1], "01", false);
    pass(1, "publications");
    member_pin(members[0], PIN_SFU, 20 * S);
    set_sends(members[0], NULL, "", false); /* its first offer to the router, before it has a camera on it */
    assert_int_equal(members[0]->published, 3);
    set_sends(members[0], NULL, "012", false);
    assert_int_equal(members[0]->published, 7);
    set_sends(members[0], members[1], "", false); /* kept beside the router's */
    assert_int_equal(members[0]->published, 7);
    set_sends(members[0], members[1], "01", false); /* or closed, and nobody told */
    rooms_timeout(rooms, 20 * S + ROOM_LINGER);
    set_sends(members[0], NULL, "", false);
    assert_int_equal(members[0]->published, 0);
    finish();
}

static void a_broken_socket_keeps_its_place_and_resumes(void **state)
{
    static const char token[] = "p1.secret00000000000000000000000000";
    struct member *first, *resumed;
    (void)state;
    start(4);
    first = join_with_media("daily", 0, 0);
    struct member *second = join_with_media("daily", 1, 0);
    pass(1, "joined");
    member_disconnected(first, 10 * S);
    expect(1, "{\"type\":\"participant-state\",\"participant\":\"p1\",\"state\":\"reconnecting\"}");
    json_t *offer =
        json_loads("{\"type\":\"offer\",\"target\":\"p1\",\"generation\":2,\"sdp\":\"v=0\",\"sends\":[]}", 0, NULL);
    member_relay(second, first, offer, 1);
    member_chat(second, "are you there?");
    pass(1, "chat");
    assert_string_equal(try_join(&resumed, "daily", 2, "p1.secret00000000000000000000000001", 11 * S), "resume-failed");
    assert_string_equal(try_join(&resumed, "daily", 2, "p7.secret00000000000000000000000000", 11 * S), "resume-failed");
    assert_string_equal(try_join(&resumed, "other", 2, token, 11 * S), "resume-failed");
    assert_string_equal(try_join(&resumed, "daily", 2, "nonsense", 11 * S), "resume-failed");
    assert_null(try_join(&resumed, "daily", 2, token, 11 * S));
    assert_ptr_equal(resumed, first);
    json_t *joined = next(2, "joined");
    assert_true(json_is_true(json_object_get(joined, "resumed")));
    assert_int_equal(json_array_size(json_object_get(joined, "participants")), 1);
    json_decref(joined);
    pass(2, "offer"); /* what was missed, in order */
    pass(2, "chat");
    nothing_more(2);
    expect(1, "{\"type\":\"participant-state\",\"participant\":\"p1\",\"state\":\"active\"}");
    nothing_more(1); /* no leave, no join */
    rooms_timeout(rooms, 1000 * S);
    nothing_more(1);
    json_decref(offer);
    finish();
}

static void another_socket_replaces_the_old_one(void **state)
{
    struct member *member;
    (void)state;
    start(4);
    join("daily", 0, 0);
    pass(0, "joined");
    assert_null(try_join(&member, "daily", 1, "p1.secret00000000000000000000000000", 0));
    json_t *error = next(0, "error");
    assert_string_equal(json_string_value(json_object_get(error, "code")), "replaced");
    json_decref(error);
    assert_true(sessions[0].ended);
    assert_ptr_equal(member->session, &sessions[1]);
    finish();
}

static void credentials_of_turn_are_renewed_while_they_hold(void **state)
{
    (void)state;
    start_with(0, 100 * S);
    struct member *member = join_with_media("r", 1, 10 * S);
    pass(1, "joined");
    rooms_timeout(rooms, 50 * S - 1);
    nothing_more(1);
    rooms_timeout(rooms, 50 * S); /* two fifths of their life */
    expect(1, "{\"type\":\"ice-servers\",\"ice_servers\":[]}");
    rooms_timeout(rooms, 90 * S - 1);
    nothing_more(1);
    rooms_timeout(rooms, 90 * S);
    pass(1, "ice-servers");
    /* `joined` tells whoever was away of new ones; what it has relayed by the old ones moves when that is due. */
    char resume[80];
    snprintf(resume, sizeof resume, "%s.%s", member->id, member->secret);
    member_disconnected(member, 91 * S);
    assert_null(try_join(&member, "r", 2, resume, 92 * S));
    pass(2, "joined");
    rooms_timeout(rooms, 92 * S);
    nothing_more(2);
    member_disconnected(member, 100 * S);
    rooms_timeout(rooms, 150 * S);
    nothing_more(2);
    assert_null(try_join(&member, "r", 1, resume, 150 * S));
    pass(1, "joined");
    rooms_timeout(rooms, 150 * S);
    pass(1, "ice-servers");
    rooms_timeout(rooms, 190 * S - 1);
    nothing_more(1);
    finish();
}

static void credentials_that_do_not_expire_are_told_once(void **state)
{
    (void)state;
    start(0);
    join("r", 1, 10 * S);
    pass(1, "joined");
    rooms_timeout(rooms, 1000000 * S);
    nothing_more(1);
    finish();
}

static void a_place_is_kept_for_the_grace_period_only(void **state)
{
    struct member *member;
    (void)state;
    start(4);
    struct member *first = join_with_media("daily", 0, 0);
    join_with_media("daily", 1, 0);
    pass(1, "joined");
    member_disconnected(first, 10 * S);
    pass(1, "participant-state");
    rooms_timeout(rooms, 70 * S - 1);
    nothing_more(1);
    rooms_timeout(rooms, 70 * S);
    expect(1, "{\"type\":\"participant-left\",\"participant\":\"p1\",\"reason\":\"timeout\"}");
    pass(1, "connect");
    assert_string_equal(try_join(&member, "daily", 2, "p1.secret00000000000000000000000000", 70 * S), "resume-failed");
    struct room *room = rooms_find(rooms, "daily");
    member_disconnected(room->members, 80 * S);
    rooms_timeout(rooms, 140 * S); /* the last one takes the room with it */
    assert_int_equal(rooms_count(rooms), 0);
    finish();
}

static void who_says_too_much_to_one_that_does_not_read_is_refused(void **state)
{
    (void)state;
    start(4);
    struct member *first = join_with_media("daily", 0, 0);
    struct member *second = join_with_media("daily", 1, 0);
    json_t *message =
        json_loads("{\"type\":\"ice-candidate\",\"target\":\"p2\",\"generation\":1,\"candidate\":\"\"}", 0, NULL);
    pass(1, "joined");
    sessions[1].backlog = ROOM_BACKLOG_MAX;
    assert_string_equal(member_relay(first, second, message, 100), "target-busy");
    member_chat(first, "hello");
    nothing_more(1);
    assert_int_equal(rooms_get_counters(rooms)->relay_busy, 1);
    assert_int_equal(rooms_get_counters(rooms)->chat_dropped, 1);
    sessions[1].backlog = 0;
    assert_null(member_relay(first, second, message, 100));
    pass(1, "ice-candidate");
    member_disconnected(second, 0);
    for (unsigned i = 0; i < 10000; i++) {
        const char *code = member_relay(first, second, message, 100);
        if (code == NULL)
            continue;
        assert_string_equal(code, "too-much-kept");
        break;
    }
    assert_int_equal(rooms_get_counters(rooms)->kept_refused, 1);
    json_decref(message);
    finish();
}

static void what_is_kept_for_the_absent_is_bounded(void **state)
{
    struct member *resumed;
    (void)state;
    start(4);
    struct member *first = join_with_media("daily", 0, 0);
    struct member *second = join_with_media("daily", 1, 0);
    member_disconnected(first, 0);
    for (int i = 0; i < 10000; i++)
        member_chat(second, "0123456789012345678901234567890123456789");
    assert_true(first->kept.bytes <= KEEP_PARTICIPANT_MAX);
    assert_true(first->kept.count > 1000);
    assert_null(try_join(&resumed, "daily", 2, "p1.secret00000000000000000000000000", 0));
    assert_int_equal(first->kept.bytes, 0);
    finish();
}

static void rooms_are_found_and_listed(void **state)
{
    unsigned count = 0;
    (void)state;
    start(0);
    join("daily", 0, 0);
    join("Daily", 1, 0);
    for (struct room *room = rooms_next(rooms, NULL); room != NULL; room = rooms_next(rooms, room))
        count++;
    assert_int_equal(count, 2);
    assert_non_null(rooms_find(rooms, "Daily"));
    assert_null(rooms_find(rooms, "DAILY"));
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_joiner_gets_a_snapshot_and_the_others_hear_of_it),
        cmocka_unit_test(the_limits_hold),
        cmocka_unit_test(ids_are_not_used_again),
        cmocka_unit_test(a_small_room_leaves_the_router_when_every_pair_has_proven_a_path),
        cmocka_unit_test(a_room_leaves_the_router_for_a_turn_server_only_if_it_is_pinned),
        cmocka_unit_test(a_joiner_of_a_mesh_comes_by_the_router_and_the_others_keep_their_paths),
        cmocka_unit_test(a_pin_changes_the_shape_and_needs_the_right),
        cmocka_unit_test(a_pair_that_loses_its_path_goes_back_to_the_router_and_is_left_alone),
        cmocka_unit_test(a_failed_pair_is_forgotten_with_one_of_them),
        cmocka_unit_test(overload_in_a_mesh_ends_it),
        cmocka_unit_test(messages_go_to_one_other_in_the_same_room),
        cmocka_unit_test(publications_are_what_is_sent_to_anybody),
        cmocka_unit_test(what_is_offered_is_published_when_it_is_answered),
        cmocka_unit_test(each_of_two_offers_has_its_answer),
        cmocka_unit_test(a_change_of_shape_takes_no_publication_away),
        cmocka_unit_test(a_broken_socket_keeps_its_place_and_resumes),
        cmocka_unit_test(another_socket_replaces_the_old_one),
        cmocka_unit_test(credentials_of_turn_are_renewed_while_they_hold),
        cmocka_unit_test(credentials_that_do_not_expire_are_told_once),
        cmocka_unit_test(a_place_is_kept_for_the_grace_period_only),
        cmocka_unit_test(who_says_too_much_to_one_that_does_not_read_is_refused),
        cmocka_unit_test(what_is_kept_for_the_absent_is_bounded),
        cmocka_unit_test(rooms_are_found_and_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
