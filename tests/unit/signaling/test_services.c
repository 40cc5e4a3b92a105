/* When a room gets a mixer of this machine, what that is told, and what becomes of it. The program is a script. */
#include "signaling/services/services.h"

#include <sys/stat.h>
#include <unistd.h>

#include "signaling/room/room_recording.h"
#include "signaling/room/room_removal.h"
#include "signaling/room/room_table.h"
#include "signaling/services/program.h"
#include "signaling/services/respawn.h"
#include "tests/unit/signaling/room_fixture.h"
#include "transport/net/clock.h"

#define URL "https://127.0.0.1:8443/"

static char folder[] = "/tmp/heddle-services-XXXXXX";
static struct config config;
static uv_loop_t loop;
static struct services *services;
static unsigned joins; /* so far, each with a session of its own */

static void path_of(char out[128], const char *name)
{
    snprintf(out, 128, "%s/%s", folder, name);
}

/* What a program does: its last line. It notes first how it was called. */
static void write_named(const char *name, const char *last)
{
    char path[128];
    path_of(path, name);
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\nprintf '%%s ' \"$@\" >>%s/arguments\nprintf %%s \"$HEDDLE_TOKEN\" >%s/token\n%s\n",
            folder, folder, last);
    assert_int_equal(fchmod(fileno(file), 0700), 0);
    fclose(file);
}

static void write_program(const char *last)
{
    write_named("heddle-mix", last);
}

static void read_note(char *out, size_t capacity, const char *name)
{
    char path[128];
    path_of(path, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, capacity - 1, file)] = '\0';
    fclose(file);
}

static void begin(size_t mixers_max, bool has_folder)
{
    char path[128];
    path_of(path, "arguments");
    (void)unlink(path);
    start(0);
    joins = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    config.mixers_max = mixers_max;
    services = services_new(&loop, &config, has_folder ? folder : NULL, URL, rooms);
}

static void end_all(void)
{
    services_stop(services);
    uv_run(&loop, UV_RUN_DEFAULT);
    services_free(services);
    assert_int_equal(uv_loop_close(&loop), 0);
    finish();
}

static bool runs(void)
{
    return uv_loop_alive(&loop) != 0;
}

static struct room *open_room(const char *name, unsigned people, enum topology_pin pin)
{
    struct room_participant *first = join_with_media(name, joins++, 0);
    for (unsigned i = 1; i < people; i++)
        (void)join_with_media(name, joins++, 0);
    room_pin(first->room, pin, "", 0);
    return first->room;
}

static struct room_participant *join_mixer(unsigned session)
{
    struct join join = {.kind = ROOM_PARTICIPANT_SERVICE,
                        .room = "daily",
                        .name = "Mixer",
                        .may = permissions_of_service(SERVICE_MIXER)};
    struct refusal refusal = {.code = NULL};
    return rooms_join(rooms, &join, &(struct reach){&kind, &sessions[session]}, 0, &refusal);
}

static void one_is_started_for_people_who_ask_for_a_mix(void **state)
{
    static const struct {
        const char *what;
        enum topology_pin pin;
        unsigned people;
        size_t mixers_max;
        bool has_other, has_no_folder, is_started, has_sockets_only;
    } rows[] = {
        {"two who want it", PIN_MCU, 2, 1, false, false, true, false},
        {"one alone", PIN_MCU, 1, 1, false, false, false, false},
        {"no pin", PIN_AUTO, 2, 1, false, false, false, false},
        {"another pin", PIN_SFU, 2, 1, false, false, false, false},
        {"a mixer from elsewhere", PIN_MCU, 2, 1, true, false, false, false},
        {"no place for a program", PIN_MCU, 2, 0, false, false, false, false},
        {"no programs", PIN_MCU, 2, 1, false, true, false, false},
        {"sockets without media", PIN_MCU, 2, 1, false, false, false, true},
    };
    (void)state;
    write_program("exec sleep 60");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(rows[i].mixers_max, !rows[i].has_no_folder);
        struct room *room = open_room("daily", rows[i].people, rows[i].pin);
        room->participants->has_had_media = !rows[i].has_sockets_only;
        if (rows[i].has_other)
            assert_non_null(join_mixer(7));
        services_timeout(services, clock_now());
        if (runs() != rows[i].is_started)
            fail_msg("%s: a mixer was%s started", rows[i].what, runs() ? "" : " not");
        end_all();
    }
}

static void it_is_told_where_to_go_and_its_token_is_no_argument(void **state)
{
    char arguments[256], text[1024];
    struct token token;
    (void)state;
    write_program("exit 0");
    begin(1, true);
    config.core_dumps = true; /* which it is told, too */
    assert_int_equal(setenv("HEDDLE_TOKEN", "of-who-started-the-server", 1), 0);
    (void)open_room("daily", 2, PIN_MCU);
    services_timeout(services, clock_now());
    uv_run(&loop, UV_RUN_DEFAULT);
    (void)unsetenv("HEDDLE_TOKEN");
    read_note(arguments, sizeof arguments, "arguments");
    config.core_dumps = false;
    assert_string_equal(arguments, URL " --room daily --insecure --core-dumps ");
    read_note(text, sizeof text, "token");
    int64_t wall_s = clock_wall_us() / S;
    assert_true(services_know(services, &token, text, wall_s));
    assert_string_equal(token.room, "daily");
    assert_false(services_know(services, &token, text, wall_s + 3600)); /* it was to join at once */
    struct services *others = services_new(&loop, &config, folder, URL, rooms);
    assert_false(services_know(others, &token, text, wall_s));
    services_free(others);
    end_all();
}

static void one_that_ends_is_started_again_later_and_later(void **state)
{
    (void)state;
    write_program("exit 3");
    begin(1, true);
    (void)open_room("daily", 2, PIN_MCU);
    usec_t delay = 0;
    for (unsigned i = 0; i < 4; i++, delay = delay == 0 ? RESPAWN_FIRST : 2 * delay) {
        usec_t begun = clock_now();
        services_timeout(services, begun + delay);
        assert_true(runs());
        uv_run(&loop, UV_RUN_DEFAULT); /* until it has ended, which is later than it began */
        services_timeout(services, begun + (delay == 0 ? RESPAWN_FIRST : 2 * delay) - 1);
        assert_false(runs());
    }
    end_all();
}

/* With a mixer that runs until it is ended. */
static struct room *open_mixed_room(usec_t now)
{
    write_program("exec sleep 60");
    begin(1, true);
    struct room *room = open_room("daily", 2, PIN_MCU);
    services_timeout(services, now);
    return room;
}

static void one_that_nobody_needs_is_ended_after_a_while(void **state)
{
    (void)state;
    usec_t now = clock_now();
    struct room *room = open_mixed_room(now);
    room_pin(room, PIN_SFU, "", now);
    services_timeout(services, now + 30 * S - 1);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_true(runs());
    services_timeout(services, now + 30 * S);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends when the program has ended */
    services_timeout(services, now + 31 * S);
    room_pin(room, PIN_MCU, "", now); /* what was forgotten does not wait to be started again */
    services_timeout(services, now + 32 * S);
    assert_true(runs());
    end_all();
}

static void a_room_that_is_gone_keeps_none(void **state)
{
    (void)state;
    usec_t now = clock_now();
    struct room *room = open_mixed_room(now);
    room_end(room, room->participants, now);
    services_timeout(services, now + 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    end_all();
}

static void so_many_run_at_once(void **state)
{
    char arguments[256];
    (void)state;
    write_program("exit 0");
    begin(1, true);
    (void)open_room("daily", 2, PIN_MCU);
    (void)open_room("weekly", 2, PIN_MCU);
    services_timeout(services, clock_now());
    uv_run(&loop, UV_RUN_DEFAULT);
    read_note(arguments, sizeof arguments, "arguments");
    assert_int_equal(strlen(arguments),
                     strlen(URL " --room daily --insecure ") + (strstr(arguments, "weekly") != NULL));
    end_all();
}

/* Rooms of one address; returns how many got a mixer. */
static size_t ask_for_mixers(unsigned first, unsigned count, uint64_t address, usec_t now)
{
    uint64_t refused = rooms->counters.mixers_refused;
    rooms->config.room_max = 100;
    for (unsigned i = first; i < first + count; i++) {
        char name[16];
        joins = 0;
        snprintf(name, sizeof name, "room%u", i);
        struct room *room = open_room(name, 2, PIN_MCU);
        room->address = address;
        services_timeout(services, now);
        bool is_refused = rooms->counters.mixers_refused > refused;
        assert_int_equal(room->topology.reason, is_refused ? TOPOLOGY_REASON_MIXERS_BUSY : TOPOLOGY_REASON_NO_MIXER);
        if (is_refused)
            return i - first;
    }
    return count;
}

static void the_last_quarter_is_not_for_who_has_more_than_half(void **state)
{
    (void)state;
    write_program("exec sleep 60");
    begin(4, true);
    usec_t now = clock_now();
    assert_int_equal(ask_for_mixers(0, 4, 1, now), 3);
    services_timeout(services, now); /* counted once */
    assert_int_equal(rooms->counters.mixers_refused, 1);
    assert_int_equal(ask_for_mixers(4, 2, 2, now), 1);
    end_all();
}

static void an_address_starts_so_many_and_then_one_in_a_while(void **state)
{
    (void)state;
    write_program("exec sleep 60");
    begin(40, true);
    usec_t now = clock_now();
    assert_int_equal(ask_for_mixers(0, 10, 1, now), 6);
    assert_int_equal(ask_for_mixers(10, 6, 2, now), 6);
    services_timeout(services, now + 10 * S);
    struct room *late = rooms_find(rooms, "room6");
    assert_int_equal(late->topology.reason, TOPOLOGY_REASON_NO_MIXER);
    end_all();
}

static void a_program_that_does_not_start_costs_the_call_nothing(void **state)
{
    char path[128];
    (void)state;
    path_of(path, "heddle-mix");
    assert_int_equal(unlink(path), 0);
    begin(1, true);
    struct room *room = open_room("daily", 2, PIN_MCU);
    services_timeout(services, clock_now());
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(room_shown_count(room), 2);
    end_all();
}

static void a_mixer_without_people_is_sent_away(void **state)
{
    (void)state;
    begin(0, true);
    struct room *room = open_room("daily", 1, PIN_MCU);
    struct room_participant *person = room->participants;
    assert_non_null(join_mixer(7));
    room_participant_leave(person, "left", 0);
    services_timeout(services, clock_now());
    assert_true(sessions[7].ended);
    assert_null(rooms_find(rooms, "daily"));
    end_all();
}

static void a_mixer_that_outlives_what_stood_for_it_is_sent_away_when_nobody_needs_it(void **state)
{
    (void)state;
    begin(1, true);
    usec_t now = clock_now();
    struct room *room = open_room("daily", 2, PIN_MCU);
    assert_non_null(join_mixer(7));
    services_timeout(services, now);
    room_pin(room, PIN_SFU, "", now);
    services_timeout(services, now);
    services_timeout(services, now + 29 * S);
    assert_false(sessions[7].ended);
    room_pin(room, PIN_MCU, "", now + 29 * S); /* needed again: time begins anew */
    services_timeout(services, now + 29 * S);
    room_pin(room, PIN_SFU, "", now + 30 * S);
    services_timeout(services, now + 31 * S);
    services_timeout(services, now + 60 * S);
    assert_false(sessions[7].ended);
    services_timeout(services, now + 61 * S);
    assert_true(sessions[7].ended);
    end_all();
}

static void one_whose_machine_is_lost_is_not_waited_for(void **state)
{
    (void)state;
    write_program("exit 3"); /* PROGRAM_IS_LOST */
    begin(1, true);
    (void)open_room("daily", 2, PIN_MCU);
    usec_t now = clock_now();
    services_timeout(services, now);
    assert_non_null(join_mixer(7));
    uv_run(&loop, UV_RUN_DEFAULT);
    services_timeout(services, clock_now());
    assert_true(sessions[7].ended);
    end_all();
}

/* A room that is to be recorded, with a program that does `last`. */
static struct room *open_recorded_room(const char *last, size_t recorders_max, usec_t now)
{
    write_named("heddle-record", last);
    begin(1, true);
    config.recorders_max = recorders_max;
    config.outputs.recordings = "/recordings";
    config.outputs.mp4 = true;
    config.outputs.encoder = "vaapi";
    rooms->config.can_record = true;
    struct room *room = open_room("daily", 1, PIN_AUTO);
    struct refusal refusal;
    assert_true(room_record(room, true, now, &refusal));
    services_timeout(services, now);
    return room;
}

static void a_recorder_is_started_where_it_is_asked_for(void **state)
{
    char arguments[256], text[1024];
    struct token token;
    (void)state;
    (void)open_recorded_room("exit 0", 1, clock_now());
    uv_run(&loop, UV_RUN_DEFAULT);
    read_note(arguments, sizeof arguments, "arguments");
    assert_string_equal(arguments, URL " --room daily --insecure --folder /recordings --mp4 --encoder vaapi ");
    read_note(text, sizeof text, "token");
    assert_true(services_know(services, &token, text, clock_wall_us() / S));
    assert_int_equal(token.may.service, SERVICE_RECORDER);
    end_all();
}

static void another_machine_is_asked_by_a_queue(void **state)
{
    char arguments[256];
    (void)state;
    write_named("heddle-service", "exit 0");
    begin(1, true);
    config.queue = "nats://queue:4222";
    (void)open_room("daily", 2, PIN_MCU);
    services_timeout(services, clock_now());
    uv_run(&loop, UV_RUN_DEFAULT);
    read_note(arguments, sizeof arguments, "arguments");
    assert_string_equal(arguments, "nats://queue:4222 --ask mixer --url " URL " --room daily ");
    config.queue = NULL;
    end_all();
}

/* As one does whose disk hangs. */
static void a_recorder_that_does_not_end_holds_no_server_up(void **state)
{
    char last[256], ready[128];
    (void)state;
    path_of(ready, "ready");
    snprintf(last, sizeof last, "trap '' TERM\n: >%s\nexec sleep 60", ready);
    (void)open_recorded_room(last, 1, clock_now());
    while (access(ready, F_OK) != 0)
        uv_run(&loop, UV_RUN_NOWAIT);
    uv_update_time(&loop); /* a timer counts from the loop's time */
    usec_t told = clock_now();
    services_stop(services);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_in_range(clock_now() - told, PROGRAM_PATIENCE_MS * 1000, (PROGRAM_PATIENCE_MS + 5000) * 1000);
    end_all();
}

static void a_recorder_that_dies_is_started_again(void **state)
{
    (void)state;
    usec_t now = clock_now();
    struct room *room = open_recorded_room("exit 3", 1, now);
    uv_run(&loop, UV_RUN_DEFAULT);
    services_timeout(services, clock_now() + RESPAWN_FIRST);
    assert_true(runs());
    uv_run(&loop, UV_RUN_DEFAULT);
    services_timeout(services, now + 30 * S); /* none has ever come */
    assert_int_equal(room->recording.state, RECORDING_FAILED);
    assert_string_equal(room->recording.reason, "no-recorder");
    uv_run(&loop, UV_RUN_DEFAULT);
    services_timeout(services, now + 90 * S);
    assert_false(runs()); /* before it is asked for anew */
    end_all();
}

static void a_recorder_that_nobody_wants_is_ended_at_once(void **state)
{
    (void)state;
    usec_t now = clock_now();
    struct refusal refusal;
    struct room *room = open_recorded_room("exec sleep 60", 1, now);
    assert_true(runs());
    assert_true(room_record(room, false, now, &refusal));
    services_timeout(services, now + 1);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends when the program has ended */
    end_all();
}

static void a_recording_that_begins_anew_has_another_recorder(void **state)
{
    (void)state;
    usec_t now = clock_now();
    struct refusal refusal;
    struct room *room = open_recorded_room("exec sleep 60", 1, now);
    struct join join = {.kind = ROOM_PARTICIPANT_SERVICE,
                        .room = "daily",
                        .name = "Recorder",
                        .may = permissions_of_service(SERVICE_RECORDER)};
    assert_non_null(rooms_join(rooms, &join, &(struct reach){&kind, &sessions[7]}, now, &refusal));
    room_recording_runs(room, "", now);
    assert_true(room_record(room, false, now, &refusal) && room_record(room, true, now, &refusal));
    room_recording_runs(room, "", now); /* that it says of the one before */
    assert_int_equal(room->recording.state, RECORDING_STARTING);
    services_timeout(services, now + 1);
    assert_true(sessions[7].ended);
    assert_null(room->recorder);
    assert_int_equal(room->recording.state, RECORDING_STARTING);
    end_all();
}

/* Rooms of sockets alone take no recorder from others; the recording begins with media, however late. */
static void a_recorder_waits_for_media(void **state)
{
    (void)state;
    usec_t now = clock_now();
    struct room *room = open_recorded_room("exec sleep 60", 1, now);
    room->participants->has_had_media = false; /* it is gone, and somebody else is there who had none */
    services_timeout(services, now + 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    services_timeout(services, now + 100 * S);
    assert_false(runs());
    assert_int_equal(room->recording.state, RECORDING_STARTING);
    assert_int_equal(rooms->counters.recorders_refused, 0);
    room->participants->has_had_media = true;
    services_timeout(services, now + 100 * S);
    assert_true(runs());
    assert_int_equal(room->recording.state, RECORDING_STARTING);
    end_all();
}

static void so_many_recorders_run_at_once(void **state)
{
    (void)state;
    struct room *room = open_recorded_room("exec sleep 60", 0, clock_now());
    assert_false(runs());
    assert_int_equal(room->recording.state, RECORDING_FAILED);
    assert_string_equal(room->recording.reason, "busy");
    assert_int_equal(rooms->counters.recorders_refused, 1);
    end_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_started_for_people_who_ask_for_a_mix),
        cmocka_unit_test(it_is_told_where_to_go_and_its_token_is_no_argument),
        cmocka_unit_test(one_that_ends_is_started_again_later_and_later),
        cmocka_unit_test(one_that_nobody_needs_is_ended_after_a_while),
        cmocka_unit_test(a_room_that_is_gone_keeps_none),
        cmocka_unit_test(so_many_run_at_once),
        cmocka_unit_test(the_last_quarter_is_not_for_who_has_more_than_half),
        cmocka_unit_test(an_address_starts_so_many_and_then_one_in_a_while),
        cmocka_unit_test(a_program_that_does_not_start_costs_the_call_nothing),
        cmocka_unit_test(a_mixer_without_people_is_sent_away),
        cmocka_unit_test(a_mixer_that_outlives_what_stood_for_it_is_sent_away_when_nobody_needs_it),
        cmocka_unit_test(one_whose_machine_is_lost_is_not_waited_for),
        cmocka_unit_test(a_recorder_is_started_where_it_is_asked_for),
        cmocka_unit_test(another_machine_is_asked_by_a_queue),
        cmocka_unit_test(a_recorder_that_does_not_end_holds_no_server_up),
        cmocka_unit_test(a_recorder_that_dies_is_started_again),
        cmocka_unit_test(a_recorder_that_nobody_wants_is_ended_at_once),
        cmocka_unit_test(a_recording_that_begins_anew_has_another_recorder),
        cmocka_unit_test(a_recorder_waits_for_media),
        cmocka_unit_test(so_many_recorders_run_at_once),
    };
    assert_non_null(mkdtemp(folder));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    static const char *const left[] = {"heddle-mix", "heddle-record", "heddle-service", "arguments", "token", "ready"};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        char path[128];
        path_of(path, left[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    return failed;
}
