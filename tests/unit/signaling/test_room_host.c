/* Who is host, and what hosts do to others. */
#include "signaling/room/room_host.h"
#include "signaling/room/room_removal.h"
#include "tests/unit/signaling/room_fixture.h"

#define CAMERA 0
#define MICROPHONE 1
#define BOTH (1u << CAMERA | 1u << MICROPHONE)

static struct room_participant *first, *second, *third;

static void forget_messages(void)
{
    for (unsigned i = 0; i < 8; i++)
        json_array_clear(sessions[i].inbox);
}

/* Three with media in a room that chooses its host. */
static void start_three(void)
{
    start(0);
    rooms->config.chooses_host = true;
    first = join_with_media("daily", 0, 0);
    second = join_with_media("daily", 1, 0);
    third = join_with_media("daily", 2, 0);
    forget_messages();
}

static void the_first_is_host_and_says_so(void **state)
{
    (void)state;
    start(0);
    rooms->config.chooses_host = true;
    assert_true(join("daily", 0, 0)->is_host);
    assert_false(join("daily", 1, 0)->is_host);
    json_t *joined = next(1, "joined"), *own = next(0, "joined");
    const json_t *other = json_array_get(json_object_get(joined, "participants"), 0);
    assert_true(json_is_true(json_object_get(own, "host")));
    assert_true(json_is_false(json_object_get(joined, "host")));
    assert_true(json_is_true(json_object_get(other, "host")));
    json_decref(joined);
    json_decref(own);
    finish();
}

static void with_tokens_nobody_is_host_whose_token_does_not_say_it(void **state)
{
    (void)state;
    start(0);
    assert_false(join("daily", 0, 0)->is_host);
    joins_with.host = true;
    struct room_participant *host = join("daily", 1, 0);
    assert_true(host->is_host);
    room_participant_leave(host, "left", 0);
    assert_false(rooms_find(rooms, "daily")->participants->is_host);
    finish();
}

/* A stream that was there first, whatever its token says. */
static void only_a_person_is_host(void **state)
{
    const struct reach reach = {&kind, &sessions[1]};
    struct join join_of_stream = {.kind = ROOM_PARTICIPANT_INGEST, .room = "daily", .name = "Stream", .may.host = true};
    (void)state;
    start(0);
    rooms->config.chooses_host = true;
    const struct room_participant *stream = rooms_join(rooms, &join_of_stream, &reach, 0, NULL);
    assert_false(stream->is_host);
    struct room_participant *host = join("daily", 0, 0);
    assert_true(host->is_host);
    room_participant_leave(host, "left", 0);
    assert_false(stream->is_host);
    finish();
}

static void when_the_host_leaves_who_was_there_longest_is_host(void **state)
{
    (void)state;
    start_three();
    room_participant_disconnected(second, 1 * S); /* away: passed over */
    forget_messages();
    room_participant_leave(first, "left", 2 * S);
    pass(2, "participant-left");
    expect(2, "{\"type\":\"participant-role\",\"participant\":\"p3\",\"host\":true}");
    assert_true(third->is_host && !second->is_host);
    finish();
}

static void a_host_that_is_away_stays_host_until_its_place_is_gone(void **state)
{
    struct room_participant *resumed;
    (void)state;
    start_three();
    room_participant_disconnected(first, 1 * S);
    rooms_timeout(rooms, 30 * S);
    assert_true(first->is_host && !second->is_host);
    assert_null(try_join(&resumed, "daily", 3, "p1.secret00000000000000000000000000", 40 * S));
    json_t *joined = next(3, "joined");
    assert_true(json_is_true(json_object_get(joined, "host")));
    json_decref(joined);
    room_participant_disconnected(first, 50 * S);
    rooms_timeout(rooms, 111 * S);
    assert_true(second->is_host);
    finish();
}

static void when_all_are_away_the_next_one_there_is_host(void **state)
{
    (void)state;
    struct room_participant *resumed;
    start_three();
    room_participant_disconnected(second, 1 * S);
    room_participant_disconnected(third, 1 * S);
    room_participant_leave(first, "left", 2 * S);
    assert_false(second->is_host || third->is_host);
    assert_null(try_join(&resumed, "daily", 4, "p3.secret00000000000000000000000002", 3 * S));
    assert_true(third->is_host);
    finish();
}

/* A page that is loaded again leaves, and joins anew. */
static void who_comes_back_at_once_is_host_again(void **state)
{
    (void)state;
    start_three();
    room_participant_leave(first, "left", 1 * S);
    assert_true(second->is_host);
    forget_messages();
    returns = "p1.secret00000000000000000000000000";
    struct room_participant *back = join("daily", 3, 59 * S);
    assert_true(back->is_host && !second->is_host);
    json_t *told = next(1, "participant-joined"), *joined;
    assert_true(json_is_true(json_object_get(json_object_get(told, "participant"), "host")));
    expect(1, "{\"type\":\"participant-role\",\"participant\":\"p2\",\"host\":false}");
    joined = next(3, "joined");
    assert_true(json_is_true(json_object_get(joined, "host")));
    json_decref(told);
    json_decref(joined);
    finish();
}

static void the_role_is_not_taken_back(void **state)
{
    static const struct {
        const char *what, *returns;
        usec_t at;
        bool is_handed_on;
    } rows[] = {
        {"too late", "p1.secret00000000000000000000000000", 61 * S, false},
        {"by another token", "p1.secret00000000000000000000000001", 2 * S, false},
        {"by a guest", "p3.secret00000000000000000000000002", 2 * S, false},
        {"from one that the heir handed it to", "p1.secret00000000000000000000000000", 2 * S, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].what);
        start_three();
        room_participant_leave(first, "left", 1 * S);
        room_participant_leave(third, "left", 1 * S);
        struct room_participant *fourth = join("daily", 4, 1 * S);
        if (rows[i].is_handed_on)
            room_host_transfer(second, fourth);
        returns = rows[i].returns;
        assert_false(join("daily", 3, rows[i].at)->is_host);
        assert_true((rows[i].is_handed_on ? fourth : second)->is_host);
        finish();
    }
}

static void a_host_and_its_heir_that_come_back_at_once_have_their_roles(void **state)
{
    static const char *const tokens[] = {"p1.secret00000000000000000000000000", "p2.secret00000000000000000000000001"};
    (void)state;
    for (unsigned host_is_later = 0; host_is_later < 2; host_is_later++) {
        struct room_participant *back[2];
        start_three();
        room_participant_leave(first, "left", 1 * S);
        room_participant_leave(second, "left", 1 * S);
        assert_true(third->is_host);
        for (unsigned i = 0; i < 2; i++) {
            unsigned who = i ^ host_is_later;
            returns = tokens[who];
            back[who] = join("daily", 3 + i, 2 * S);
            assert_false(third->is_host);
        }
        assert_true(back[0]->is_host && !back[1]->is_host);
        assert_false(back[0]->is_heir || back[1]->is_heir);
        finish();
    }
}

/* With tokens, of which the guests' do not say that they are hosts. */
static void a_role_that_was_handed_on_outlasts_a_reload(void **state)
{
    static const struct {
        const char *returns;
        usec_t at;
        bool is_host;
    } rows[] = {
        {"p2.secret00000000000000000000000001", 2 * S, true},
        {"p2.secret00000000000000000000000001", 61 * S, false},
        {"p3.secret00000000000000000000000002", 2 * S, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        start(0);
        joins_with.host = true;
        first = join("daily", 0, 0);
        joins_with.host = false;
        second = join("daily", 1, 0);
        third = join("daily", 2, 0);
        room_host_transfer(first, second);
        room_participant_leave(second, "left", 1 * S);
        room_participant_leave(third, "left", 1 * S);
        assert_false(first->is_host);
        returns = rows[i].returns;
        assert_int_equal(join("daily", 3, rows[i].at)->is_host, rows[i].is_host);
        json_t *joined = next(3, "joined");
        assert_int_equal(json_is_true(json_object_get(joined, "host")), rows[i].is_host);
        json_decref(joined);
        finish();
    }
}

/* The server does not know yet that its socket is dead. */
static void a_place_that_its_page_has_given_up_is_given_up(void **state)
{
    (void)state;
    start_three();
    returns = "p1.secret00000000000000000000000000";
    assert_true(join("daily", 3, 1 * S)->is_host);
    assert_true(sessions[0].ended);
    pass(1, "participant-left");
    assert_int_equal(left_count, 1);
    room_participant_leave(second, "left", 1 * S);
    returns = "p3.secret00000000000000000000000002";
    assert_false(join("daily", 4, 1 * S)->is_host);
    finish();
}

static void the_host_hands_it_on(void **state)
{
    (void)state;
    start_three();
    room_host_transfer(first, third);
    expect(1, "{\"type\":\"participant-role\",\"participant\":\"p3\",\"host\":true}");
    expect(1, "{\"type\":\"participant-role\",\"participant\":\"p1\",\"host\":false}");
    assert_true(third->is_host && !first->is_host);
    finish();
}

static void acts_are_for_hosts_and_not_without_end(void **state)
{
    struct refusal refusal = {.code = NULL};
    unsigned allowed = 0;
    (void)state;
    start_three();
    assert_false(room_host_may(second, 0, &refusal));
    assert_string_equal(refusal.code, "not-allowed");
    while (room_host_may(first, 0, &refusal))
        allowed++;
    assert_int_equal(allowed, ROOM_ACTS.burst);
    assert_string_equal(refusal.code, "too-often");
    assert_true(room_host_may(first, 1 * S, &refusal));
    finish();
}

static void a_muted_source_stays_so_until_its_owner_unmutes_it(void **state)
{
    (void)state;
    start_three();
    room_participant_set_sources(second, NULL, BOTH, 0, 0);
    forget_messages();
    room_host_mute(first, second, MICROPHONE, 1 * S);
    expect(1, "{\"type\":\"muted\",\"source\":\"microphone\",\"by\":\"p1\"}");
    nothing_more(1);
    pass(2, "publications");
    assert_int_equal(second->muted, 1u << MICROPHONE);
    room_participant_set_sources(second, NULL, BOTH, 0, 2 * S); /* an offer that knows nothing of it yet */
    assert_int_equal(second->muted, 1u << MICROPHONE);
    room_participant_mute(second, MICROPHONE, true, 3 * S);
    assert_int_equal(second->host_muted, 1u << MICROPHONE);
    room_participant_mute(second, MICROPHONE, false, 4 * S);
    assert_int_equal(second->muted, 0);
    assert_int_equal(second->host_muted, 0);
    finish();
}

static void what_is_not_published_or_muted_already_is_not_muted_again(void **state)
{
    (void)state;
    start_three();
    room_host_mute(first, second, MICROPHONE, 1 * S);
    room_participant_set_sources(second, NULL, BOTH, 1u << CAMERA, 2 * S);
    room_host_mute(first, second, CAMERA, 3 * S);
    nothing_more(1);
    assert_int_equal(second->host_muted, 0);
    finish();
}

static void a_source_that_is_published_anew_is_not_muted_any_more(void **state)
{
    (void)state;
    start_three();
    room_participant_set_sources(second, NULL, BOTH, 0, 0);
    room_host_mute(first, second, CAMERA, 1 * S);
    room_participant_set_sources(second, NULL, 1u << MICROPHONE, 0, 2 * S);
    room_participant_set_sources(second, NULL, BOTH, 0, 3 * S);
    assert_int_equal(second->muted, 0);
    finish();
}

static void who_comes_back_learns_what_was_muted_meanwhile(void **state)
{
    struct room_participant *resumed;
    (void)state;
    start_three();
    room_participant_set_sources(second, NULL, BOTH, 0, 0);
    room_participant_disconnected(second, 1 * S);
    room_host_mute(first, second, CAMERA, 2 * S);
    assert_null(try_join(&resumed, "daily", 3, "p2.secret00000000000000000000000001", 3 * S));
    json_t *joined = next(3, "joined"), *expected = json_loads("[{\"source\":\"camera\",\"by\":\"p1\"}]", 0, NULL);
    assert_true(json_equal(json_object_get(joined, "muted"), expected));
    json_decref(joined);
    json_decref(expected);
    finish();
}

static void in_a_mesh_the_others_are_told_too(void **state)
{
    struct room_participant *both[2];
    (void)state;
    start(4);
    make_mesh(both);
    room_participant_set_sources(both[1], both[0], BOTH, 0, 20 * S);
    forget_messages();
    room_host_mute(both[0], both[1], MICROPHONE, 21 * S);
    pass(1, "muted");
    json_t *publications = next(0, "publications");
    assert_true(
        json_is_true(json_object_get(json_array_get(json_object_get(publications, "publications"), 1), "muted")));
    json_decref(publications);
    room_participant_set_sources(both[1], both[0], BOTH, 0, 22 * S);
    assert_int_equal(both[1]->muted, 1u << MICROPHONE);
    finish();
}

static void who_is_removed_is_told_why_and_does_not_come_back_so_soon(void **state)
{
    struct room_participant *again;
    (void)state;
    start(0);
    join("daily", 0, 0);
    token_key = 7;
    second = join_with_media("daily", 1, 0);
    forget_messages();
    room_participant_remove(second, rooms_find(rooms, "daily")->participants, "shouting", 1 * S);
    expect(1, "{\"type\":\"error\",\"code\":\"removed\",\"message\":\"a host has removed you from the room\",\"by\":"
              "\"somebody\",\"reason\":\"shouting\"}");
    assert_true(sessions[1].ended);
    expect(0, "{\"type\":\"participant-left\",\"participant\":\"p2\",\"reason\":\"removed\"}");
    assert_int_equal(left_count, 1);
    assert_string_equal(try_join(&again, "daily", 2, NULL, 2 * S), "removed");
    token_key = 0;
    assert_string_equal(try_join(&again, "daily", 2, "p2.secret00000000000000000000000001", 2 * S), "removed");
    returns = "p2.secret00000000000000000000000001";
    assert_string_equal(try_join(&again, "daily", 2, NULL, 2 * S), "removed");
    returns = NULL;
    token_key = 8;
    assert_null(try_join(&again, "daily", 2, NULL, 2 * S)); /* another one's token */
    token_key = 7;
    assert_null(try_join(&again, "daily", 3, NULL, 1 * S + BANS_TIME));
    finish();
}

static void the_end_is_for_all_and_nothing_is_left(void **state)
{
    struct room_participant *again;
    (void)state;
    start_three();
    room_participant_disconnected(third, 1 * S);
    forget_messages();
    room_end(first->room, first, 2 * S);
    for (unsigned i = 0; i < 2; i++) {
        json_t *error = json_incref(json_array_get(sessions[i].inbox, json_array_size(sessions[i].inbox) - 1));
        assert_string_equal(json_string_value(json_object_get(error, "code")), "room-ended");
        assert_true(sessions[i].ended);
        json_decref(error);
    }
    assert_int_equal(left_count, 3);
    assert_int_equal(rooms_count(rooms), 0);
    assert_null(try_join(&again, "daily", 4, NULL, 3 * S));
    assert_true(again->is_host);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_host_and_says_so),
        cmocka_unit_test(with_tokens_nobody_is_host_whose_token_does_not_say_it),
        cmocka_unit_test(only_a_person_is_host),
        cmocka_unit_test(when_the_host_leaves_who_was_there_longest_is_host),
        cmocka_unit_test(a_host_that_is_away_stays_host_until_its_place_is_gone),
        cmocka_unit_test(when_all_are_away_the_next_one_there_is_host),
        cmocka_unit_test(who_comes_back_at_once_is_host_again),
        cmocka_unit_test(the_role_is_not_taken_back),
        cmocka_unit_test(a_host_and_its_heir_that_come_back_at_once_have_their_roles),
        cmocka_unit_test(a_role_that_was_handed_on_outlasts_a_reload),
        cmocka_unit_test(a_place_that_its_page_has_given_up_is_given_up),
        cmocka_unit_test(the_host_hands_it_on),
        cmocka_unit_test(acts_are_for_hosts_and_not_without_end),
        cmocka_unit_test(a_muted_source_stays_so_until_its_owner_unmutes_it),
        cmocka_unit_test(what_is_not_published_or_muted_already_is_not_muted_again),
        cmocka_unit_test(a_source_that_is_published_anew_is_not_muted_any_more),
        cmocka_unit_test(who_comes_back_learns_what_was_muted_meanwhile),
        cmocka_unit_test(in_a_mesh_the_others_are_told_too),
        cmocka_unit_test(who_is_removed_is_told_why_and_does_not_come_back_so_soon),
        cmocka_unit_test(the_end_is_for_all_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
