/* Every case of tests/vectors/status/ through the C client's rule; tests/vectors/status.test.mjs is the same test for
 * the page's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "client/call/status.h"

#define CONNECTIONS_MAX 8

static enum reconnect_state state_named(const char *name)
{
    for (enum reconnect_state state = RECONNECT_NEW; state <= RECONNECT_CLOSED; state++)
        if (strcmp(reconnect_state_name(state), name) == 0)
            return state;
    fail_msg("unknown state %s", name);
    return RECONNECT_CLOSED;
}

/* "connecting", "restarting 2 lost" */
static struct status_connection read_connection(const char *text)
{
    char name[16] = "";
    struct status_connection connection = {.is_lost = strstr(text, " lost") != NULL};
    assert_true(sscanf(text, "%15s %u", name, &connection.attempt) >= 1);
    connection.state = state_named(name);
    return connection;
}

static void text_of(char *text, size_t size, const struct call_status *status)
{
    static const char *const names[] = {
        [CALL_CONNECTING] = "connecting",     [CALL_CONNECTED] = "connected", [CALL_DISCONNECTED] = "disconnected",
        [CALL_RECONNECTING] = "reconnecting", [CALL_FAILED] = "failed",
    };
    if (status->state == CALL_RECONNECTING)
        snprintf(text, size, "%s %u", names[status->state], status->attempt);
    else
        snprintf(text, size, "%s", names[status->state]);
}

/* `was_well` carries what the rule remembers from one step to the next. */
static void step(const char *name, size_t number, const json_t *line, bool *was_well)
{
    struct status_connection connections[CONNECTIONS_MAX];
    const json_t *list = json_object_get(line, "connections");
    assert_true(json_array_size(list) <= CONNECTIONS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++)
        connections[i] = read_connection(json_string_value(json_array_get(list, i)));
    struct status_input input = {.has_joined = json_is_true(json_object_get(line, "joined")),
                                 .is_signaling_down = json_is_true(json_object_get(line, "down")),
                                 .is_covered = json_is_true(json_object_get(line, "covered")),
                                 .was_well = *was_well && !json_is_true(json_object_get(line, "anew")),
                                 .max_restarts = 3,
                                 .count = json_array_size(list),
                                 .connections = connections};
    struct call_status status = status_of(&input);
    const char *expected = json_string_value(json_object_get(line, "status"));
    char text[32];
    text_of(text, sizeof text, &status);
    if (strcmp(text, expected) != 0)
        fail_msg("%s, step %zu: \"%s\", expected \"%s\"", name, number, text, expected);
    assert_true(status.state == CALL_RECONNECTING || status.attempt == 0);
    assert_int_equal(status.max, 3);
    *was_well = status.is_well;
}

static void every_case_holds(void **state)
{
    (void)state;
    json_t *file = json_load_file(TEST_ROOT "/vectors/status/status.json", 0, NULL);
    size_t index, number;
    json_t *one, *line;
    assert_true(json_array_size(json_object_get(file, "cases")) >= 19);
    json_array_foreach(json_object_get(file, "cases"), index, one)
    {
        bool was_well = false;
        json_array_foreach(json_object_get(one, "steps"), number, line)
            step(json_string_value(json_object_get(one, "name")), number + 1, line, &was_well);
    }
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
