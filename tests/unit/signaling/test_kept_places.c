/* Whose place is kept when its socket breaks, and who loses it to a newcomer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/signaling/null_room_port.h"

#define S USEC_PER_SEC
#define ROOMS 3
#define PARTICIPANTS 3

static int session; /* everybody's */
static struct rooms *rooms;
static unsigned joined;
static uint64_t address; /* joins come from */
static struct reach_kind kind;
static char last_left[16], last_reason[16];

static void take(void *owner, struct text *sent)
{
    (void)owner;
    json_t *message = json_loads(text_data(sent), 0, NULL);
    assert_non_null(message);
    if (strcmp(json_string_value(json_object_get(message, "type")), "participant-left") == 0) {
        snprintf(last_left, sizeof last_left, "%s", json_string_value(json_object_get(message, "participant")));
        snprintf(last_reason, sizeof last_reason, "%s", json_string_value(json_object_get(message, "reason")));
    }
    json_decref(message);
}

static int start(void **state)
{
    const struct rooms_config config = {.room_max = ROOMS,
                                        .participant_max = PARTICIPANTS,
                                        .grace = 120 * S,
                                        .topology = {.mesh_max = 4, .hold = 10 * S, .copy_bps = 600000}};
    const struct room_port port = null_room_port();
    (void)state;
    kind = null_reach_kind();
    kind.send = take;
    rooms = rooms_new(&config, &port);
    joined = 0;
    address = 0;
    last_left[0] = last_reason[0] = '\0';
    return 0;
}

static int finish(void **state)
{
    (void)state;
    rooms_free(rooms);
    return 0;
}

static const char *try_join(const char *room, const char *resume, struct room_participant **out, usec_t now)
{
    struct join join = {
        .room = room, .address = address, .name = "somebody", .resume = resume, .capabilities = {.can_mesh = true}};
    snprintf(join.secret, sizeof join.secret, "secret%026u", joined++);
    struct refusal refusal = {.code = NULL};
    *out = rooms_join(rooms, &join, &(struct reach){&kind, &session}, now, &refusal);
    return refusal.code;
}

static struct room_participant *join(const char *room, bool has_media, usec_t now)
{
    struct room_participant *participant;
    assert_null(try_join(room, NULL, &participant, now));
    participant->has_had_media = has_media;
    return participant;
}

static void token_of(const struct room_participant *participant, char out[64])
{
    snprintf(out, 64, "%s.%s", participant->id, participant->secret);
}

static void who_never_had_media_is_gone_with_its_socket(void **state)
{
    char token[64];
    struct room_participant *again;
    (void)state;
    struct room_participant *participant = join("r", false, 0);
    token_of(participant, token);
    room_participant_disconnected(participant, 1 * S);
    assert_int_equal(rooms_count(rooms), 0); /* a room of its own goes with it */
    assert_string_equal(try_join("r", token, &again, 1 * S), "resume-failed");
    for (int i = 0; i < 1000; i++)
        room_participant_disconnected(join("r", false, 0), 1 * S);
    join("r", true, 2 * S);
    room_participant_disconnected(join("r", false, 2 * S), 2 * S);
    assert_string_equal(last_left, "p2");
    assert_string_equal(last_reason, "timeout");
    assert_int_equal(rooms_find(rooms, "r")->participant_count, 1);
}

static void a_reach_without_grace_keeps_no_place(void **state)
{
    (void)state;
    kind.has_grace = false;
    room_participant_disconnected(join("r", true, 0), 1 * S);
    assert_int_equal(rooms_count(rooms), 0);
}

static void who_had_media_resumes_even_if_it_had_it_only_just(void **state)
{
    char token[64];
    struct room_participant *again;
    (void)state;
    struct room_participant *participant = join("r", true, 0);
    token_of(participant, token);
    room_participant_disconnected(participant, 1);
    assert_null(try_join("r", token, &again, 119 * S));
    assert_ptr_equal(again, participant);
}

static void a_participant_is_resumed_so_often_only(void **state)
{
    char token[64];
    struct room_participant *again, *participant = join("r", true, 0);
    unsigned resumed = 0;
    (void)state;
    token_of(participant, token);
    while (try_join("r", token, &again, 1 * S) == NULL)
        resumed++;
    assert_int_equal(resumed, ROOM_RESUMES.burst);
    assert_string_equal(try_join("r", token, &again, 1 * S), "too-fast");
    assert_null(again);
    assert_ptr_equal(participant->reach.owner, &session); /* the present reach stays */
    assert_int_equal(rooms_get_counters(rooms)->resumes_refused, 2);
    assert_null(try_join("r", token, &again, 2 * S));
    token_of(join("r", true, 1 * S), token); /* another one has its own budget */
    assert_null(try_join("r", token, &again, 1 * S));
}

static void relay(struct room_participant *from, struct room_participant *to, const char *type)
{
    json_t *sends = json_array();
    json_t *message = json_pack("{s:s,s:s,s:i,s:s,s:O}", "type", type, "target", to->id, "generation", 1, "sdp", "v=0",
                                "sends", sends);
    room_participant_set_sources(from, to, 0, 0, 0);
    assert_true(room_participant_deliver(from, to, message, 100, NULL));
    json_decref(message);
    json_decref(sends);
}

static void between_two_a_path_that_both_proved_is_media(void **state)
{
    (void)state;
    struct room_participant *first = join("r", false, 0), *second = join("r", false, 0), *third = join("r", false, 0);
    relay(first, second, "answer"); /* to nothing */
    relay(third, second, "offer");
    assert_false(first->has_had_media || second->has_had_media || third->has_had_media);
    relay(second, third, "answer"); /* anybody can say that */
    room_participant_path(second, third, PATH_PROVEN, 0);
    room_participant_path(first, second, PATH_PROVEN, 0);
    assert_false(first->has_had_media || second->has_had_media || third->has_had_media);
    room_participant_path(third, second, PATH_PROVEN, 0);
    assert_true(second->has_had_media && third->has_had_media);
    assert_false(first->has_had_media);
}

static void in_a_room_of_the_router_paths_are_no_media(void **state)
{
    (void)state;
    struct room_participant *first = join("r", false, 0), *second = join("r", false, 0);
    room_pin(first->room, PIN_SFU, "", 0);
    relay(first, second, "offer");
    relay(second, first, "answer");
    room_participant_path(first, second, PATH_PROVEN, 0);
    room_participant_path(second, first, PATH_PROVEN, 0);
    assert_false(first->has_had_media || second->has_had_media);
}

static void in_a_full_room_who_is_away_longest_makes_the_place(void **state)
{
    char token[64];
    struct room_participant *participant, *again;
    (void)state;
    join("r", true, 0);
    struct room_participant *second = join("r", true, 0), *third = join("r", true, 0);
    assert_string_equal(try_join("r", NULL, &participant, 1 * S), "room-full");
    room_participant_disconnected(third, 2 * S);
    room_participant_disconnected(second, 3 * S);
    token_of(second, token);
    join("r", true, 4 * S);
    assert_string_equal(last_left, "p3");
    assert_string_equal(last_reason, "timeout");
    assert_null(try_join("r", token, &again, 4 * S));                           /* a younger one is still there */
    assert_string_equal(try_join("r", NULL, &participant, 5 * S), "room-full"); /* nobody who is there goes */
    assert_int_equal(rooms_get_counters(rooms)->places_given_up, 1);
}

static void a_full_server_gives_up_the_room_that_was_deserted_first(void **state)
{
    struct room_participant *participant;
    (void)state;
    struct room_participant *a = join("a", true, 0), *a2 = join("a", true, 0), *b = join("b", true, 0),
                            *c = join("c", true, 0);
    assert_string_equal(try_join("new", NULL, &participant, 1 * S), "too-many-rooms");
    room_participant_disconnected(a, 1 * S);
    assert_string_equal(try_join("new", NULL, &participant, 1 * S), "too-many-rooms"); /* somebody is there */
    room_participant_disconnected(c, 2 * S);
    room_participant_disconnected(b, 3 * S);
    room_participant_disconnected(a2, 4 * S);
    join("new", true, 5 * S);
    assert_null(rooms_find(rooms, "c"));
    join("newer", true, 5 * S);
    assert_null(rooms_find(rooms, "b"));
    join("newest", true, 5 * S);
    assert_null(rooms_find(rooms, "a"));
    assert_int_equal(rooms_get_counters(rooms)->places_given_up, 4);
    assert_string_equal(try_join("one more", NULL, &participant, 6 * S), "too-many-rooms");
    assert_int_equal(rooms_count(rooms), ROOMS);
}

static void the_last_quarter_of_the_rooms_is_for_other_addresses(void **state)
{
    static const struct {
        size_t rooms, made, by_others; /* --max-rooms; there already */
        bool may;                      /* the one that made so many make another one? */
    } cases[] = {{8, 5, 0, true},    {8, 6, 0, false},
                 {8, 5, 1, false},   {8, 4, 3, true}, /* not more than half of them */
                 {3, 2, 0, true},                     /* of three there is no quarter */
                 {100, 74, 0, true}, {100, 75, 0, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct room_participant *first = NULL, *participant;
        char name[32];
        rooms->config.room_max = cases[i].rooms;
        for (size_t n = 0; n < cases[i].made + cases[i].by_others; n++) {
            snprintf(name, sizeof name, "r%zu", n);
            address = n < cases[i].made ? 1 : 2;
            participant = join(name, true, 0);
            first = n == 0 ? participant : first;
        }
        uint64_t before = rooms_get_counters(rooms)->rooms_reserved;
        address = 2;
        join("another", false, 0); /* somebody else may */
        room_participant_leave(room_find(rooms_find(rooms, "another"), "p1"), "left", 0);
        address = 1;
        const char *code = try_join("another", NULL, &participant, 0);
        assert_int_equal(code == NULL, cases[i].may);
        assert_null(try_join("r1", NULL, &participant, 0)); /* rooms that are there take everybody */
        if (!cases[i].may) {
            assert_string_equal(code, "too-many-rooms");
            assert_int_equal(rooms_get_counters(rooms)->rooms_reserved, before + 1);
            room_participant_disconnected(first, 1 * S);
            assert_null(try_join("another", NULL, &participant, 2 * S)); /* a deserted room makes room for it */
        }
        for (struct room *room; (room = rooms_next(rooms, NULL)) != NULL;)
            room_participant_leave(room->participants, "left", 3 * S);
    }
}

static void the_last_quarter_of_a_room_is_for_other_addresses(void **state)
{
    static const struct {
        size_t places, own, others; /* --max-participants; there already */
        bool may;                   /* the address of `own` have one more? */
    } cases[] = {{500, 374, 0, true},   {500, 375, 0, false}, {500, 251, 124, false},
                 {500, 250, 200, true}, {100, 75, 0, false},  {64, 63, 0, true}}; /* an office may fill a small room */
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct room_participant *own = NULL, *other, *participant;
        rooms->config.participant_max = cases[i].places;
        address = 1;
        for (size_t n = 0; n < cases[i].own; n++)
            own = join("r", true, 0);
        address = 2;
        for (size_t n = 0; n < cases[i].others; n++)
            join("r", true, 0);
        other = join("r", true, 0); /* others may */
        room_participant_leave(other, "left", 0);
        uint64_t before = rooms_get_counters(rooms)->places_reserved;
        address = 1;
        const char *code = try_join("r", NULL, &participant, 0);
        assert_int_equal(code == NULL, cases[i].may);
        if (!cases[i].may) {
            assert_string_equal(code, "address-full");
            assert_int_equal(rooms_get_counters(rooms)->places_reserved, before + 1);
            room_participant_disconnected(own, 1 * S);
            assert_null(try_join("r", NULL, &participant, 2 * S)); /* in the place of its own who is away */
            assert_string_equal(try_join("r", NULL, &participant, 2 * S), "address-full");
        }
        for (struct room *room; (room = rooms_find(rooms, "r")) != NULL;)
            room_participant_leave(room->participants, "left", 3 * S);
    }
}

static void who_made_most_of_the_rooms_ends_no_call_of_others(void **state)
{
    struct room_participant *participant, *own = NULL;
    char name[8];
    (void)state;
    rooms->config.room_max = 8;
    address = 2;
    room_participant_disconnected(join("theirs", true, 0), 1 * S); /* away for a moment, media flows */
    address = 1;
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "r%d", i);
        participant = join(name, true, 0);
        own = i == 0 ? participant : own;
    }
    assert_string_equal(try_join("more", NULL, &participant, 2 * S), "too-many-rooms");
    address = 3;
    join("r5", true, 2 * S);
    join("r6", true, 2 * S); /* now the server is full */
    address = 1;
    assert_string_equal(try_join("more", NULL, &participant, 2 * S), "too-many-rooms");
    room_participant_disconnected(own, 3 * S);
    join("more", true, 4 * S);
    assert_null(rooms_find(rooms, "r0")); /* its own makes the place, though it has been deserted for less time */
    assert_non_null(rooms_find(rooms, "theirs"));
    address = 3;
    join("new", true, 5 * S); /* somebody else gets the one that was deserted first */
    assert_null(rooms_find(rooms, "theirs"));
}

static void a_full_room_where_all_are_away_takes_newcomers(void **state)
{
    (void)state;
    for (int i = 0; i < PARTICIPANTS; i++)
        room_participant_disconnected(join("r", true, 0), i * S);
    for (int i = 0; i < 2 * PARTICIPANTS; i++) {
        struct room_participant *participant = join("r", true, 10 * S);
        assert_int_equal(participant->room->participant_count, PARTICIPANTS);
        room_participant_disconnected(participant, 11 * S + i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_never_had_media_is_gone_with_its_socket, start, finish),
        cmocka_unit_test_setup_teardown(a_reach_without_grace_keeps_no_place, start, finish),
        cmocka_unit_test_setup_teardown(who_had_media_resumes_even_if_it_had_it_only_just, start, finish),
        cmocka_unit_test_setup_teardown(a_participant_is_resumed_so_often_only, start, finish),
        cmocka_unit_test_setup_teardown(between_two_a_path_that_both_proved_is_media, start, finish),
        cmocka_unit_test_setup_teardown(in_a_room_of_the_router_paths_are_no_media, start, finish),
        cmocka_unit_test_setup_teardown(in_a_full_room_who_is_away_longest_makes_the_place, start, finish),
        cmocka_unit_test_setup_teardown(a_full_server_gives_up_the_room_that_was_deserted_first, start, finish),
        cmocka_unit_test_setup_teardown(the_last_quarter_of_the_rooms_is_for_other_addresses, start, finish),
        cmocka_unit_test_setup_teardown(the_last_quarter_of_a_room_is_for_other_addresses, start, finish),
        cmocka_unit_test_setup_teardown(who_made_most_of_the_rooms_ends_no_call_of_others, start, finish),
        cmocka_unit_test_setup_teardown(a_full_room_where_all_are_away_takes_newcomers, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
