/* Whether a room is recorded: who may ask for it, what everybody is told, and what becomes of a recorder. */
#include "signaling/room/room_json.h"
#include "signaling/room/room_recording.h"
#include "signaling/room/room_removal.h"
#include "tests/unit/signaling/room_fixture.h"

#define RECORDING(state) "{\"type\":\"recording\",\"state\":\"" state "\"}"
#define BECAUSE(state, reason) "{\"type\":\"recording\",\"state\":\"" state "\",\"reason\":\"" reason "\"}"

static struct room_participant *host, *guest;

static void start_room(bool can_record)
{
    start(0);
    rooms->config.can_record = can_record;
    joins_with.host = true;
    host = join_with_media("daily", 0, 0);
    joins_with.host = false;
    guest = join_with_media("daily", 1, 0);
    for (unsigned i = 0; i < 2; i++)
        json_array_clear(sessions[i].inbox);
}

static struct room_participant *join_recorder(unsigned session, const char **code)
{
    struct join join = {.kind = ROOM_PARTICIPANT_SERVICE,
                        .room = "daily",
                        .name = "Recorder",
                        .may = permissions_of_service(SERVICE_RECORDER)};
    struct refusal refusal = {.code = NULL};
    struct room_participant *joined = rooms_join(rooms, &join, &(struct reach){&kind, &sessions[session]}, 0, &refusal);
    if (code != NULL)
        *code = refusal.code;
    return joined;
}

static const char *ask(struct room_participant *participant, bool enabled)
{
    static struct refusal refusal;
    refusal = (struct refusal){.code = NULL};
    return room_participant_record(participant, enabled, 0, &refusal) ? NULL : refusal.code;
}

static void expect_both(const char *text)
{
    expect(0, text);
    expect(1, text);
}

static void expect_preview(const struct room *room, const char *state)
{
    json_t *preview = room_preview_json(room, "daily", false);
    assert_string_equal(json_string_value(json_object_get(preview, "recording")), state);
    json_decref(preview);
}

static void hosts_and_who_has_the_right_may_ask_for_it(void **state)
{
    (void)state;
    start_room(true);
    assert_string_equal(ask(guest, true), "not-allowed");
    assert_null(ask(host, true));
    assert_null(ask(host, true)); /* nothing changes */
    guest->may.record = true;
    assert_null(ask(guest, false));
    expect_both(RECORDING("starting"));
    expect_both(RECORDING("off"));
    nothing_more(0);
    finish();
}

static void a_server_that_makes_none_says_so(void **state)
{
    (void)state;
    start_room(false);
    assert_string_equal(ask(host, true), "not-available");
    nothing_more(1);
    finish();
}

/* Everybody is told of each change, so they are few, whoever asks for them. */
static void changes_have_a_rate(void **state)
{
    struct refusal refusal = {.code = NULL};
    unsigned changes = 0;
    (void)state;
    start_room(true);
    while (changes < 100 && room_record(host->room, changes % 2 == 0, 0, &refusal))
        changes++;
    assert_int_equal(changes, 20);
    assert_string_equal(refusal.code, "too-often");
    assert_true(room_record(host->room, false, 0, &refusal)); /* as it is */
    assert_true(room_record(host->room, true, 2 * USEC_PER_SEC, &refusal));
    finish();
}

static void everybody_is_told_how_it_goes(void **state)
{
    (void)state;
    start_room(true);
    assert_null(ask(host, true));
    struct room_participant *recorder = join_recorder(2, NULL);
    assert_non_null(recorder);
    room_recording_runs(host->room, "", 0);
    expect_both(RECORDING("starting"));
    expect_both(RECORDING("on"));
    room_recording_runs(host->room, "push-failed", 0);
    room_recording_runs(host->room, "push-failed", 0);
    expect_both(BECAUSE("on", "push-failed"));
    room_recording_runs(host->room, "", 0);
    expect_both(RECORDING("on"));
    expect_preview(host->room, "on"); /* who may join knows before */
    expect_preview(NULL, "off");
    (void)join("daily", 3, 0);
    json_t *joined = next(3, "joined");
    assert_string_equal(json_string_value(json_object_get(joined, "recording")), "on");
    assert_int_equal(json_array_size(json_object_get(joined, "participants")), 2); /* without the recorder */
    json_decref(joined);
    pass(0, "participant-joined");
    pass(1, "participant-joined");
    room_participant_leave(recorder, "timeout", 0); /* killed: another one is to come */
    expect_both(BECAUSE("starting", "interrupted"));
    assert_true(room_wants_recorder(host->room));
    assert_non_null(join_recorder(4, NULL));
    room_recording_runs(host->room, "", 0);
    expect_both(RECORDING("on"));
    room_recording_failed(host->room, "disk-full", 0);
    expect_both(BECAUSE("failed", "disk-full"));
    assert_false(room_wants_recorder(host->room));
    room_dismiss(host->room->recorder, 0);
    nothing_more(0); /* that was told */
    finish();
}

static void a_recorder_comes_when_it_is_asked_for(void **state)
{
    const char *code;
    (void)state;
    start_room(true);
    assert_null(join_recorder(2, &code));
    assert_string_equal(code, "room-full");
    assert_null(ask(host, true));
    assert_non_null(join_recorder(3, NULL));
    assert_null(join_recorder(4, &code)); /* there is one */
    assert_int_equal(room_shown_count(host->room), 2);
    assert_int_equal(host->room->topology.topology, TOPOLOGY_SFU);
    room_recording_runs(host->room, "", 0);
    assert_null(ask(host, false));
    room_recording_runs(host->room, "", 0); /* too late: nobody wants it */
    assert_int_equal(host->room->recording.state, RECORDING_OFF);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_and_who_has_the_right_may_ask_for_it),
        cmocka_unit_test(a_server_that_makes_none_says_so),
        cmocka_unit_test(changes_have_a_rate),
        cmocka_unit_test(everybody_is_told_how_it_goes),
        cmocka_unit_test(a_recorder_comes_when_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
