/* A room with a mixer: who sees it, whom it counts among, and what becomes of the topology. */
#include "signaling/room/room_json.h"
#include "signaling/room/room_lanes.h"
#include "signaling/room/room_recording.h"
#include "signaling/room/room_removal.h"
#include "tests/unit/signaling/room_fixture.h"

#define MIX (1u << 7 | 1u << 8) /* its picture, and the mix for all */

static struct room_participant *first, *second, *mixer;
static enum mix_layout preferred;

static struct room_participant *join_mixer(unsigned session, usec_t now, const char **code)
{
    struct join join = {.kind = ROOM_PARTICIPANT_SERVICE,
                        .room = "daily",
                        .name = "Mixer",
                        .layout = preferred,
                        .may = permissions_of_service(SERVICE_MIXER)};
    struct refusal refusal = {.code = NULL};
    struct room_participant *joined =
        rooms_join(rooms, &join, &(struct reach){&kind, &sessions[session]}, now, &refusal);
    if (code != NULL)
        *code = refusal.code;
    return joined;
}

static void forget_messages(void)
{
    for (unsigned i = 0; i < 8; i++)
        json_array_clear(sessions[i].inbox);
}

static void start_mixed(unsigned mesh_max)
{
    start(mesh_max);
    first = join_with_media("daily", 0, 0);
    second = join_with_media("daily", 1, 0);
    room_pin(first->room, PIN_MCU, "", 0);
    forget_messages();
    mixer = join_mixer(2, 0, NULL);
}

static void nobody_is_told_of_a_mixer_and_it_is_told_of_all(void **state)
{
    (void)state;
    start_mixed(0);
    nothing_more(0);
    nothing_more(1);
    json_t *joined = next(2, "joined");
    assert_int_equal(json_array_size(json_object_get(joined, "participants")), 2);
    json_decref(joined);
    struct room_participant *third = join("daily", 3, 0);
    joined = next(3, "joined");
    assert_int_equal(json_array_size(json_object_get(joined, "participants")), 2); /* without it */
    json_decref(joined);
    pass(2, "participant-joined");
    json_t *preview = room_preview_json(first->room, "daily", true);
    assert_int_equal(json_integer_value(json_object_get(preview, "participants")), 3);
    json_decref(preview);
    room_participant_leave(third, "left", 0);
    pass(2, "participant-left");
    forget_messages();
    room_participant_leave(mixer, "left", 0);
    nothing_more(0);
    finish();
}

static void it_takes_nobodys_place_and_there_is_one(void **state)
{
    const char *code;
    (void)state;
    start_mixed(0);
    assert_null(join_mixer(3, 0, &code));
    assert_string_equal(code, "room-full");
    for (unsigned i = 3; i < 7; i++) /* six people */
        (void)join("daily", i, 0);
    struct room_participant *more;
    assert_string_equal(try_join(&more, "daily", 7, NULL, 0), "room-full");
    finish();
}

static void it_cannot_open_a_room(void **state)
{
    const char *code;
    (void)state;
    start(0);
    assert_null(join_mixer(0, 0, &code));
    assert_string_equal(code, "room-full");
    finish();
}

static void a_room_is_mixed_while_its_mixer_sends(void **state)
{
    (void)state;
    start_mixed(0);
    pass(2, "joined");
    assert_int_equal(first->room->topology.topology, TOPOLOGY_SFU);
    room_participant_set_sources(mixer, NULL, MIX, 0, 1 * S);
    assert_int_equal(first->room->topology.topology, TOPOLOGY_MCU);
    json_t *connect = next(0, "connect");
    assert_string_equal(json_string_value(json_object_get(connect, "topology")), "mcu");
    assert_string_equal(json_string_value(json_object_get(connect, "mixer")), mixer->id);
    json_decref(connect);
    nothing_more(0);                             /* what it publishes is not told apart from that */
    room_participant_disconnected(mixer, 2 * S); /* a service keeps no place */
    assert_null(first->room->mixer);
    expect(0, CONNECT("sfu", "mcu", "no-mixer", "3", ROUTER, ""));
    finish();
}

static void a_recorder_is_told_of_the_mixer_which_is_not_told_of_itself(void **state)
{
    struct join join = {.kind = ROOM_PARTICIPANT_SERVICE,
                        .room = "daily",
                        .name = "Recorder",
                        .may = permissions_of_service(SERVICE_RECORDER)};
    struct refusal refusal = {.code = NULL};
    (void)state;
    start_mixed(0);
    rooms->config.can_record = true;
    assert_true(room_record(first->room, true, 0, &refusal));
    assert_non_null(rooms_join(rooms, &join, &(struct reach){&kind, &sessions[3]}, 0, &refusal));
    forget_messages();
    room_participant_set_sources(mixer, NULL, MIX, 0, 1 * S);
    for (unsigned i = 2; i < 4; i++) {
        json_t *connect = next(i, "connect");
        const char *named = json_string_value(json_object_get(connect, "mixer"));
        assert_string_equal(named != NULL ? named : "", i == 3 ? mixer->id : "");
        json_decref(connect);
    }
    finish();
}

static void another_pin_ends_it_at_once(void **state)
{
    (void)state;
    start_mixed(4);
    room_participant_set_sources(mixer, NULL, MIX, 0, 1 * S);
    forget_messages();
    room_pin(first->room, PIN_SFU, "", 2 * S);
    expect(0, CONNECT("sfu", "sfu", "pin", "3", ROUTER, ""));
    room_pin(first->room, PIN_MESH, "", 3 * S); /* a mixer that is still there is in nobody's way */
    prove(first, second, 4 * S);
    assert_int_equal(first->room->topology.topology, TOPOLOGY_MESH);
    finish();
}

/* "": it is not told, and so a grid. */
static const char *told_layout(unsigned session, const char *type)
{
    static char text[16];
    json_t *message = next(session, type);
    const char *layout = json_string_value(json_object_get(message, "layout"));
    snprintf(text, sizeof text, "%s", layout != NULL ? layout : "");
    json_decref(message);
    return text;
}

static void all_are_told_how_the_picture_is_arranged(void **state)
{
    struct refusal refusal = {.code = NULL};
    (void)state;
    start_mixed(0);
    assert_string_equal(told_layout(2, "joined"), "");
    room_participant_set_sources(mixer, NULL, MIX, 0, 1 * S);
    forget_messages();
    second->may.pin = false;
    assert_false(room_participant_set_layout(second, MIX_LAYOUT_SPEAKER, 1 * S, &refusal));
    assert_string_equal(refusal.code, "not-allowed");
    first->may.pin = true;
    assert_true(room_participant_set_layout(first, MIX_LAYOUT_SPEAKER, 1 * S, &refusal));
    for (unsigned i = 0; i < 3; i++)
        assert_string_equal(told_layout(i, "connect"), "speaker");
    assert_true(room_participant_set_layout(first, MIX_LAYOUT_SPEAKER, 1 * S, &refusal)); /* nothing new */
    nothing_more(0);
    assert_true(room_participant_set_layout(first, MIX_LAYOUT_GRID, 1 * S, &refusal));
    assert_string_equal(told_layout(0, "connect"), "");
    unsigned allowed = 0;
    for (unsigned i = 0; i < 20; i++)
        allowed += room_participant_set_layout(first, i % 2 ? MIX_LAYOUT_GRID : MIX_LAYOUT_SPEAKER, 1 * S, &refusal);
    assert_in_range(allowed, 2, 12); /* of which half are no change */
    assert_string_equal(refusal.code, "too-often");
    finish();
}

/* What a mixer prefers is for rooms in which nobody has chosen. */
static void a_mixer_may_prefer_a_layout(void **state)
{
    (void)state;
    for (unsigned is_chosen = 0; is_chosen < 2; is_chosen++) {
        start(0);
        first = join_with_media("daily", 0, 0);
        second = join_with_media("daily", 1, 0);
        room_pin(first->room, PIN_MCU, "", 0);
        if (is_chosen)
            room_set_layout(first->room, MIX_LAYOUT_GRID, 0);
        forget_messages();
        preferred = MIX_LAYOUT_SPEAKER;
        mixer = join_mixer(2, 1 * S, NULL);
        preferred = MIX_LAYOUT_NONE;
        assert_string_equal(told_layout(2, "joined"), "");
        for (unsigned i = 0; i < 3; i += 2)
            if (is_chosen)
                nothing_more(i);
            else
                assert_string_equal(told_layout(i, "connect"), "speaker");
        finish();
    }
}

static void when_a_host_ends_the_room_the_mixer_goes_too(void **state)
{
    (void)state;
    start_mixed(0);
    pass(2, "joined");
    room_end(first->room, first, 1 * S);
    assert_null(rooms_find(rooms, "daily"));
    assert_true(sessions[2].ended);
    finish();
}

static void a_mixer_that_is_alone_is_sent_away(void **state)
{
    (void)state;
    start_mixed(0);
    room_participant_leave(first, "left", 1 * S);
    room_participant_leave(second, "left", 1 * S);
    assert_int_equal(room_shown_count(mixer->room), 0);
    room_dismiss(mixer, 1 * S);
    assert_true(sessions[2].ended);
    assert_null(rooms_find(rooms, "daily"));
    finish();
}

/* A number for each lane: whose voice it lacks. */
static void set_lanes(const char *text, const uint32_t expected[MESSAGE_LANES])
{
    json_t *lanes = json_loads(text, 0, NULL);
    assert_non_null(lanes);
    room_set_lanes(first->room, lanes);
    assert_memory_equal(first->room->lanes, expected, sizeof first->room->lanes);
    json_decref(lanes);
}

static void a_lane_lacks_the_voice_of_who_is_in_the_room(void **state)
{
    (void)state;
    start_mixed(0);
    set_lanes("[{\"source\":\"mix-1\",\"participant\":\"p1\"},{\"source\":\"mix-4\",\"participant\":\"p2\"}]",
              (uint32_t[MESSAGE_LANES]){first->number, 0, 0, second->number});
    set_lanes("[{\"source\":\"mix-2\",\"participant\":\"p1\"}]",
              (uint32_t[MESSAGE_LANES]){0, first->number}); /* those that are not named are free again */
    set_lanes("[{\"source\":\"mix-3\",\"participant\":\"p99\"},{\"source\":\"camera\",\"participant\":\"p1\"},"
              "{\"source\":\"mix\",\"participant\":\"p2\"}]",
              (uint32_t[MESSAGE_LANES]){0}); /* nobody's, and no lanes */
    set_lanes("[{\"source\":\"mix-1\",\"participant\":\"p2\"}]", (uint32_t[MESSAGE_LANES]){second->number});
    struct room *room = first->room;
    room_participant_leave(mixer, "left", 1 * S);
    assert_int_equal(room->lanes[0], 0);
    finish();
}

static const char *text_of(json_t *message, const char *field)
{
    const char *text = json_string_value(json_object_get(message, field));
    return text != NULL ? text : "";
}

/* The next `connect` of a participant: "topology reason mixer mix". */
static void told(unsigned session, const char *expected)
{
    char text[128];
    json_t *connect = next(session, "connect");
    snprintf(text, sizeof text, "%s %s %s %s", text_of(connect, "topology"), text_of(connect, "reason"),
             text_of(connect, "mixer"), text_of(connect, "mix"));
    assert_string_equal(text, expected);
    json_decref(connect);
}

/* Three people by the router, and nobody who wants a mix yet. */
static struct room_participant *start_three(void)
{
    start(0);
    first = join_with_media("daily", 0, 0);
    second = join_with_media("daily", 1, 0);
    struct room_participant *third = join_with_media("daily", 3, 0);
    forget_messages();
    return third;
}

static void bring_mixer(usec_t now)
{
    mixer = join_mixer(2, now, NULL);
    room_participant_set_sources(mixer, NULL, MIX, 0, now);
}

static void one_alone_has_the_mix_and_the_others_see_nothing_of_it(void **state)
{
    struct refusal refusal = {.code = NULL};
    (void)state;
    struct room_participant *third = start_three();
    assert_true(room_participant_wish_mix(third, MIX_ON, 1 * S, &refusal));
    told(3, "sfu no-mixer  on");
    nothing_more(0);
    bring_mixer(2 * S);
    told(3, "mcu own p4 on");
    nothing_more(0);
    assert_int_equal(first->room->topology.topology, TOPOLOGY_SFU);
    room_pin(first->room, PIN_MCU, "", 3 * S); /* for all */
    told(0, "mcu pin p4 ");
    told(3, "mcu pin p4 on");
    room_pin(first->room, PIN_AUTO, "", 4 * S);
    told(0, "sfu server  ");
    told(3, "mcu own p4 on");
    forget_messages();
    room_participant_leave(mixer, "left", 5 * S);
    told(3, "sfu no-mixer  on");
    bring_mixer(6 * S);
    forget_messages();
    assert_true(room_participant_wish_mix(third, MIX_AUTO, 7 * S, &refusal));
    told(3, "sfu server  ");
    nothing_more(0);
    finish();
}

static void report(struct room_participant *participant, const char *reason, usec_t now)
{
    json_t *events = json_pack("[{s:s,s:s}]", "kind", "weak", "reason", reason);
    room_participant_note_events(participant, events, now);
    json_decref(events);
}

/* For five minutes, then ten, then twenty; whoever said that it does not want it is asked no more. */
static void who_is_weak_has_the_mix_for_a_while(void **state)
{
    struct refusal refusal = {.code = NULL};
    (void)state;
    struct room_participant *third = start_three();
    bring_mixer(0);
    forget_messages();
    report(third, "link", 1 * S);
    told(3, "mcu weak-link p4 ");
    report(third, "device", 2 * S); /* one reason is enough */
    nothing_more(3);
    assert_int_equal(room_next_review(third->room), 301 * S);
    room_review_topology(third->room, NULL, false, 301 * S);
    told(3, "sfu server  ");
    report(third, "device", 302 * S);
    told(3, "mcu weak-device p4 ");
    assert_int_equal(room_next_review(third->room), 902 * S);
    assert_true(room_participant_wish_mix(third, MIX_OFF, 303 * S, &refusal));
    told(3, "sfu server  off");
    report(third, "link", 304 * S);
    report(third, "nothing", 304 * S);
    nothing_more(3);
    nothing_more(0);
    finish();
}

/* Nothing is tried in turns: neither is good, and everybody's media is more than a picture that stands still. */
static void whose_link_does_not_carry_the_mix_has_everybody_again(void **state)
{
    (void)state;
    struct room_participant *third = start_three();
    bring_mixer(0);
    forget_messages();
    report(third, "link", 1 * S);
    told(3, "mcu weak-link p4 ");
    report(third, "link", 11 * S);
    told(3, "sfu server  ");
    report(third, "link", 12 * S);
    report(third, "device", 610 * S);
    nothing_more(3);
    report(third, "link", 611 * S);
    told(3, "mcu weak-link p4 ");
    nothing_more(0);
    finish();
}

static void with_one_other_the_mix_is_no_less(void **state)
{
    (void)state;
    start(0);
    first = join_with_media("daily", 0, 0);
    second = join_with_media("daily", 1, 0);
    bring_mixer(0);
    forget_messages();
    report(first, "link", 1 * S);
    nothing_more(0);
    finish();
}

/* Somebody with a mix needs the router; what is chosen for all is a Mesh all the same. */
static void a_mix_for_one_keeps_the_room_on_the_router(void **state)
{
    struct refusal refusal = {.code = NULL};
    (void)state;
    start(4);
    first = join_with_media("daily", 0, 0);
    second = join_with_media("daily", 1, 0);
    prove(first, second, 1 * S);
    room_review_topology(first->room, NULL, false, 100 * S);
    assert_int_equal(first->room->topology.topology, TOPOLOGY_MESH);
    assert_true(room_participant_wish_mix(first, MIX_ON, 101 * S, &refusal));
    assert_int_equal(first->room->topology.topology, TOPOLOGY_SFU);
    assert_int_equal(first->room->topology.reason, TOPOLOGY_REASON_NEEDED);
    room_pin(second->room, PIN_MESH, "", 102 * S);
    prove(first, second, 103 * S);
    assert_int_equal(first->room->topology.topology, TOPOLOGY_MESH);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_told_of_a_mixer_and_it_is_told_of_all),
        cmocka_unit_test(it_takes_nobodys_place_and_there_is_one),
        cmocka_unit_test(it_cannot_open_a_room),
        cmocka_unit_test(a_room_is_mixed_while_its_mixer_sends),
        cmocka_unit_test(a_recorder_is_told_of_the_mixer_which_is_not_told_of_itself),
        cmocka_unit_test(another_pin_ends_it_at_once),
        cmocka_unit_test(all_are_told_how_the_picture_is_arranged),
        cmocka_unit_test(a_mixer_may_prefer_a_layout),
        cmocka_unit_test(when_a_host_ends_the_room_the_mixer_goes_too),
        cmocka_unit_test(a_mixer_that_is_alone_is_sent_away),
        cmocka_unit_test(one_alone_has_the_mix_and_the_others_see_nothing_of_it),
        cmocka_unit_test(who_is_weak_has_the_mix_for_a_while),
        cmocka_unit_test(whose_link_does_not_carry_the_mix_has_everybody_again),
        cmocka_unit_test(with_one_other_the_mix_is_no_less),
        cmocka_unit_test(a_mix_for_one_keeps_the_room_on_the_router),
        cmocka_unit_test(a_lane_lacks_the_voice_of_who_is_in_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
