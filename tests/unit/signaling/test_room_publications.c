/* What participants publish, and when the room hears of it. */
#include "tests/unit/signaling/room_fixture.h"

static json_t *sends_of(const char *sources, bool muted)
{
    json_t *list = json_array();
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (strchr(sources, '0' + i) != NULL)
            json_array_append_new(
                list, json_pack("{s:s,s:s,s:b}", "mid", "0", "source", message_source_name(i), "muted", muted));
    return list;
}

static void set_sends(struct room_participant *participant, const struct room_participant *target, const char *sources,
                      bool muted)
{
    unsigned bits = 0;
    for (const char *at = sources; *at != '\0'; at++)
        bits |= 1u << (*at - '0');
    room_participant_set_sources(participant, target, bits, muted ? bits : 0, 0);
}

static void publications_are_what_is_sent_to_anybody(void **state)
{
    (void)state;
    start(4);
    struct room_participant *first = join("daily", 0, 0);
    struct room_participant *second = join("daily", 1, 0);
    struct room_participant *third = join("daily", 2, 0);
    for (int i = 0; i < 2; i++)
        json_array_clear(sessions[1].inbox);
    set_sends(first, second, "01", false); /* camera and microphone */
    json_t *message = next(1, "publications");
    assert_int_equal(json_array_size(json_object_get(message, "publications")), 2);
    json_decref(message);
    set_sends(first, third, "1", false); /* an answer to an audio-only offer takes nothing back */
    nothing_more(1);
    room_participant_mute(first, 0, true, 0);
    expect(
        1,
        "{\"type\":\"publications\",\"participant\":\"p1\",\"publications\":[{\"id\":\"p1/camera\",\"kind\":\"video\","
        "\"source\":\"camera\",\"muted\":true},{\"id\":\"p1/microphone\",\"kind\":\"audio\",\"source\":\"microphone\","
        "\"muted\":false}]}");
    room_participant_mute(first, 2, true, 0); /* not published: nothing to say */
    nothing_more(1);
    set_sends(first, second, "1", false);
    message = next(1, "publications");
    assert_int_equal(json_array_size(json_object_get(message, "publications")), 1);
    json_decref(message);
    finish();
}

static void offer(struct room_participant *participant, const struct room_participant *target, const char *sources,
                  bool muted)
{
    json_t *sends = sends_of(sources, muted);
    room_participant_offer_sends(participant, target, sends, 0);
    json_decref(sends);
}

static void answer(struct room_participant *participant, struct room_participant *target, const char *sources)
{
    json_t *sends = sends_of(sources, false);
    room_participant_answer_sends(participant, target, sends, 0);
    json_decref(sends);
}

/* Anybody can offer to everybody: that alone must not make a whole room negotiate. */
static void what_is_offered_is_published_when_it_is_answered(void **state)
{
    (void)state;
    start(4);
    struct room_participant *first = join("daily", 0, 0), *second = join("daily", 1, 0), *third = join("daily", 2, 0);
    for (int i = 0; i < 3; i++)
        json_array_clear(sessions[i].inbox);
    offer(first, second, "01", true);
    answer(third, first, "01"); /* to nothing: it was not asked */
    nothing_more(1);
    nothing_more(2);
    room_participant_mute(first, 1, false, 0); /* before the answer */
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
    struct room_participant *first = join("daily", 0, 0), *second = join("daily", 1, 0);
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

/* In a room of the router two who agree on something would make all others negotiate. */
static void two_who_answer_each_other_publish_nothing_in_a_room_of_the_router(void **state)
{
    struct room_participant *participants[2];
    (void)state;
    start(4);
    make_mesh(participants);
    offer(participants[0], participants[1], "0", false);
    answer(participants[1], participants[0], "1");
    room_participant_pin(participants[0], PIN_SFU, 20 * S, NULL);
    for (int i = 0; i < 2; i++)
        json_array_clear(sessions[i].inbox);
    offer(participants[0], participants[1], "012", false);
    answer(participants[1], participants[0], "0123");
    nothing_more(0);
    nothing_more(1);
    offer(participants[1], participants[0], "", false); /* what was sent in the Mesh ends */
    answer(participants[0], participants[1], "");
    assert_int_equal(participants[0]->published, 0);
    assert_int_equal(participants[1]->published, 0);
    offer(participants[1], participants[0], "01", false); /* and does not begin again */
    answer(participants[0], participants[1], "01");
    assert_int_equal(participants[0]->published | participants[1]->published, 0);
    finish();
}

/* While a room changes its topology, connections of the former one count until something is sent by a new one: one that
 * is only tried sends nothing. */
static void a_change_of_topology_takes_no_publication_away(void **state)
{
    struct room_participant *participants[2];
    (void)state;
    start(4);
    make_mesh(participants);
    set_sends(participants[0], participants[1], "01", false);
    pass(1, "publications");
    room_participant_pin(participants[0], PIN_SFU, 20 * S, NULL);
    set_sends(participants[0], NULL, "", false); /* its first offer to the router, before it has a camera on it */
    assert_int_equal(participants[0]->published, 3);
    set_sends(participants[0], NULL, "012", false);
    assert_int_equal(participants[0]->published, 7);
    set_sends(participants[0], participants[1], "", false); /* kept beside the router's */
    assert_int_equal(participants[0]->published, 7);
    set_sends(participants[0], participants[1], "01", false); /* or closed, and nobody told */
    rooms_timeout(rooms, 20 * S + ROOM_FORMER_TOPOLOGY_MAX);
    set_sends(participants[0], NULL, "", false);
    assert_int_equal(participants[0]->published, 0);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publications_are_what_is_sent_to_anybody),
        cmocka_unit_test(what_is_offered_is_published_when_it_is_answered),
        cmocka_unit_test(each_of_two_offers_has_its_answer),
        cmocka_unit_test(two_who_answer_each_other_publish_nothing_in_a_room_of_the_router),
        cmocka_unit_test(a_change_of_topology_takes_no_publication_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
