/* What heddle-client says of events, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/event_line.h"

static void events_have_lines(void **state)
{
    static const struct {
        struct heddle_client_event event;
        const char *line; /* NULL: none */
    } rows[] = {
        {{HEDDLE_CLIENT_PARTICIPANT_JOINED, "p2", "Bob"}, "p2 joined: Bob"},
        {{HEDDLE_CLIENT_PARTICIPANT_LEFT, "p2", "left"}, "p2 left (left)"},
        {{HEDDLE_CLIENT_TOPOLOGY, "", "sfu"}, "the room is on the router"},
        {{HEDDLE_CLIENT_PIN, "Bob", "mesh"}, "Bob chose for the room: mesh"},
        {{HEDDLE_CLIENT_PIN, "", "mesh"}, "chosen for the room: mesh"},
        {{HEDDLE_CLIENT_ROLE, "p2", ""}, "p2 is host no more"},
        {{HEDDLE_CLIENT_WAITING, "", "weaving"}, "waiting for a host of weaving to let us in"},
        {{HEDDLE_CLIENT_RECORDING, "", "on"}, "recording: on"},
        {{HEDDLE_CLIENT_RECORDING, "disk-full", "failed"}, "recording: failed (disk-full)"},
        {{HEDDLE_CLIENT_WARNING, "too-fast", "slow down"}, "the server says too-fast: slow down"},
        {{HEDDLE_CLIENT_WARNING, "no-turn", "there is none"}, "no connection can come up: there is none"},
        {{HEDDLE_CLIENT_WARNING, "no-such-target", "a message of a data channel was refused"}, NULL},
        {{HEDDLE_CLIENT_SPEAKERS, "p2", ""}, NULL},
        {{HEDDLE_CLIENT_MIX_LANES, "", ""}, NULL},
        {{HEDDLE_CLIENT_LAYOUT, "", "grid"}, "the mixer's picture is a grid"},
        {{HEDDLE_CLIENT_LAYOUT, "", "speaker"}, "the mixer's picture is a speaker view"},
        {{HEDDLE_CLIENT_LAYOUT + 1, "", ""}, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[128] = "";
        assert_int_equal(event_line(&rows[i].event, line, sizeof line), rows[i].line != NULL);
        assert_string_equal(line, rows[i].line != NULL ? rows[i].line : "");
    }
}

static void who_comes_without_the_key_is_told_how_to_give_it(void **state)
{
    (void)state;
    assert_non_null(strstr(event_end_advice("encrypted"), "--e2ee-key"));
    assert_non_null(strstr(event_end_advice("not-encrypted"), "--e2ee-key"));
    assert_string_equal(event_end_advice("room-full"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_have_lines),
        cmocka_unit_test(who_comes_without_the_key_is_told_how_to_give_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
