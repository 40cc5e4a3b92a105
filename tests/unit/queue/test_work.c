/* What servers and machines with programs tell each other: what is written is read again, and nothing else is. */
#include "signaling/queue/work.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"

#define COUNT(array) (sizeof array / sizeof((array)[0]))
#define JOB "\"job\":\"00000000000000ff\""
#define WORK JOB ",\"service\":\"mixer\",\"url\":\"http://h/\",\"room\":\"daily\",\"token\":\"t\""
#define NOTE JOB ",\"state\":\"taken\",\"status\":0,\"machine\":\"m:1\""

static void what_is_written_is_read(void **state)
{
    static const struct work work = {
        .job = UINT64_MAX, .kind = SERVICE_RECORDER, .url = "https://sfu.example/", .room = "daily", .token = "a.b.c"};
    static const struct work_note note = {.job = 1, .state = WORK_ENDED, .status = 137, .machine = "host:12"};
    char text[WORK_TEXT_MAX];
    struct work read_work;
    struct work_note read_note;
    uint64_t job;
    (void)state;
    int length = work_write(&work, text, sizeof text);
    assert_true(length > 0);
    assert_int_equal(work_read(&read_work, text, (size_t)length), 0);
    assert_true(read_work.job == work.job && read_work.kind == work.kind);
    assert_string_equal(read_work.url, work.url);
    assert_string_equal(read_work.room, work.room);
    assert_string_equal(read_work.token, work.token);
    length = work_note_write(&note, text, sizeof text);
    assert_int_equal(work_note_read(&read_note, text, (size_t)length), 0);
    assert_true(read_note.job == 1 && read_note.state == WORK_ENDED && read_note.status == 137);
    assert_string_equal(read_note.machine, "host:12");
    length = work_end_write(0xabcdef, text, sizeof text);
    assert_int_equal(work_end_read(&job, text, (size_t)length), 0);
    assert_true(job == 0xabcdef);
}

static void the_longest_of_each_fits(void **state)
{
    struct work work = {.job = UINT64_MAX, .kind = SERVICE_RECORDER}, read_work;
    char text[WORK_TEXT_MAX];
    (void)state;
    memset(work.url, 'u', sizeof work.url - 1);
    memcpy(work.url, "http://", 7);
    memset(work.room, 'r', sizeof work.room - 1);
    memset(work.token, 't', sizeof work.token - 1);
    int length = work_write(&work, text, sizeof text);
    assert_true(length > 0);
    assert_int_equal(work_read(&read_work, text, (size_t)length), 0);
    assert_string_equal(read_work.token, work.token);
    assert_int_equal(work_write(&work, text, 100), ERR_NO_SPACE);
}

static void what_is_not_as_it_is_to_be_is_refused(void **state)
{
    static const struct {
        const char *what, *text;
    } rows[] = {
        {"nothing", ""},
        {"no JSON", "{"},
        {"no object", "[1]"},
        {"a part of it", "{" JOB "}"},
        {"a short job", "{\"job\":\"ff\",\"service\":\"mixer\",\"url\":\"http://h/\",\"room\":\"r\",\"token\":\"t\"}"},
        {"a job that is no number",
         "{\"job\":\"0x000000000000f-\",\"service\":\"mixer\",\"url\":\"http://h/\",\"room\":\"r\",\"token\":\"t\"}"},
        {"another service", "{" JOB ",\"service\":\"miner\",\"url\":\"http://h/\",\"room\":\"r\",\"token\":\"t\"}"},
        {"an option as address", "{" JOB ",\"service\":\"mixer\",\"url\":\"--folder\",\"room\":\"r\",\"token\":\"t\"}"},
        {"a file as address", "{" JOB ",\"service\":\"mixer\",\"url\":\"file:///etc\",\"room\":\"r\",\"token\":\"t\"}"},
        {"no room's name", "{" JOB ",\"service\":\"mixer\",\"url\":\"http://h/\",\"room\":\"../r\",\"token\":\"t\"}"},
        {"an option as room", "{" JOB ",\"service\":\"mixer\",\"url\":\"http://h/\",\"room\":\"\",\"token\":\"t\"}"},
        {"a line end in the token",
         "{" JOB ",\"service\":\"mixer\",\"url\":\"http://h/\",\"room\":\"r\",\"token\":\"t\\nLD_PRELOAD=x\"}"},
        {"another state", "{" JOB ",\"state\":\"gone\",\"status\":0,\"machine\":\"m\"}"},
        {"a status that no program has", "{" JOB ",\"state\":\"ended\",\"status\":256,\"machine\":\"m\"}"},
        {"no machine", "{" JOB ",\"state\":\"taken\",\"status\":0,\"machine\":\"\"}"},
    };
    struct work work;
    struct work_note note;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (work_read(&work, rows[i].text, strlen(rows[i].text)) == 0 ||
            work_note_read(&note, rows[i].text, strlen(rows[i].text)) == 0)
            fail_msg("%s was taken", rows[i].what);
    }
    assert_int_equal(work_read(&work, "{" WORK "}", sizeof "{" WORK "}" - 1), 0);
    assert_int_equal(work_note_read(&note, "{" NOTE "}", sizeof "{" NOTE "}" - 1), 0);
}

/* Names are counted in characters, places for them in bytes. */
static void what_does_not_fit_in_bytes_is_refused(void **state)
{
    char text[WORK_TEXT_MAX];
    struct work_note note;
    (void)state;
    int length = snprintf(text, sizeof text, "{" JOB ",\"state\":\"taken\",\"status\":0,\"machine\":\"");
    for (int i = 0; i < 79; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, "직");
    length += snprintf(text + length, sizeof text - (size_t)length, "\"}");
    assert_int_equal(work_note_read(&note, text, (size_t)length), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_longest_of_each_fits),
        cmocka_unit_test(what_is_not_as_it_is_to_be_is_refused),
        cmocka_unit_test(what_does_not_fit_in_bytes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
