#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "client/call/client_room.h"

static void apply(struct client_room *room, const char *text)
{
    json_t *message;
    enum message_type type;
    struct refusal error;
    assert_int_equal(message_parse(&message, &type, MESSAGE_TO_CLIENT, text, strlen(text), &error), 0);
    client_room_apply(room, type, message);
    json_decref(message);
}

static const char joined[] =
    "{\"type\":\"joined\",\"participant\":\"p2\",\"room\":\"daily\",\"resume\":\"r-1\",\"resumed\":false,"
    "\"grace_ms\":90000,\"dedicated_slots\":9,\"audio_slots\":3,\"topology\":\"mesh\",\"pin\":\"auto\",\"epoch\":1,"
    "\"connect\":[\"p1\"],\"probe\":[],\"ice_servers\":[],"
    "\"ice_policy\":\"relay\",\"loopback_only\":true,\"participants\":[{\"id\":\"p1\",\"name\":\"Ann\",\"state\":"
    "\"active\",\"publications\":["
    "{\"id\":\"p1/"
    "camera\",\"kind\":\"video\",\"source\":\"camera\",\"muted\":true}],\"host\":true}],\"host\":false,\"hand\":0,"
    "\"locked\":false,"
    "\"permissions\":{\"camera\":true,\"microphone\":true,\"screen\":true,\"screen-audio\":true,\"chat\":true,\"pin\":"
    "false},\"muted\":[{\"source\":\"microphone\",\"by\":\"p1\"}]}";

static void why_a_recording_failed_is_known_until_the_next_place(void **state)
{
    static const char ending[] = "}]}";
    char failed[sizeof joined + 64];
    struct client_room room;
    (void)state;
    client_room_init(&room);
    snprintf(failed, sizeof failed, "%.*s}],\"recording\":\"failed\",\"recording_reason\":\"disk-full\"}",
             (int)(sizeof joined - sizeof ending), joined);
    apply(&room, failed);
    assert_string_equal(room.recording, "failed");
    assert_string_equal(room.recording_reason, "disk-full");
    apply(&room, joined);
    assert_string_equal(room.recording, "off");
    assert_string_equal(room.recording_reason, "");
    client_room_fini(&room);
}

static void joining_gives_the_whole_room(void **state)
{
    (void)state;
    struct client_room room;
    client_room_init(&room);
    apply(&room, joined);
    assert_string_equal(room.self, "p2");
    assert_string_equal(room.resume, "r-1");
    assert_string_equal(room.topology, "mesh");
    assert_true(room.relay_only && room.is_loopback_only);
    assert_true(client_room_should_connect(&room, "p1"));
    assert_false(client_room_should_connect(&room, "router"));
    assert_string_equal(client_room_participant(&room, "p1")->name, "Ann");
    const struct client_publication *camera = client_room_find_publication(&room, "p1/camera");
    assert_non_null(camera);
    assert_true(camera->muted && camera->kind == MEDIA_VIDEO);
    apply(&room, joined); /* a snapshot after resuming replaces, it does not add */
    assert_int_equal(room.participant_count, 1);
    client_room_fini(&room);
}

static void who_is_host_and_what_hosts_muted_is_known(void **state)
{
    (void)state;
    struct client_room room;
    client_room_init(&room);
    apply(&room, joined);
    assert_true(client_room_participant(&room, "p1")->is_host && !room.is_host);
    assert_false(client_room_forbids(&room, "camera"));
    assert_string_equal(room.muted_by[1], "p1");
    assert_string_equal(room.muted_by[0], "");
    apply(&room, "{\"type\":\"participant-role\",\"participant\":\"p2\",\"host\":true}");
    apply(&room, "{\"type\":\"participant-role\",\"participant\":\"p1\",\"host\":false}");
    apply(&room, "{\"type\":\"participant-role\",\"participant\":\"p9\",\"host\":true}"); /* left meanwhile */
    assert_true(room.is_host && !client_room_participant(&room, "p1")->is_host);
    apply(&room, "{\"type\":\"muted\",\"source\":\"camera\",\"by\":\"p1\"}");
    assert_string_equal(room.muted_by[0], "p1");
    client_room_fini(&room);
}

/* In a large room the publications that came first are received: an offer has room for a limited number of m-lines. */
static void so_many_publications_are_received(void **state)
{
    (void)state;
    struct client_room room;
    char text[300];
    client_room_init(&room);
    apply(&room, joined);
    for (int i = 3; i < 3 + 80; i++) {
        snprintf(text, sizeof text,
                 "{\"type\":\"participant-joined\",\"participant\":{\"id\":\"p%d\",\"name\":\"Bob\",\"state\":"
                 "\"active\",\"publications\":[{\"id\":\"p%d/microphone\",\"kind\":\"audio\",\"source\":\"microphone\","
                 "\"muted\":false}%s]}}",
                 i, i,
                 i % 2 != 0 ? "" : ",{\"id\":\"p4/camera\",\"kind\":\"video\",\"source\":\"camera\",\"muted\":true}");
        apply(&room, text);
    }
    struct client_room_choice choice = client_room_choose(&room, &(struct client_room_request){true, true, true});
    assert_int_equal(choice.count, 64 + 41); /* all cameras */
    assert_int_equal(choice.left_out, 80 - 64);
    assert_string_equal(choice.publications[0], "p1/camera");
    assert_string_equal(choice.publications[1], "p3/microphone");
    assert_int_equal(choice.kinds[1], MEDIA_AUDIO);
    client_room_fini(&room);
}

static void no_room_is_larger_than_rooms_can_be(void **state)
{
    (void)state;
    struct client_room room;
    char text[128];
    client_room_init(&room);
    apply(&room, joined);
    for (int i = 2; i < ROOM_PARTICIPANTS_MAX + 500; i++) {
        snprintf(text, sizeof text,
                 "{\"type\":\"participant-joined\",\"participant\":{\"id\":\"p%d\",\"name\":\"N\",\"state\":\"active\","
                 "\"publications\":[]}}",
                 i);
        apply(&room, text);
    }
    assert_int_equal(room.participant_count, ROOM_PARTICIPANTS_MAX);
    apply(&room, "{\"type\":\"participant-left\",\"participant\":\"p1\",\"reason\":\"left\"}");
    apply(&room, text);
    assert_non_null(client_room_participant(&room, "p1499")); /* there is a place again */
    client_room_fini(&room);
}

static void people_come_change_and_go(void **state)
{
    (void)state;
    struct client_room room;
    client_room_init(&room);
    apply(&room, joined);
    apply(&room,
          "{\"type\":\"participant-joined\",\"participant\":{\"id\":\"p3\",\"name\":\"Bob\",\"state\":\"active\","
          "\"publications\":[]}}");
    assert_int_equal(room.participant_count, 2);
    apply(&room, "{\"type\":\"publications\",\"participant\":\"p3\",\"publications\":[{\"id\":\"p3/microphone\","
                 "\"kind\":\"audio\",\"source\":\"microphone\",\"muted\":false}]}");
    assert_int_equal(client_room_find_publication(&room, "p3/microphone")->kind, MEDIA_AUDIO);
    apply(&room, "{\"type\":\"participant-state\",\"participant\":\"p3\",\"state\":\"reconnecting\"}");
    assert_true(client_room_participant(&room, "p3")->reconnecting);
    apply(&room, "{\"type\":\"participant-left\",\"participant\":\"p1\",\"reason\":\"left\"}");
    assert_null(client_room_participant(&room, "p1"));
    assert_null(client_room_find_publication(&room, "p1/camera"));
    assert_non_null(client_room_participant(&room, "p3"));
    client_room_fini(&room);
}

static void an_overtaken_topology_is_ignored(void **state)
{
    (void)state;
    struct client_room room;
    client_room_init(&room);
    apply(&room, joined);
    apply(&room, "{\"type\":\"connect\",\"topology\":\"sfu\",\"pin\":\"sfu\",\"pin_by\":\"Ann\",\"reason\":\"pin\","
                 "\"epoch\":3,\"connect\":[\"router\"],"
                 "\"probe\":[\"p1\"]}");
    assert_string_equal(room.topology, "sfu");
    apply(
        &room,
        "{\"type\":\"connect\",\"topology\":\"mesh\",\"pin\":\"auto\",\"epoch\":2,\"connect\":[\"p1\"],\"probe\":[]}");
    assert_string_equal(room.topology, "sfu");
    assert_string_equal(room.pin_by, "Ann");
    assert_string_equal(room.reason, "pin");
    assert_true(client_room_should_connect(&room, "router"));
    assert_false(client_room_should_connect(&room, "p1"));
    assert_true(client_room_should_probe(&room, "p1"));
    assert_false(client_room_should_probe(&room, "p2"));
    client_room_fini(&room);
}

/* A name or a publication that is not valid costs only its own participant, not the others in the message. */
static void what_is_wrong_with_one_entry_costs_that_entry(void **state)
{
    (void)state;
#define PERSON(id, name, publications)                                                                                 \
    "{\"id\":\"" id "\",\"name\":\"" name "\",\"state\":\"active\",\"publications\":[" publications "]}"
#define CAMERA(id) "{\"id\":\"" id "/camera\",\"kind\":\"video\",\"source\":\"camera\",\"muted\":false}"
#define TEN "0123456789"
    static const char text[] =
        "{\"type\":\"joined\",\"participant\":\"p1\",\"room\":\"daily\",\"resume\":\"r-1\",\"resumed\":false,"
        "\"grace_ms\":90000,\"dedicated_slots\":9,\"audio_slots\":3,\"topology\":\"mesh\",\"pin\":\"auto\",\"epoch\":1,"
        "\"connect\":[\"nobody\",7,\"p2\",null],\"probe\":[\"\",\"router\"],\"ice_servers\":[1,\"x\"],"
        "\"ice_policy\":\"all\",\"participants\":[" PERSON("p2", TEN TEN TEN TEN TEN TEN "12345", "") "," PERSON(
            "p3", "a\\u001bb",
            "") ",5," PERSON("nobody", "x",
                             "") "," PERSON("p4", "Ann",
                                            "3," CAMERA(
                                                "p4") ",{}") "," PERSON("p5", "",
                                                                        "") "," PERSON("p6", "Bob",
                                                                                       CAMERA(
                                                                                           "p6")) "],\"host\":false,"
                                                                                                  "\"hand\":0,"
                                                                                                  "\"locked\":false,"
                                                                                                  "\"permissions\":{"
                                                                                                  "\"camera\":true,"
                                                                                                  "\"microphone\":true,"
                                                                                                  "\"screen\":true,"
                                                                                                  "\"screen-audio\":"
                                                                                                  "true,\"chat\":true,"
                                                                                                  "\"pin\":false},"
                                                                                                  "\"muted\":[{"
                                                                                                  "\"source\":\"nose\","
                                                                                                  "\"by\":\"p1\"}]}";
    struct client_room room;
    client_room_init(&room);
    apply(&room, text);
    assert_int_equal(room.participant_count, 2);
    assert_non_null(client_room_find_publication(&room, "p4/camera"));
    assert_non_null(client_room_find_publication(&room, "p6/camera"));
    assert_true(client_room_should_connect(&room, "p2"));
    assert_int_equal(room.connect_count, 1);
    assert_int_equal(room.probe_count, 1);
    apply(&room,
          "{\"type\":\"publications\",\"participant\":\"p6\",\"publications\":[null," CAMERA("p6") ",{\"id\":1}]}");
    assert_int_equal(client_room_participant(&room, "p6")->publication_count, 1);
    apply(&room, "{\"type\":\"connect\",\"topology\":\"sfu\",\"pin\":\"auto\",\"epoch\":2,\"connect\":[[],\"router\"],"
                 "\"probe\":[{}]}");
    assert_true(client_room_should_connect(&room, "router"));
    client_room_fini(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(why_a_recording_failed_is_known_until_the_next_place),
        cmocka_unit_test(joining_gives_the_whole_room),
        cmocka_unit_test(who_is_host_and_what_hosts_muted_is_known),
        cmocka_unit_test(so_many_publications_are_received),
        cmocka_unit_test(no_room_is_larger_than_rooms_can_be),
        cmocka_unit_test(people_come_change_and_go),
        cmocka_unit_test(an_overtaken_topology_is_ignored),
        cmocka_unit_test(what_is_wrong_with_one_entry_costs_that_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
