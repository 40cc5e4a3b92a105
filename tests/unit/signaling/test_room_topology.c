/* When a room goes direct and when it comes back to the router. */
#include "tests/unit/signaling/room_fixture.h"

static void a_small_room_leaves_the_router_when_every_pair_has_proven_a_path(void **state)
{
    (void)state;
    start(2);
    struct room_participant *first = join("daily", 0, 0);
    struct room_participant *second = join("daily", 1, 0);
    pass(1, "joined");
    room_participant_path(first, second, PATH_PROVEN, 1 * S);
    rooms_timeout(rooms, 100 * S);
    nothing_more(1); /* one end's word is not enough */
    room_participant_path(second, first, PATH_PROVEN, 100 * S);
    rooms_timeout(rooms, 110 * S - 1);
    nothing_more(1);
    rooms_timeout(rooms, 110 * S);
    expect(1, CONNECT("mesh", "auto", "none", "2", "\"p1\"", ""));
    struct room_participant *third = join("daily", 2, 120 * S); /* too many: nobody keeps direct connections */
    json_t *joined = next(2, "joined");
    assert_string_equal(json_string_value(json_object_get(joined, "topology")), "sfu");
    assert_int_equal(json_integer_value(json_object_get(joined, "epoch")), 3);
    assert_int_equal(json_array_size(json_object_get(joined, "probe")), 0);
    json_decref(joined);
    pass(1, "participant-joined");
    expect(1, CONNECT("sfu", "auto", "count", "3", ROUTER, ""));
    room_participant_path(first, second, PATH_PROVEN, 121 * S); /* said too late */
    room_participant_leave(third, "left", 130 * S);
    pass(1, "participant-left");
    expect(1, CONNECT("sfu", "auto", "unproven", "3", ROUTER, "\"p1\""));
    prove(first, second, 131 * S);
    rooms_timeout(rooms, 141 * S);
    expect(1, CONNECT("mesh", "auto", "none", "4", "\"p1\"", ""));
    room_participant_leave(second, "left", 150 * S); /* alone */
    assert_int_equal(first->room->topology.topology, TOPOLOGY_SFU);
    finish();
}

static void a_joiner_of_a_mesh_comes_by_the_router_and_the_others_keep_their_paths(void **state)
{
    struct room_participant *participants[2];
    (void)state;
    start(4);
    make_mesh(participants);
    struct room_participant *third = join("daily", 2, 20 * S);
    pass(2, "joined");
    pass(1, "participant-joined");
    expect(1, CONNECT("sfu", "auto", "unproven", "3", ROUTER, "\"p1\",\"p3\""));
    prove(participants[0], third, 21 * S);
    prove(participants[1], third, 21 * S);
    rooms_timeout(rooms, 31 * S);
    expect(1, CONNECT("mesh", "auto", "none", "4", "\"p1\",\"p3\"", ""));
    finish();
}

/* Each arrival costs all others a dozen messages, and one that sends too many loses its socket. */
static void a_room_that_people_run_in_and_out_of_stays_with_the_router(void **state)
{
    (void)state;
    start(4);
    struct room_participant *first = join("daily", 0, 0), *second = join("daily", 1, 0);
    second->may.pin = true;
    unsigned tried = 0;
    for (unsigned i = 0; i < 100; i++) {
        struct room_participant *third = join("daily", 2, 1 * S);
        tried += first->room->topology.is_probing;
        room_participant_leave(third, "left", 1 * S);
    }
    assert_int_equal(tried,
                     20 - 2 - TOPOLOGY_TRIES_LEAST + 1); /* less the first two and their start; and one a second */
    assert_false(first->room->topology.is_probing);      /* it starts anew when everybody can bear it */
    rooms_timeout(rooms, 4 * S - 1);
    assert_false(first->room->topology.is_probing);
    rooms_timeout(rooms, 4 * S);
    assert_true(first->room->topology.is_probing);
    /* A pin changes nothing about it. */
    assert_true(room_participant_pin(second, PIN_MESH, 4 * S, NULL));
    struct room_participant *third = join("daily", 2, 4 * S);
    assert_false(first->room->topology.is_probing);
    room_participant_leave(third, "left", 4 * S);
    join("daily", 2, 8 * S);
    assert_true(first->room->topology.is_probing);
    finish();
}

static void a_pin_changes_the_topology_and_needs_the_right(void **state)
{
    (void)state;
    start(4);
    struct room_participant *first = join("daily", 0, 0);
    struct room_participant *second = join("daily", 1, 0);
    struct refusal refusal;
    second->may.pin = false;
    pass(1, "joined");
    assert_false(room_participant_pin(second, PIN_SFU, 0, &refusal));
    assert_string_equal(refusal.code, "not-allowed");
    nothing_more(1);
    snprintf(first->name, sizeof first->name, "Ann");
    assert_true(room_participant_pin(first, PIN_SFU, 0, NULL));
    expect(1, CONNECT_PINNED_BY("Ann", "sfu", "sfu", "pin", "1", ROUTER, ""));
    second->may.pin = true;
    assert_true(room_participant_pin(second, PIN_SFU, 0, NULL)); /* nothing new, nothing said */
    nothing_more(1);
    assert_true(room_participant_pin(first, PIN_MESH, 0, NULL)); /* as soon as it can be */
    expect(1, CONNECT_PINNED_BY("Ann", "sfu", "mesh", "unproven", "1", ROUTER, "\"p1\""));
    prove(first, second, 0);
    expect(1, CONNECT_PINNED_BY("Ann", "mesh", "mesh", "none", "2", "\"p1\"", ""));
    assert_true(room_participant_pin(first, PIN_AUTO, 0, NULL)); /* the topology stays; the pin is gone */
    expect(1, CONNECT_PINNED_BY("Ann", "mesh", "auto", "none", "2", "\"p1\"", ""));
    finish();
}

/* How many of `count` changes are allowed; each is one. */
static unsigned change_pins(struct room_participant *participant, unsigned count, usec_t now)
{
    unsigned allowed = 0;
    for (unsigned i = 0; i < count; i++) {
        struct refusal refusal = {.code = NULL};
        enum topology_pin other = participant->room->requested_pin == PIN_SFU ? PIN_MCU : PIN_SFU;
        if (room_participant_pin(participant, other, now, &refusal))
            allowed++;
        else
            assert_string_equal(refusal.code, "too-often");
    }
    return allowed;
}

/* Who is no host, and comes back under other names, too, does not keep a room between two topologies. */
static void pins_by_participants_have_a_budget(void **state)
{
    (void)state;
    start(0);
    struct room_participant *host = join("daily", 0, 0), *guest = join("daily", 1, 0), *again = join("daily", 2, 0);
    host->is_host = guest->may.pin = again->may.pin = true;
    assert_int_equal(change_pins(guest, 50, 1 * S), 4);
    assert_true(room_participant_pin(guest, guest->room->requested_pin, 1 * S, NULL)); /* no change */
    assert_int_equal(change_pins(again, 50, 1 * S), 2);                                /* the room's */
    assert_int_equal(rooms_get_counters(rooms)->pins_refused, 46 + 48);
    assert_int_equal(change_pins(host, 50, 1 * S), 4);
    assert_int_equal(change_pins(guest, 1, 11 * S - 1), 0);
    assert_int_equal(change_pins(guest, 2, 11 * S), 1);
    assert_int_equal(change_pins(again, 1, 11 * S), 0);
    room_pin(host->room, PIN_AUTO, "", 11 * S); /* the API's */
    assert_int_equal(host->room->requested_pin, PIN_AUTO);
    finish();
}

static void a_room_leaves_the_router_for_a_turn_server_only_if_it_is_pinned(void **state)
{
    (void)state;
    start(4);
    struct room_participant *first = join("daily", 0, 0);
    struct room_participant *second = join("daily", 1, 0);
    pass(1, "joined");
    room_participant_path(first, second, PATH_RELAYED, 1 * S);
    expect(1, CONNECT("sfu", "auto", "pair", "1", ROUTER, "")); /* nobody tries any more */
    room_participant_path(second, first, PATH_PROVEN, 1 * S);
    rooms_timeout(rooms, 20 * S);
    nothing_more(1);
    assert_true(room_participant_pin(first, PIN_MESH, 20 * S, NULL));
    expect(1, CONNECT_PINNED_BY("somebody", "sfu", "mesh", "unproven", "1", ROUTER, "\"p1\""));
    room_participant_path(first, second, PATH_RELAYED, 21 * S);
    room_participant_path(second, first, PATH_PROVEN, 21 * S);
    expect(1, CONNECT_PINNED_BY("somebody", "mesh", "mesh", "none", "2", "\"p1\"", ""));
    assert_true(room_participant_pin(first, PIN_AUTO, 30 * S, NULL));
    expect(1, CONNECT_PINNED_BY("somebody", "sfu", "auto", "pair", "3", ROUTER, ""));
    assert_int_equal(first->room->topology.reason, TOPOLOGY_REASON_PAIR);
    finish();
}

static void a_pair_that_loses_its_path_goes_back_to_the_router_and_is_left_alone(void **state)
{
    struct room_participant *participants[2];
    (void)state;
    start(4);
    make_mesh(participants);
    room_participant_path(participants[0], participants[1], PATH_LOST, 20 * S);
    rooms_timeout(rooms, 20 * S + PATH_HEAL_TIME - 1);
    room_participant_path(participants[0], participants[1], PATH_PROVEN, 20 * S + PATH_HEAL_TIME - 1); /* it healed */
    rooms_timeout(rooms, 30 * S);
    nothing_more(1);
    room_participant_path(participants[0], participants[1], PATH_LOST, 40 * S);
    rooms_timeout(rooms, 40 * S + PATH_HEAL_TIME);
    expect(1, CONNECT("sfu", "auto", "pair", "3", ROUTER, ""));
    usec_t retry = 40 * S + PATH_HEAL_TIME + PATH_RETRY_FIRST;
    rooms_timeout(rooms, retry - 1);
    nothing_more(1);
    rooms_timeout(rooms, retry);
    expect(1, CONNECT("sfu", "auto", "unproven", "3", ROUTER, "\"p1\""));
    room_participant_path(participants[1], participants[0], PATH_FAILED, retry + 15 * S);
    expect(1, CONNECT("sfu", "auto", "pair", "3", ROUTER, ""));
    room_participant_network_changed(participants[0], retry + 100 * S);
    expect(1, CONNECT("sfu", "auto", "unproven", "3", ROUTER, "\"p1\""));
    finish();
}

static void a_failed_pair_is_forgotten_with_one_of_them(void **state)
{
    struct room_participant *participants[2];
    (void)state;
    start(4);
    make_mesh(participants);
    room_participant_path(participants[0], participants[1], PATH_FAILED, 20 * S);
    pass(0, "connect");
    join("daily", 2, 30 * S);
    pass(0, "participant-joined");
    nothing_more(0);
    room_participant_leave(participants[1], "left", 40 * S);
    pass(0, "participant-left");
    expect(0, CONNECT("sfu", "auto", "unproven", "3", ROUTER, "\"p3\""));
    finish();
}

static void overload_in_a_mesh_ends_it(void **state)
{
    struct room_participant *participants[2];
    (void)state;
    start(4);
    make_mesh(participants);
    json_t *events = json_loads("[{\"kind\":\"overload\"},{\"kind\":7},{}]", 0, NULL);
    room_participant_note_events(participants[0], events, 20 * S);
    expect(1, CONNECT("sfu", "auto", "cpu", "3", ROUTER, ""));
    assert_int_equal(participants[0]->room->events.count, 3);
    json_decref(events);
    finish();
}

/* Two who have proven their path, and a third one that joins and stays a while. */
static void a_room_with_a_service_stays_on_the_router(void **state)
{
    const struct {
        enum room_participant_kind kind;
        bool can_mesh; /* by its reach */
        bool is_direct;
    } rows[] = {
        {ROOM_PARTICIPANT_PERSON, true, true},   {ROOM_PARTICIPANT_SERVICE, true, false},
        {ROOM_PARTICIPANT_INGEST, true, false},  {ROOM_PARTICIPANT_VIEWER, true, false},
        {ROOM_PARTICIPANT_PERSON, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct room_participant *participants[2], *third;
        struct reach_kind other = kind;
        start(4);
        make_mesh(participants);
        other.can_mesh = rows[i].can_mesh;
        struct join join = {.kind = rows[i].kind, .room = "daily", .name = "third", .capabilities = {.can_mesh = true}};
        if (rows[i].kind == ROOM_PARTICIPANT_SERVICE)
            join.may = permissions_of_service(SERVICE_MIXER);
        snprintf(join.secret, sizeof join.secret, "secret%026u", 2);
        third = rooms_join(rooms, &join, &(struct reach){&other, &sessions[2]}, 20 * S, NULL);
        assert_non_null(third);
        prove(participants[0], third, 21 * S);
        prove(participants[1], third, 21 * S);
        rooms_timeout(rooms, 31 * S);
        assert_int_equal(third->room->topology.topology, rows[i].is_direct ? TOPOLOGY_MESH : TOPOLOGY_SFU);
        room_participant_leave(third, "left", 40 * S);
        prove(participants[0], participants[1], 41 * S);
        rooms_timeout(rooms, 60 * S);
        assert_int_equal(participants[0]->room->topology.topology, TOPOLOGY_MESH);
        finish();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_room_leaves_the_router_when_every_pair_has_proven_a_path),
        cmocka_unit_test(pins_by_participants_have_a_budget),
        cmocka_unit_test(a_room_leaves_the_router_for_a_turn_server_only_if_it_is_pinned),
        cmocka_unit_test(a_joiner_of_a_mesh_comes_by_the_router_and_the_others_keep_their_paths),
        cmocka_unit_test(a_room_that_people_run_in_and_out_of_stays_with_the_router),
        cmocka_unit_test(a_pin_changes_the_topology_and_needs_the_right),
        cmocka_unit_test(a_pair_that_loses_its_path_goes_back_to_the_router_and_is_left_alone),
        cmocka_unit_test(a_failed_pair_is_forgotten_with_one_of_them),
        cmocka_unit_test(overload_in_a_mesh_ends_it),
        cmocka_unit_test(a_room_with_a_service_stays_on_the_router),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
