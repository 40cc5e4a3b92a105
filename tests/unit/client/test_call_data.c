/* By which connection a message of a data channel goes while a room changes its topology. The functions of
 * peer_connection.h below take the place of the real ones. tests/unit/web/call_data.test.mjs has the same of the
 * page. */
#include "client/call/call_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/client/fake_connections.h"

enum condition { CLOSED, OPEN, UP }; /* open: its channel is, but the connection does not work now */

bool peer_connection_data_is_open(const struct peer_connection *pc)
{
    (void)pc;
    return true;
}

bool peer_connection_send_data(struct peer_connection *pc, enum envelope_policy policy, const uint8_t *data,
                               size_t length)
{
    (void)policy, (void)data, (void)length;
    fake_connections_note("by", ((const struct call_connection *)(const void *)pc)->remote);
    return true;
}

static void add_connection(struct call *call, const char *remote, enum condition condition, bool is_retired)
{
    struct call_connection *connection = fake_connection(&call->connections, remote);
    connection->has_pc = condition != CLOSED;
    connection->is_up = condition == UP;
    connection->is_retired = is_retired;
}

/* A room became a Mesh: we have connections to p1 and p2, and the one to the router still. */
static void a_channel_that_works_goes_before_one_that_is_open(void **state)
{
    static const struct {
        enum condition p1, p2, router;
        const char *to, *ways;
    } rows[] = {
        {UP, UP, UP, "p1", "by p1"},         {OPEN, UP, UP, "p1", "by router"},
        {OPEN, UP, OPEN, "p1", "by p1"},     {OPEN, UP, CLOSED, "p1", "by p1"},
        {CLOSED, UP, UP, "p1", "by router"}, {CLOSED, UP, OPEN, "p1", "by router"},
        {CLOSED, UP, CLOSED, "p1", ""},      {UP, UP, UP, "", "by p1, by p2"},
        {OPEN, UP, UP, "", "by p1, by p2"}, /* each but p1 gets it now, and p1 when its connection works again */
        {OPEN, OPEN, UP, "", "by router"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client_participant participants[2] = {{.id = "p1"}, {.id = "p2"}};
        struct call call = {.config.data = true, .room.participants = participants, .room.participant_count = 2};
        call_data_begin(&call);
        call_data_set_others(&call);
        add_connection(&call, "p1", rows[i].p1, false);
        add_connection(&call, "p2", rows[i].p2, false);
        add_connection(&call, MESSAGE_ROUTER, rows[i].router, true);
        (void)call_data_send(&call, rows[i].to, "t", ENVELOPE_LOSSY, (struct span){(const uint8_t *)"x", 1});
        assert_string_equal(fake_connections_acts(), rows[i].ways);
        room_data_free(call.data);
        call_connections_close_all(&call.connections);
        (void)fake_connections_acts();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_channel_that_works_goes_before_one_that_is_open)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
