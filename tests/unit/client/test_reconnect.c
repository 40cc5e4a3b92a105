/* Every trace of tests/vectors/reconnect/ through the C client's reconnection manager; reconnect.test.mjs is the same
 * test for the browser's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "client/call/reconnect.h"

#define FOLDER TEST_ROOT "/vectors/reconnect/"

struct draws {
    const json_t *list;
    size_t used;
};

static unsigned draw(void *user, unsigned below)
{
    struct draws *draws = user;
    if (draws->used == json_array_size(draws->list))
        return 0;
    unsigned value = (unsigned)json_integer_value(json_array_get(draws->list, draws->used++));
    assert_true(value < below);
    return value;
}

static usec_t ms_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? (usec_t)(json_number_value(value) * 1000) : USEC_NEVER;
}

static struct reconnect_constants read_constants(const json_t *changes)
{
    struct reconnect_constants constants = reconnect_defaults;
    const struct {
        const char *name;
        usec_t *value;
    } times[] = {
        {"connectTimeout", &constants.connect_timeout},
        {"autoWait", &constants.auto_wait},
        {"speculativeDelay", &constants.speculative_delay},
        {"retryDelay", &constants.retry_delay},
        {"restartTimeout", &constants.restart_timeout},
        {"changeGap", &constants.change_gap},
        {"sleepLimit", &constants.sleep_limit},
    };
    size_t known = 0;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (json_object_get(changes, times[i].name) != NULL) {
            *times[i].value = ms_of(changes, times[i].name);
            known++;
        }
    const json_t *restarts = json_object_get(changes, "maxRestarts"), *jitter = json_object_get(changes, "retryJitter");
    if (restarts != NULL)
        constants.max_restarts = (unsigned)json_integer_value(restarts);
    if (jitter != NULL)
        constants.retry_jitter_ms = (unsigned)json_integer_value(jitter);
    assert_int_equal(known + (restarts != NULL) + (jitter != NULL), json_object_size(changes));
    return constants;
}

static enum reconnect_event event_named(const char *name)
{
    for (enum reconnect_event event = RECONNECT_START; event <= RECONNECT_CLOSE; event++)
        if (strcmp(reconnect_event_name(event), name) == 0)
            return event;
    fail_msg("unknown event %s", name);
    return RECONNECT_CLOSE;
}

/* As the traces write it: at most one action a step. */
static void action_text(char *text, size_t size, struct reconnect_action action)
{
    static const char *const names[] = {"", "connect", "restart", "rebuild", "give-up"};
    if (action.type != RECONNECT_DO_RESTART)
        snprintf(text, size, "%s", names[action.type]);
    else if (action.attempt == 0)
        snprintf(text, size, "restart speculative");
    else
        snprintf(text, size, "restart %u", action.attempt);
}

static void state_text(char *text, size_t size, const struct reconnect *reconnect)
{
    if (reconnect->state == RECONNECT_RESTARTING)
        snprintf(text, size, "restarting %u", reconnect->attempt);
    else
        snprintf(text, size, "%s", reconnect_state_name(reconnect->state));
}

static void step(struct reconnect *reconnect, const char *trace, const json_t *line)
{
    usec_t now = ms_of(line, "at");
    const char *event = json_string_value(json_object_get(line, "event"));
    const json_t *actions = json_object_get(line, "do");
    char action[32], state[32], where[256];
    snprintf(where, sizeof where, "%s: %s at %lld ms", trace, event, (long long)(now / 1000));

    action_text(action, sizeof action, reconnect_input(reconnect, event_named(event), now));
    state_text(state, sizeof state, reconnect);
    assert_true(json_array_size(actions) <= 1);
    const char *expected = json_array_size(actions) == 1 ? json_string_value(json_array_get(actions, 0)) : "";
    if (strcmp(action, expected) != 0)
        fail_msg("%s: does \"%s\", expected \"%s\"", where, action, expected);
    if (strcmp(state, json_string_value(json_object_get(line, "state"))) != 0)
        fail_msg("%s: is %s, expected %s", where, state, json_string_value(json_object_get(line, "state")));
    if (reconnect_next(reconnect) != ms_of(line, "next"))
        fail_msg("%s: next is %lld us, expected %lld", where, (long long)reconnect_next(reconnect),
                 (long long)ms_of(line, "next"));
    const char *told = reconnect_path(reconnect->state), *path = json_string_value(json_object_get(line, "path"));
    if (json_object_get(line, "path") != NULL && strcmp(told != NULL ? told : "", path != NULL ? path : "") != 0)
        fail_msg("%s: the path is told to be %s, expected %s", where, told, path);
}

static void replay(const json_t *trace)
{
    const char *name = json_string_value(json_object_get(trace, "name"));
    struct reconnect_constants constants = read_constants(json_object_get(trace, "constants"));
    struct draws draws = {.list = json_object_get(trace, "jitter")};
    struct reconnect reconnect;
    reconnect_init(&reconnect, &constants, draw, &draws);
    size_t index;
    json_t *line;
    json_array_foreach(json_object_get(trace, "steps"), index, line) step(&reconnect, name, line);
    assert_int_equal(draws.used, json_array_size(draws.list));
}

static void every_trace_holds(void **state)
{
    (void)state;
    size_t traces = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length < 5 || strcmp(entry->d_name + length - 5, ".json") != 0)
            continue;
        char path[sizeof FOLDER + sizeof entry->d_name];
        snprintf(path, sizeof path, FOLDER "%s", entry->d_name);
        json_t *group = json_load_file(path, 0, NULL);
        assert_non_null(group);
        size_t index;
        json_t *trace;
        json_array_foreach(json_object_get(group, "traces"), index, trace) replay(trace);
        traces += json_array_size(json_object_get(group, "traces"));
        json_decref(group);
    }
    closedir(folder);
    printf("%zu traces\n", traces);
    assert_true(traces >= 114);
}

static void the_defaults_are_those_of_the_document(void **state)
{
    (void)state;
    assert_int_equal(reconnect_defaults.auto_wait, 30 * USEC_PER_SEC);
    assert_int_equal(reconnect_defaults.max_restarts, 3);
    assert_int_equal(reconnect_defaults.retry_delay, 2 * USEC_PER_SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_trace_holds),
        cmocka_unit_test(the_defaults_are_those_of_the_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
