/* What participants write, and the hands and reactions. */
#include "signaling/room/room_chat.h"
#include "signaling/room/room_entry.h"
#include "signaling/room/room_host.h"
#include "tests/unit/signaling/room_fixture.h"

#define HAND(number, hand) "{\"type\":\"participant-hand\",\"participant\":\"" number "\",\"hand\":" hand "}"

static struct room_participant *first, *second;

static void forget_messages(void)
{
    for (unsigned i = 0; i < 8; i++)
        json_array_clear(sessions[i].inbox);
}

static void start_two(void)
{
    start(0);
    first = join_with_media("daily", 0, 0);
    second = join_with_media("daily", 1, 0);
    forget_messages();
}

static void who_comes_late_reads_what_was_written_but_not_in_private(void **state)
{
    (void)state;
    start_two();
    rooms_wall_clock(rooms, INT64_C(1790000000) * S);
    room_participant_chat(first, "to all", 2 * S);
    assert_true(room_participant_chat_to(first, second, "to you", NULL, 3 * S));
    expect(0, "{\"type\":\"chat\",\"from\":\"p1\",\"name\":\"somebody\",\"text\":\"to all\",\"at\":1790000002000}");
    expect(0, "{\"type\":\"chat\",\"from\":\"p1\",\"name\":\"somebody\",\"text\":\"to you\",\"at\":1790000003000,"
              "\"to\":\"p2\"}");
    pass(1, "chat");
    pass(1, "chat");
    room_participant_leave(first, "left", 4 * S);
    join("daily", 2, 5 * S);
    pass(2, "joined");
    expect(2,
           "{\"type\":\"chat-history\",\"messages\":[{\"type\":\"chat\",\"from\":\"p1\",\"name\":\"somebody\",\"text\":"
           "\"to all\",\"at\":1790000002000}]}");
    nothing_more(2);
    finish();
}

static void who_comes_back_gets_what_it_missed_and_not_all_again(void **state)
{
    struct room_participant *resumed;
    (void)state;
    start_two();
    room_participant_chat(first, "before", 1 * S);
    room_participant_disconnected(second, 2 * S);
    room_participant_chat(first, "meanwhile", 3 * S);
    assert_null(try_join(&resumed, "daily", 3, "p2.secret00000000000000000000000001", 4 * S));
    pass(3, "joined");
    json_t *missed = next(3, "chat");
    assert_string_equal(json_string_value(json_object_get(missed, "text")), "meanwhile");
    json_decref(missed);
    nothing_more(3);
    finish();
}

static void nobody_is_flooded_in_private(void **state)
{
    struct refusal refusal;
    unsigned kept = 0;
    (void)state;
    start_two();
    sessions[1].backlog = ROOM_BACKLOG_MAX;
    assert_false(room_participant_chat_to(first, second, "x", &refusal, 1 * S));
    assert_string_equal(refusal.code, "target-busy");
    nothing_more(0);
    assert_int_equal(rooms_get_counters(rooms)->target_busy, 1);
    sessions[1].backlog = 0;
    room_participant_disconnected(second, 2 * S);
    while (room_participant_chat_to(first, second, "x", &refusal, 3 * S))
        assert_true(kept++ < 10000);
    assert_string_equal(refusal.code, "too-much-kept");
    assert_int_equal(rooms_get_counters(rooms)->kept_refused, 1);
    finish();
}

static void hands_are_in_the_order_in_which_they_were_raised(void **state)
{
    (void)state;
    start_two();
    assert_true(room_participant_raise_hand(second, second, true, NULL, 1 * S));
    assert_true(room_participant_raise_hand(second, second, true, NULL, 1 * S)); /* it is up already */
    assert_true(room_participant_raise_hand(first, first, true, NULL, 2 * S));
    assert_true(room_participant_raise_hand(second, first, false, NULL, 3 * S));
    assert_true(room_participant_raise_hand(second, second, true, NULL, 4 * S));
    expect(0, HAND("p2", "1"));
    expect(0, HAND("p1", "2"));
    expect(0, HAND("p2", "0"));
    expect(0, HAND("p2", "3"));
    finish();
}

static void a_hand_stays_up_while_its_owner_is_away(void **state)
{
    struct room_participant *resumed;
    (void)state;
    start_two();
    assert_true(room_participant_raise_hand(second, second, true, NULL, 1 * S));
    room_participant_disconnected(second, 2 * S);
    assert_null(try_join(&resumed, "daily", 3, "p2.secret00000000000000000000000001", 4 * S));
    json_t *joined = next(3, "joined");
    assert_int_equal(json_integer_value(json_object_get(joined, "hand")), 1);
    json_decref(joined);
    join("daily", 4, 5 * S);
    joined = next(4, "joined");
    const json_t *other = json_array_get(json_object_get(joined, "participants"), 1);
    assert_int_equal(json_integer_value(json_object_get(other, "hand")), 1);
    json_decref(joined);
    finish();
}

static void reactions_have_a_budget(void **state)
{
    struct refusal refusal;
    unsigned shown = 0;
    (void)state;
    start_two();
    while (room_participant_react(first, "clap", &refusal, 1 * S))
        shown++;
    assert_int_equal(shown, ROOM_REACTIONS.burst);
    assert_string_equal(refusal.code, "too-often");
    assert_false(room_participant_raise_hand(first, first, true, &refusal, 1 * S));
    assert_string_equal(refusal.code, "too-often");
    expect(1, "{\"type\":\"reaction\",\"from\":\"p1\",\"reaction\":\"clap\"}");
    assert_true(room_participant_react(second, "heart", NULL, 1 * S)); /* everybody has its own */
    assert_true(room_participant_raise_hand(first, first, true, NULL, 2 * S));
    finish();
}

static void into_a_locked_room_come_hosts_and_who_was_there(void **state)
{
    struct room_participant *came;
    (void)state;
    start_two();
    room_lock(first->room, true);
    expect(1, "{\"type\":\"room-lock\",\"locked\":true}");
    assert_string_equal(try_join(&came, "daily", 3, NULL, 1 * S), "room-locked");
    room_participant_disconnected(second, 2 * S);
    assert_null(try_join(&came, "daily", 3, "p2.secret00000000000000000000000001", 3 * S));
    joins_with.host = true;
    assert_null(try_join(&came, "daily", 4, NULL, 3 * S));
    joins_with.host = false;
    room_lock(first->room, false);
    assert_null(try_join(&came, "daily", 5, NULL, 3 * S));
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_late_reads_what_was_written_but_not_in_private),
        cmocka_unit_test(who_comes_back_gets_what_it_missed_and_not_all_again),
        cmocka_unit_test(nobody_is_flooded_in_private),
        cmocka_unit_test(hands_are_in_the_order_in_which_they_were_raised),
        cmocka_unit_test(a_hand_stays_up_while_its_owner_is_away),
        cmocka_unit_test(reactions_have_a_budget),
        cmocka_unit_test(into_a_locked_room_come_hosts_and_who_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
