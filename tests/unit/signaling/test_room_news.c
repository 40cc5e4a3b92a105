/* News for a whole room: told at once, and merged when they come faster than anybody needs them. */
#include "tests/unit/signaling/room_fixture.h"

#define MS USEC_PER_MSEC
#define BURST ((size_t)ROOM_NEWS.burst)

static size_t owed;

static void charge(void *user, size_t messages)
{
    (void)user;
    owed += messages;
}

static struct room_participant *start_with_camera(void)
{
    start(0);
    rooms->port.charge = charge;
    owed = 0;
    struct room_participant *first = join("daily", 0, 0);
    join("daily", 1, 0);
    room_participant_set_sources(first, NULL, 1, 0, 0);
    rooms_timeout(rooms, 1 * S);
    json_array_clear(sessions[0].inbox);
    json_array_clear(sessions[1].inbox);
    return first;
}

static size_t count_of(unsigned session)
{
    return json_array_size(sessions[session].inbox);
}

/* Of the last message of a session. */
static bool says_muted(unsigned session)
{
    const json_t *message = json_array_get(sessions[session].inbox, count_of(session) - 1);
    return json_is_true(json_object_get(json_array_get(json_object_get(message, "publications"), 0), "muted"));
}

static void changes_without_end_are_told_ten_times_a_second(void **state)
{
    (void)state;
    struct room_participant *first = start_with_camera();
    for (int i = 0; i < 500; i++)
        room_participant_mute(first, 0, i % 2 == 0, 1 * S);
    assert_int_equal(count_of(1), BURST);
    assert_int_equal(count_of(0), 0);
    for (int i = 0; i < 10000; i++) { /* ten seconds of one each millisecond */
        room_participant_mute(first, 0, i % 2 == 0, 2 * S + i * MS);
        rooms_timeout(rooms, 2 * S + i * MS);
    }
    assert_in_range(count_of(1), 90, 100 + 2 * BURST);
    finish();
}

static void what_waited_is_the_latest_and_is_told_with_its_turn(void **state)
{
    (void)state;
    struct room_participant *first = start_with_camera();
    for (size_t i = 0; i < BURST; i++)
        room_participant_mute(first, 0, i % 2 == 0, 1 * S);
    assert_true(says_muted(1));
    assert_false(rooms_timeout(rooms, 1 * S)); /* nothing waits */
    room_participant_mute(first, 0, false, 1 * S);
    room_participant_set_sources(first, NULL, 3, 0, 1 * S);
    assert_int_equal(count_of(1), BURST);
    assert_true(rooms_timeout(rooms, 1 * S + 99 * MS));
    assert_int_equal(count_of(1), BURST);
    assert_false(rooms_timeout(rooms, 1 * S + 100 * MS));
    assert_int_equal(count_of(1), BURST + 1);
    assert_false(says_muted(1));
    room_participant_mute(first, 0, true, 1 * S + 101 * MS);
    room_participant_mute(first, 0, false, 1 * S + 101 * MS); /* as it was told */
    assert_false(rooms_timeout(rooms, 2 * S));
    assert_int_equal(count_of(1), BURST + 1);
    finish();
}

static void a_newcomer_hears_the_latest_at_once(void **state)
{
    (void)state;
    struct room_participant *first = start_with_camera();
    for (size_t i = 0; i < BURST; i++)
        room_participant_mute(first, 0, i % 2 == 0, 1 * S);
    room_participant_mute(first, 0, false, 1 * S);
    join("daily", 2, 1 * S);
    json_t *message = next(2, "joined");
    assert_false(json_is_true(json_object_get(
        json_array_get(json_object_get(json_array_get(json_object_get(message, "participants"), 0), "publications"), 0),
        "muted")));
    json_decref(message);
    finish();
}

static void each_has_a_pace_of_its_own(void **state)
{
    (void)state;
    struct room_participant *first = start_with_camera();
    for (int i = 0; i < 500; i++)
        room_participant_mute(first, 0, i % 2 == 0, 1 * S);
    room_participant_set_sources(room_find(first->room, "p2"), NULL, 1, 0, 1 * S);
    assert_int_equal(count_of(0), 1);
    finish();
}

static void pins_without_end_are_told_ten_times_a_second_and_the_last_one_holds(void **state)
{
    static const enum topology_pin pins[] = {PIN_SFU, PIN_AUTO};
    (void)state;
    struct room_participant *first = start_with_camera();
    for (int i = 0; i < 501; i++)
        room_pin(first->room, pins[i % 2], "", 1 * S);
    assert_int_equal(count_of(1), BURST);
    room_pin(first->room, PIN_MESH, "", 1 * S);
    assert_true(rooms_timeout(rooms, 1 * S + 99 * MS));
    assert_false(rooms_timeout(rooms, 1 * S + 100 * MS));
    assert_int_equal(count_of(1), BURST + 1);
    assert_int_equal(first->room->pin, PIN_MESH);
    finish();
}

/* Who causes news pays for them, also when they wait; and once, however much is merged. */
static void news_that_wait_are_owed_once(void **state)
{
    (void)state;
    struct room_participant *first = start_with_camera();
    for (size_t i = 0; i < BURST; i++)
        room_participant_mute(first, 0, i % 2 == 0, 1 * S);
    assert_int_equal(owed, 0);
    room_participant_mute(first, 0, false, 1 * S);
    room_participant_set_sources(first, NULL, 3, 0, 1 * S);
    room_participant_set_sources(first, NULL, 7, 0, 1 * S);
    assert_int_equal(owed, 2); /* the room has two */
    for (size_t i = 0; i < BURST; i++)
        room_pin(first->room, i % 2 == 0 ? PIN_SFU : PIN_AUTO, "", 1 * S);
    room_pin(first->room, PIN_AUTO, "", 1 * S);
    room_pin(first->room, PIN_MESH, "", 1 * S);
    assert_int_equal(owed, 4);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_without_end_are_told_ten_times_a_second),
        cmocka_unit_test(what_waited_is_the_latest_and_is_told_with_its_turn),
        cmocka_unit_test(a_newcomer_hears_the_latest_at_once),
        cmocka_unit_test(each_has_a_pace_of_its_own),
        cmocka_unit_test(pins_without_end_are_told_ten_times_a_second_and_the_last_one_holds),
        cmocka_unit_test(news_that_wait_are_owed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
