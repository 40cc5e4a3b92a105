/* Why a recorder says that it ended. The functions of heddle_client.h below take the place of the real ones. */
#include "client/recorder/room_recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct heddle_client_listener hears;
static unsigned leaves;
static char reported[64], folder[64];
static uv_loop_t loop;
static struct room_recorder *recorder;

int heddle_client_new(struct heddle_client **out, uv_loop_t *given, const struct heddle_client_config *config,
                      const struct heddle_client_listener *listener, const char **reason)
{
    (void)given, (void)config, (void)reason;
    *out = NULL;
    hears = *listener;
    return 0;
}

void heddle_client_join(struct heddle_client *client)
{
    (void)client;
}

void heddle_client_leave(struct heddle_client *client)
{
    (void)client;
    leaves++;
}

int heddle_client_free(struct heddle_client *client)
{
    (void)client;
    return 0;
}

void heddle_client_report_recording(struct heddle_client *client, const char *failure)
{
    (void)client;
    snprintf(reported, sizeof reported, "%s", failure != NULL ? failure : "");
}

void heddle_client_report_push(struct heddle_client *client, bool arrives)
{
    (void)client, (void)arrives;
}

static void tell(enum heddle_client_event_type type, const char *participant, const char *text)
{
    const struct heddle_client_event event = {.type = type, .participant = participant, .text = text};
    hears.event(hears.user, &event);
}

static bool take_sound(const char *participant)
{
    static const uint8_t packet[] = {0xfc, 0xff, 0xfe}; /* 20 ms */
    const struct heddle_client_frame frame = {.participant = participant,
                                              .name = participant,
                                              .source = "microphone",
                                              .codec = "opus",
                                              .clock_rate = 48000,
                                              .data = packet,
                                              .length = sizeof packet};
    return hears.frame(hears.user, &frame);
}

static int open_recorder(void **state)
{
    const struct room_recorder_config config = {.folder = folder};
    const char *reason;
    (void)state;
    leaves = 0;
    reported[0] = '\0';
    strcpy(folder, "/tmp/heddle-recorder-XXXXXX");
    if (mkdtemp(folder) == NULL || uv_loop_init(&loop) != 0 ||
        room_recorder_new(&recorder, &loop, &config, &reason) != 0)
        return -1;
    return 0;
}

static int start(void **state)
{
    if (open_recorder(state) != 0)
        return -1;
    tell(HEDDLE_CLIENT_JOINED, NULL, "daily");
    return take_sound("p1") ? 0 : -1;
}

static int close_recorder(void **state)
{
    char command[128];
    (void)state;
    room_recorder_free(recorder);
    uv_run(&loop, UV_RUN_DEFAULT);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return uv_loop_close(&loop) == 0 ? system(command) : -1;
}

static int stop(void **state)
{
    tell(HEDDLE_CLIENT_ENDED, "left", "left");
    return close_recorder(state);
}

static void who_is_not_wanted_says_so_and_has_not_failed(void **state)
{
    (void)state;
    tell(HEDDLE_CLIENT_ENDED, "room-full", "nobody has asked for a recording");
    assert_null(room_recorder_failure(recorder));
    assert_string_equal(room_recorder_notice(recorder), "nothing is recorded: nobody has asked for a recording");
}

static void lost_signaling_is_a_reason(void **state)
{
    (void)state;
    tell(HEDDLE_CLIENT_SIGNALING, NULL, "reconnecting");
    assert_string_equal(room_recorder_failure(recorder), "signaling was lost: reconnecting");
    assert_null(room_recorder_notice(recorder));
    assert_int_equal(leaves, 1);
}

static void a_file_that_could_not_be_written_is_the_reason_before_lost_signaling(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'/*", folder);
    assert_int_equal(system(command), 0);
    assert_true(take_sound("p2")); /* gets no file */
    tell(HEDDLE_CLIENT_SIGNALING, NULL, "reconnecting");
    assert_memory_equal(room_recorder_failure(recorder), "cannot write to", strlen("cannot write to"));
    assert_string_equal(reported, "cannot-write");
    assert_int_equal(leaves, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_not_wanted_says_so_and_has_not_failed, open_recorder, close_recorder),
        cmocka_unit_test_setup_teardown(lost_signaling_is_a_reason, start, stop),
        cmocka_unit_test_setup_teardown(a_file_that_could_not_be_written_is_the_reason_before_lost_signaling, start,
                                        stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
