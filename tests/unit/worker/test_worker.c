/* A worker with its thread: what its owner asks for is carried out and told, as messages; one that cannot be read costs
 * its connection, and nothing else. */
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/worker/command.h"
#include "router/worker/worker.h"
#include "router/worker/worker_state.h"
#include "transport/base/error.h"

static sem_t events;
static struct worker *worker;
static struct worker_event own_candidate, ready; /* what each tells first */

static void wake(void *user)
{
    sem_post(user);
}

/* The worker's next event. */
static struct worker_event next_event(void)
{
    struct worker_event event;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 30;
    assert_int_equal(sem_timedwait(&events, &end), 0);
    assert_true(worker_poll(worker, &event));
    assert_int_equal(event.worker, 3);
    return event;
}

static int set_up(void **state)
{
    const struct worker_config config = {
        .index = 3, .ice = WORKER_ICE_LITE, .bind_address = "127.0.0.1", .public_ips = {"127.0.0.1"}, .udp = true};
    (void)state;
    assert_int_equal(sem_init(&events, 0, 0), 0);
    assert_int_equal(worker_start(&worker, &config, wake, &events), 0);
    own_candidate = next_event();
    ready = next_event();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    worker_stop(worker);
    worker_free(worker);
    sem_destroy(&events);
    return 0;
}

/* How many connections it has, by its own word; whose the first is. */
static size_t connections(char *participant)
{
    static uint64_t request;
    worker_request_stats(worker, ++request);
    struct worker_event event = next_event();
    assert_int_equal(event.type, WORKER_STATS);
    assert_int_equal(event.stats->request, request);
    assert_int_equal(event.stats->worker, 3);
    size_t count = event.stats->connection_count;
    strcpy(participant, count > 0 ? event.stats->connections[0].participant : "");
    worker_stats_free(event.stats);
    return count;
}

static void candidates_and_fingerprint_of_all_connections_are_told_first(void **state)
{
    (void)state;
    assert_int_equal(own_candidate.type, WORKER_CANDIDATE);
    assert_int_equal(own_candidate.connection, 0);
    assert_non_null(strstr(own_candidate.text, " udp "));
    assert_non_null(strstr(own_candidate.text, " 127.0.0.1 "));
    assert_int_equal(ready.type, WORKER_READY);
    assert_int_equal(strlen(ready.text), 32 * 3 - 1);
}

static void connections_open_and_close(void **state)
{
    char who[PARTICIPANT_ID_MAX + 1];
    (void)state;
    worker_open(worker, 7, "room", "p");
    assert_int_equal(connections(who), 1);
    assert_string_equal(who, "p");
    worker_open(worker, 8, "room", "p"); /* the id is taken */
    struct worker_event event = next_event();
    assert_int_equal(event.type, WORKER_DISCONNECTED);
    assert_int_equal(event.connection, 8);
    assert_int_equal(event.error, ERR_DUPLICATE);
    worker_close(worker, 7);
    assert_int_equal(connections(who), 0);
}

static void post(const uint8_t *bytes, size_t length)
{
    struct mail *mail = mail_new(length);
    memcpy(mail->data, bytes, length);
    mailbox_push(&worker->commands, mail);
    uv_async_send(&worker->wake_up);
}

static void a_command_that_cannot_be_read_costs_its_connection(void **state)
{
    static const uint8_t unreadable[][10] = {
        {COMMAND_VERSION + 1, COMMAND_CLOSE, 0, 0, 0, 0, 0, 0, 0, 7}, /* of another version */
        {COMMAND_VERSION, 99, 0, 0, 0, 0, 0, 0, 0, 7},                /* of no known type */
        {COMMAND_VERSION, COMMAND_CONFIGURE, 0, 0, 0, 0, 0, 0, 0, 7}, /* cut short */
    };
    static const int errors[] = {ERR_UNSUPPORTED, ERR_UNSUPPORTED, ERR_TRUNCATED};
    char who[PARTICIPANT_ID_MAX + 1];
    (void)state;
    worker_open(worker, 9, "room", "q");
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        post(unreadable[i], sizeof unreadable[i]); /* there is no such connection yet */
        post(unreadable[i], 3);
        worker_open(worker, 7, "room", "p");
        assert_int_equal(connections(who), 2);
        post(unreadable[i], sizeof unreadable[i]);
        struct worker_event event = next_event();
        assert_int_equal(event.type, WORKER_DISCONNECTED);
        assert_int_equal(event.connection, 7);
        assert_int_equal(event.error, errors[i]);
        assert_int_equal(connections(who), 1);
        assert_string_equal(who, "q");
    }
    worker_close(worker, 9);
    assert_int_equal(connections(who), 0);
}

/* Nobody reads the answers: they are freed with it. */
static void a_worker_ends_with_messages_on_their_way(void **state)
{
    (void)state;
    worker_open(worker, 7, "room", "p");
    for (uint64_t i = 0; i < 100; i++)
        worker_request_stats(worker, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(candidates_and_fingerprint_of_all_connections_are_told_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(connections_open_and_close, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_command_that_cannot_be_read_costs_its_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_worker_ends_with_messages_on_their_way, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
