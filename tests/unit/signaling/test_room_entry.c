/* A room with a waiting room: who waits, who is told of it, and how waiting ends. */
#include "signaling/room/room_entry.h"
#include "signaling/room/room_host.h"
#include "signaling/room/room_waiting.h"
#include "tests/unit/signaling/room_fixture.h"

static struct room *room;

/* A host with media, in a room in which others wait. */
static struct room_participant *start_waiting_room(void)
{
    start(0);
    rooms->config.chooses_host = true;
    struct room_participant *host = join_with_media("daily", 0, 0);
    room = host->room;
    room_set_waiting_room(room, true, 0);
    json_array_clear(sessions[0].inbox);
    return host;
}

/* The names of who waits, as the host was told last; "-": it was not told. */
static size_t told(void)
{
    json_t *list = next(0, "waiting-list");
    size_t count = json_array_size(json_object_get(list, "waiting"));
    json_decref(list);
    return count;
}

static void fatal(unsigned session, const char *code)
{
    json_t *error = next(session, "error");
    assert_string_equal(json_string_value(json_object_get(error, "code")), code);
    assert_true(sessions[session].ended);
    json_decref(error);
}

static void who_comes_waits_and_only_hosts_hear_of_it(void **state)
{
    (void)state;
    start_waiting_room();
    room_set_waiting_room(room, false, 0);
    join("daily", 1, 0);
    room_set_waiting_room(room, true, 0);
    for (unsigned i = 0; i < 2; i++)
        json_array_clear(sessions[i].inbox);
    struct room_participant *late = join("daily", 2, 0);
    assert_true(late->is_waiting);
    assert_int_equal(room->participant_count, 2);
    assert_null(room_find(room, late->id));
    expect(2, "{\"type\":\"waiting\",\"participant\":\"p3\",\"room\":\"daily\",\"resume\":\"p3."
              "secret00000000000000000000000002\"}");
    assert_int_equal(told(), 1);
    nothing_more(1);
    struct refusal refusal;
    assert_true(room_participant_admit(late, S, &refusal));
    assert_string_equal(late->id, "p3");
    pass(2, "joined");
    pass(1, "participant-joined");
    rooms_timeout(rooms, S);
    pass(0, "participant-joined");
    assert_int_equal(told(), 0);
    finish();
}

static void a_host_by_token_comes_in_at_once(void **state)
{
    (void)state;
    start_waiting_room();
    joins_with.host = true;
    assert_false(join("daily", 1, 0)->is_waiting);
    finish();
}

static void who_waits_comes_back_to_its_place_for_a_while(void **state)
{
    struct room_participant *late;
    char resume[ROOM_RESUME_SIZE];
    (void)state;
    start_waiting_room();
    late = join("daily", 1, 0);
    room_participant_resume_token(late, resume);
    room_participant_disconnected(late, S);
    struct refusal refusal = {.code = NULL};
    assert_false(room_participant_admit(late, S, &refusal));
    assert_string_equal(refusal.code, "target-away");
    assert_null(try_join(&late, "daily", 2, resume, 2 * S));
    assert_true(late->is_waiting);
    pass(2, "waiting");
    assert_true(room_participant_admit(late, 2 * S, &refusal));
    pass(2, "joined");
    struct room_participant *gone = join("daily", 3, 3 * S);
    room_participant_resume_token(gone, resume);
    room_participant_disconnected(gone, 3 * S);
    rooms_timeout(rooms, 3 * S + ROOM_WAITING_GRACE - 1);
    assert_int_equal(room_waiting_count(room), 1);
    rooms_timeout(rooms, 3 * S + ROOM_WAITING_GRACE);
    assert_int_equal(room_waiting_count(room), 0);
    assert_string_equal(try_join(&gone, "daily", 4, resume, 40 * S), "resume-failed");
    finish();
}

static void another_socket_takes_the_place_over(void **state)
{
    struct room_participant *late;
    char resume[ROOM_RESUME_SIZE];
    (void)state;
    start_waiting_room();
    late = join("daily", 1, 0);
    room_participant_resume_token(late, resume);
    assert_null(try_join(&late, "daily", 2, resume, S));
    pass(1, "waiting");
    fatal(1, "replaced");
    pass(2, "waiting");
    assert_int_equal(room_waiting_count(room), 1);
    finish();
}

static void who_is_denied_is_told_and_its_token_opens_nothing_for_a_while(void **state)
{
    struct room_participant *again;
    (void)state;
    start_waiting_room();
    token_key = 7;
    struct room_participant *late = join("daily", 1, 0);
    pass(1, "waiting");
    room_deny(late, S);
    fatal(1, "denied");
    assert_int_equal(room_waiting_count(room), 0);
    assert_string_equal(try_join(&again, "daily", 2, NULL, 2 * S), "removed");
    finish();
}

static void without_the_waiting_room_all_come_in_as_far_as_there_is_room(void **state)
{
    (void)state;
    start_waiting_room();
    for (unsigned i = 1; i < 7; i++)
        join("daily", i, 0);
    struct room_participant *away = join("daily", 7, 0);
    room_participant_disconnected(away, S);
    room_set_waiting_room(room, false, S);
    assert_int_equal(room->participant_count, 6);
    assert_null(room->waiting);
    for (unsigned i = 1; i < 7; i++)
        pass(i, "waiting");
    fatal(6, "room-full");
    pass(5, "joined");
    finish();
}

static void too_many_do_not_wait(void **state)
{
    struct room_participant *late;
    (void)state;
    start_waiting_room();
    for (unsigned i = 0; i < ROOM_WAITING_MAX; i++)
        join("daily", 1, 0)->address = i % 4;
    assert_string_equal(try_join(&late, "daily", 2, NULL, 0), "room-full");
    finish();
}

static void the_last_places_to_wait_are_for_other_addresses(void **state)
{
    struct room_participant *late;
    (void)state;
    start_waiting_room();
    for (unsigned i = 0; i < ROOM_WAITING_MAX * 3 / 4; i++)
        join("daily", 1, 0); /* from the address 0, as all in this test */
    assert_string_equal(try_join(&late, "daily", 2, NULL, 0), "address-full");
    for (struct room_participant *other = room->waiting; other != NULL; other = other->next)
        other->address = 1;
    assert_null(try_join(&late, "daily", 2, NULL, 0));
    finish();
}

static void hosts_are_told_no_faster_than_they_can_read(void **state)
{
    (void)state;
    start_waiting_room();
    for (unsigned i = 0; i < 20; i++)
        room_participant_leave(join("daily", 1, 0), "left", 0);
    assert_true(json_array_size(sessions[0].inbox) <= 5);
    json_array_clear(sessions[0].inbox);
    rooms_timeout(rooms, S);
    assert_int_equal(told(), 0); /* the last state is always told */
    nothing_more(0);
    finish();
}

static void a_new_host_is_told_who_waits(void **state)
{
    (void)state;
    struct room_participant *host = start_waiting_room();
    struct refusal refusal;
    struct room_participant *second = join("daily", 1, 0);
    assert_true(room_participant_admit(second, 0, &refusal));
    join("daily", 2, 0);
    json_array_clear(sessions[1].inbox);
    room_host_transfer(host, second);
    rooms_timeout(rooms, S);
    pass(1, "participant-role");
    pass(1, "participant-role");
    json_t *list = next(1, "waiting-list");
    assert_int_equal(json_array_size(json_object_get(list, "waiting")), 1);
    json_decref(list);
    finish();
}

static void with_the_last_participant_waiting_is_over(void **state)
{
    (void)state;
    struct room_participant *host = start_waiting_room();
    join("daily", 1, 0);
    pass(1, "waiting");
    room_participant_leave(host, "left", S);
    fatal(1, "room-empty");
    assert_int_equal(rooms_count(rooms), 0);
    finish();
}

static void who_was_in_a_moment_ago_waits_for_nobody(void **state)
{
    (void)state;
    start_waiting_room();
    room_set_waiting_room(room, false, 0);
    struct room_participant *guest = join("daily", 1, 0);
    room_set_waiting_room(room, true, 0);
    room_lock(room, true);
    room_participant_leave(guest, "left", 1 * S);
    returns = "p2.secret00000000000000000000000001";
    assert_false(join("daily", 2, 2 * S)->is_waiting);
    assert_string_equal(try_join(&guest, "daily", 3, NULL, 3 * S), "room-locked"); /* once only */
    room_lock(room, false);
    returns = NULL;
    guest = join("daily", 4, 3 * S);
    assert_true(guest->is_waiting);
    room_participant_leave(guest, "left", 4 * S);
    returns = "p4.secret00000000000000000000000004";
    assert_true(join("daily", 5, 5 * S)->is_waiting); /* it never was in */
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_waits_and_only_hosts_hear_of_it),
        cmocka_unit_test(a_host_by_token_comes_in_at_once),
        cmocka_unit_test(who_was_in_a_moment_ago_waits_for_nobody),
        cmocka_unit_test(who_waits_comes_back_to_its_place_for_a_while),
        cmocka_unit_test(another_socket_takes_the_place_over),
        cmocka_unit_test(who_is_denied_is_told_and_its_token_opens_nothing_for_a_while),
        cmocka_unit_test(without_the_waiting_room_all_come_in_as_far_as_there_is_room),
        cmocka_unit_test(too_many_do_not_wait),
        cmocka_unit_test(the_last_places_to_wait_are_for_other_addresses),
        cmocka_unit_test(hosts_are_told_no_faster_than_they_can_read),
        cmocka_unit_test(a_new_host_is_told_who_waits),
        cmocka_unit_test(with_the_last_participant_waiting_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
