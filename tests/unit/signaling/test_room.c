/* Who is in a room, what they say to each other, and whose place is kept. */
#include "signaling/room/room_chat.h"
#include "tests/unit/signaling/room_fixture.h"

static void a_joiner_gets_a_snapshot_and_the_others_hear_of_it(void **state)
{
    (void)state;
    start(4);
    join("daily", 0, 0);
    expect(0, "{\"type\":\"joined\",\"participant\":\"p1\",\"room\":\"daily\",\"resume\":\"p1."
              "secret00000000000000000000000000\",\"resumed\":false,\"grace_ms\":60000,\"dedicated_slots\":9,\"audio_"
              "slots\":3,"
              "\"topology\":\"sfu\",\"pin\":\"auto\",\"reason\":\"alone\","
              "\"epoch\":1,\"connect\":[\"router\"],\"probe\":[],\"ice_servers\":[],\"ice_policy\":\"all\","
              "\"participants\":[],\"host\":false,\"hand\":0,\"encrypted\":false,\"locked\":false,\"waiting_room\":"
              "false,\"permissions\":{"
              "\"camera\":true,"
              "\"microphone\":true,"
              "\"screen\":true,\"screen-audio\":true,\"camera-2\":true,\"screen-2\":true,\"screen-2-audio\":true,"
              "\"chat\":true,\"pin\":true,\"record\":false},\"muted\":[],"
              "\"can_record\":false,\"recording\":\"off\"}");
    join("daily", 1, 0);
    expect(0,
           "{\"type\":\"participant-joined\",\"participant\":{\"id\":\"p2\",\"name\":\"somebody\",\"state\":\"active\","
           "\"publications\":[]}}");
    expect(0, CONNECT("sfu", "auto", "unproven", "1", "\"router\"", "\"p2\""));
    json_t *joined = next(1, "joined");
    assert_int_equal(json_array_size(json_object_get(joined, "participants")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(joined, "connect"), 0)), "router");
    assert_string_equal(json_string_value(json_array_get(json_object_get(joined, "probe"), 0)), "p1");
    json_decref(joined);
    rooms->config.is_loopback_only = true;
    join("other", 2, 0); /* another room hears nothing and is not heard of */
    joined = next(2, "joined");
    assert_true(json_is_true(json_object_get(joined, "loopback_only")));
    json_decref(joined);
    nothing_more(0);
    nothing_more(1);
    finish();
}

static void the_limits_hold(void **state)
{
    struct room_participant *participant;
    (void)state;
    start(0);
    for (unsigned i = 0; i < 6; i++)
        join("daily", i, 0);
    assert_string_equal(try_join(&participant, "daily", 6, NULL, 0), "room-full");
    struct room_participant *single = join("second", 6, 0);
    assert_string_equal(try_join(&participant, "third", 7, NULL, 0), "too-many-rooms");
    room_participant_leave(single, "left", 0);
    assert_int_equal(rooms_count(rooms), 1); /* an empty room is gone */
    assert_null(try_join(&participant, "third", 7, NULL, 0));
    finish();
}

static void ids_are_not_used_again(void **state)
{
    (void)state;
    start(0);
    join("daily", 0, 0);
    struct room_participant *second = join("daily", 1, 0);
    room_participant_leave(second, "left", 0);
    assert_int_equal(left_count, 1);
    pass(0, "joined");
    pass(0, "participant-joined");
    expect(0, "{\"type\":\"participant-left\",\"participant\":\"p2\",\"reason\":\"left\"}");
    assert_string_equal(join("daily", 2, 0)->id, "p3");
    finish();
}

static void messages_go_to_one_other_in_the_same_room(void **state)
{
    (void)state;
    start(4);
    struct room_participant *first = join("daily", 0, 0);
    struct room_participant *second = join("daily", 1, 0);
    json_t *offer =
        json_loads("{\"type\":\"offer\",\"target\":\"p2\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[]}", 0, NULL);
    pass(1, "joined");
    join("other", 2, 0);
    assert_null(room_find(first->room, "p3"));
    room_participant_deliver(first, second, offer, 73, NULL);
    room_participant_deliver(first, second, offer, 73, NULL);
    expect(1, "{\"type\":\"offer\",\"from\":\"p1\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[]}");
    pass(1, "offer");
    assert_string_equal(json_string_value(json_object_get(offer, "target")), "p2"); /* the sender's copy is untouched */
    assert_int_equal(first->pair_count, 1);
    assert_int_equal(first->pairs[0].bytes, 146);
    assert_int_equal(first->pairs[0].messages, 2);
    json_decref(offer);
    finish();
}

static void a_broken_socket_keeps_its_place_and_resumes(void **state)
{
    static const char token[] = "p1.secret00000000000000000000000000";
    struct room_participant *first, *resumed;
    (void)state;
    start(4);
    first = join_with_media("daily", 0, 0);
    struct room_participant *second = join_with_media("daily", 1, 0);
    pass(1, "joined");
    room_participant_disconnected(first, 10 * S);
    expect(1, "{\"type\":\"participant-state\",\"participant\":\"p1\",\"state\":\"reconnecting\"}");
    json_t *offer =
        json_loads("{\"type\":\"offer\",\"target\":\"p1\",\"generation\":2,\"sdp\":\"v=0\",\"sends\":[]}", 0, NULL);
    room_participant_deliver(second, first, offer, 1, NULL);
    room_participant_chat(second, "are you there?", 0);
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
    struct room_participant *participant;
    (void)state;
    start(4);
    join("daily", 0, 0);
    pass(0, "joined");
    assert_null(try_join(&participant, "daily", 1, "p1.secret00000000000000000000000000", 0));
    json_t *error = next(0, "error");
    assert_string_equal(json_string_value(json_object_get(error, "code")), "replaced");
    json_decref(error);
    assert_true(sessions[0].ended);
    assert_ptr_equal(participant->reach.owner, &sessions[1]);
    finish();
}

static void credentials_of_turn_are_renewed_while_they_hold(void **state)
{
    (void)state;
    start_with(0, 100 * S);
    struct room_participant *participant = join_with_media("r", 1, 10 * S);
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
    snprintf(resume, sizeof resume, "%s.%s", participant->id, participant->secret);
    room_participant_disconnected(participant, 91 * S);
    assert_null(try_join(&participant, "r", 2, resume, 92 * S));
    pass(2, "joined");
    rooms_timeout(rooms, 92 * S);
    nothing_more(2);
    room_participant_disconnected(participant, 100 * S);
    rooms_timeout(rooms, 150 * S);
    nothing_more(2);
    assert_null(try_join(&participant, "r", 1, resume, 150 * S));
    pass(1, "joined");
    rooms_timeout(rooms, 150 * S);
    pass(1, "ice-servers");
    rooms_timeout(rooms, 190 * S - 1);
    nothing_more(1);
    finish();
}

/* What expires does so by the wall clock, also while the machine sleeps. */
static void credentials_of_turn_are_renewed_when_the_wall_clock_jumps(void **state)
{
    static const struct {
        int64_t ahead;
        bool renews;
    } cases[] = {{1000, false}, {1010, false}, {1011, true}, {1011, false},
                 {90000, true}, {0, false},    {5, false},   {90000, true}};
    (void)state;
    start_with(0, 100 * S);
    rooms_wall_clock(rooms, 1000 * S);
    join("r", 1, 10 * S);
    pass(1, "joined");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rooms_wall_clock(rooms, cases[i].ahead * S);
        rooms_timeout(rooms, 11 * S);
        if (cases[i].renews)
            pass(1, "ice-servers");
        nothing_more(1);
    }
    rooms_timeout(rooms, 51 * S - 1); /* and then at the usual pace */
    nothing_more(1);
    rooms_timeout(rooms, 51 * S);
    pass(1, "ice-servers");
    finish();
}

static void credentials_that_do_not_expire_are_told_once(void **state)
{
    (void)state;
    start(0);
    join("r", 1, 10 * S);
    pass(1, "joined");
    rooms_wall_clock(rooms, 2000000 * S);
    rooms_timeout(rooms, 1000000 * S);
    nothing_more(1);
    finish();
}

static void a_place_is_kept_for_the_grace_period_only(void **state)
{
    struct room_participant *participant;
    (void)state;
    start(4);
    struct room_participant *first = join_with_media("daily", 0, 0);
    join_with_media("daily", 1, 0);
    pass(1, "joined");
    room_participant_disconnected(first, 10 * S);
    pass(1, "participant-state");
    rooms_timeout(rooms, 70 * S - 1);
    nothing_more(1);
    rooms_timeout(rooms, 70 * S);
    expect(1, "{\"type\":\"participant-left\",\"participant\":\"p1\",\"reason\":\"timeout\"}");
    pass(1, "connect");
    assert_string_equal(try_join(&participant, "daily", 2, "p1.secret00000000000000000000000000", 70 * S),
                        "resume-failed");
    struct room *room = rooms_find(rooms, "daily");
    room_participant_disconnected(room->participants, 80 * S);
    rooms_timeout(rooms, 140 * S); /* the last one takes the room with it */
    assert_int_equal(rooms_count(rooms), 0);
    finish();
}

static void who_asks_others_again_and_again_waits_for_each(void **state)
{
    (void)state;
    start(4);
    struct room_participant *first = join("daily", 0, 0);
    struct room_participant *second = join("daily", 1, 0);
    struct room_participant *third = join("daily", 2, 0);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(room_participant_charge_offer(first, second, 9 * S), 9 * S);
    assert_int_equal(room_participant_charge_offer(first, second, 9 * S), 11 * S);
    assert_int_equal(room_participant_charge_offer(first, third, 9 * S), 9 * S);
    assert_int_equal(room_participant_charge_offer(second, first, 9 * S), 9 * S);
    assert_int_equal(room_participant_charge_offer(first, second, 11 * S), 13 * S);
    assert_int_equal(sessions[2].allowed, ROOM_OFFER_ANSWERS); /* who is asked may answer */
    /* Participants for whom there is no place share a budget. */
    for (uint32_t number = 100; first->pair_count < ROOM_PAIRS_MAX; number++)
        (void)room_participant_charge_offer(first, &(struct room_participant){.number = number}, 11 * S);
    for (uint32_t number = 5000; number < 5007; number++)
        assert_int_equal(room_participant_charge_offer(first, &(struct room_participant){.number = number}, 11 * S),
                         11 * S);
    assert_int_equal(room_participant_charge_offer(first, &(struct room_participant){.number = 6000}, 11 * S), 13 * S);
    finish();
}

static void who_says_too_much_to_one_that_does_not_read_is_refused(void **state)
{
    (void)state;
    start(4);
    struct room_participant *first = join_with_media("daily", 0, 0);
    struct room_participant *second = join_with_media("daily", 1, 0);
    struct refusal refusal;
    json_t *message =
        json_loads("{\"type\":\"ice-candidate\",\"target\":\"p2\",\"generation\":1,\"candidate\":\"\"}", 0, NULL);
    pass(1, "joined");
    sessions[1].backlog = ROOM_BACKLOG_MAX;
    assert_false(room_participant_deliver(first, second, message, 100, &refusal));
    assert_string_equal(refusal.code, "target-busy");
    room_participant_chat(first, "hello", 0);
    nothing_more(1);
    assert_int_equal(rooms_get_counters(rooms)->target_busy, 1);
    assert_int_equal(rooms_get_counters(rooms)->chat_dropped, 1);
    sessions[1].backlog = 0;
    assert_true(room_participant_deliver(first, second, message, 100, NULL));
    pass(1, "ice-candidate");
    room_participant_disconnected(second, 0);
    for (unsigned i = 0; i < 10000; i++) {
        if (room_participant_deliver(first, second, message, 100, &refusal))
            continue;
        assert_string_equal(refusal.code, "too-much-kept");
        break;
    }
    assert_int_equal(rooms_get_counters(rooms)->kept_refused, 1);
    json_decref(message);
    finish();
}

static void what_is_kept_for_the_absent_is_bounded(void **state)
{
    struct room_participant *resumed;
    (void)state;
    start(4);
    struct room_participant *first = join_with_media("daily", 0, 0);
    struct room_participant *second = join_with_media("daily", 1, 0);
    room_participant_disconnected(first, 0);
    for (int i = 0; i < 10000; i++)
        room_participant_chat(second, "0123456789012345678901234567890123456789", 0);
    assert_true(first->kept.bytes <= KEPT_PARTICIPANT_MAX);
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
        cmocka_unit_test(messages_go_to_one_other_in_the_same_room),
        cmocka_unit_test(a_broken_socket_keeps_its_place_and_resumes),
        cmocka_unit_test(another_socket_replaces_the_old_one),
        cmocka_unit_test(credentials_of_turn_are_renewed_while_they_hold),
        cmocka_unit_test(credentials_of_turn_are_renewed_when_the_wall_clock_jumps),
        cmocka_unit_test(credentials_that_do_not_expire_are_told_once),
        cmocka_unit_test(a_place_is_kept_for_the_grace_period_only),
        cmocka_unit_test(who_asks_others_again_and_again_waits_for_each),
        cmocka_unit_test(who_says_too_much_to_one_that_does_not_read_is_refused),
        cmocka_unit_test(what_is_kept_for_the_absent_is_bounded),
        cmocka_unit_test(rooms_are_found_and_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
