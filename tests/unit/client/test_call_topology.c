/* Make before break: which connections a call opens, keeps and closes as its room's topology changes. The functions of
 * call_wiring.h below take the place of the real ones. */
#include "client/call/call_topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/call/call_wiring.h"
#include "tests/unit/client/fake_connections.h"

#define S USEC_PER_SEC

static struct call call;
static bool has_moved;
static char needed_ids[4][PARTICIPANT_ID_MAX + 1], probed_ids[4][PARTICIPANT_ID_MAX + 1];

struct call_connection *call_make_connection(struct call *given, const char *id)
{
    fake_connections_note("make", id);
    return fake_connection(&given->connections, id);
}

void call_configure(struct call *given, struct call_connection *connection)
{
    (void)given;
    fake_connections_note("configure", call_connection_remote(connection));
}

void call_tell_paths(struct call *given)
{
    (void)given;
}

void call_follow_view(struct call *given, usec_t now)
{
    (void)given, (void)now;
}

void call_tell_status(struct call *given)
{
    (void)given;
}

static void on_connection(void *user, const struct call_connection *connection)
{
    (void)user;
    fake_connections_note("told", call_connection_remote(connection));
}

static bool on_has_moved(void *user)
{
    (void)user;
    return has_moved;
}

static size_t read_ids(char out[4][PARTICIPANT_ID_MAX + 1], const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text += strcspn(text, " "), text += strspn(text, " "))
        snprintf(out[count++], sizeof out[0], "%.*s", (int)strcspn(text, " "), text);
    return count;
}

/* The room asks for connections to those, and for probes of these: "router p1". */
static void asks(const char *needed, const char *probed)
{
    call.room.connect = needed_ids;
    call.room.connect_count = read_ids(needed_ids, needed);
    call.room.probe = probed_ids;
    call.room.probe_count = read_ids(probed_ids, probed);
    call_follow_topology(&call);
}

static void expect(const char *acts)
{
    assert_string_equal(fake_connections_acts(), acts);
}

static struct call_connection *at(const char *remote)
{
    struct call_connection *connection = call_connections_find(&call.connections, remote);
    assert_non_null(connection);
    return connection;
}

static int set_up(void **state)
{
    (void)state;
    call = (struct call){.listener = {.connection = on_connection, .has_moved = on_has_moved}};
    has_moved = false;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    call_connections_close_all(&call.connections);
    (void)fake_connections_acts();
    return 0;
}

/* A call by the router whose room has become a Mesh of two. */
static void start_switch(void)
{
    asks("router", "");
    at("router")->is_up = true;
    (void)fake_connections_acts();
    asks("p2", "");
    expect("make p2, start p2, retire router");
}

static void what_the_room_asks_for_is_opened_once(void **state)
{
    (void)state;
    asks("router", "p1");
    expect("make router, start router, make p1, probe p1");
    asks("router", "p1");
    expect("");
}

static void no_more_than_a_bound_are_opened(void **state)
{
    (void)state;
    for (int i = 0; i < 63; i++) {
        char id[16];
        snprintf(id, sizeof id, "p%d", 100 + i);
        fake_connection(&call.connections, id)->is_retired = true;
    }
    asks("p1 p2", "p3");
    expect("make p1, start p1");
}

static void the_old_one_stays_while_the_room_moves(void **state)
{
    (void)state;
    start_switch();
    call_follow_switch(&call, 100 * S); /* p2 is not up */
    call_follow_switch(&call, 200 * S);
    expect("");
    at("p2")->is_up = true;
    call_follow_switch(&call, 300 * S);
    call_follow_switch(&call, 305 * S); /* up, but what is shown comes by the router still */
    expect("");
    has_moved = true;
    call_follow_switch(&call, 306 * S);
    call_follow_switch(&call, 308 * S - 1); /* others may still receive us by it */
    expect("");
    call_follow_switch(&call, 308 * S);
    expect("close router");
}

static void it_does_not_stay_for_ever(void **state)
{
    (void)state;
    start_switch();
    at("p2")->is_up = true;
    call_follow_switch(&call, 300 * S);
    call_follow_switch(&call, 310 * S - 1);
    expect("");
    call_follow_switch(&call, 310 * S);
    expect("close router");
}

static void times_begin_anew_when_a_new_one_is_lost_again(void **state)
{
    (void)state;
    start_switch();
    at("p2")->is_up = has_moved = true;
    call_follow_switch(&call, 300 * S);
    at("p2")->is_up = false;
    call_follow_switch(&call, 301 * S);
    at("p2")->is_up = true;
    call_follow_switch(&call, 302 * S);
    call_follow_switch(&call, 303 * S);
    expect("");
    has_moved = false; /* and when something comes by the old one again */
    call_follow_switch(&call, 303 * S);
    has_moved = true;
    call_follow_switch(&call, 304 * S);
    call_follow_switch(&call, 306 * S - 1);
    expect("");
    call_follow_switch(&call, 306 * S);
    expect("close router");
}

static void who_is_away_is_not_waited_for(void **state)
{
    struct client_participant away = {.id = "p2", .reconnecting = true};
    (void)state;
    start_switch();
    call.room.participants = &away;
    call.room.participant_count = 1;
    assert_true(call_is_away(&call, "p2"));
    assert_false(call_is_away(&call, "p3"));
    call_follow_switch(&call, 300 * S);
    call_follow_switch(&call, 310 * S);
    expect("close router");
}

static void a_topology_that_changes_back_revives_it(void **state)
{
    (void)state;
    start_switch();
    asks("router", "");
    expect("inherit p2, close p2, revive router"); /* p2 never was up: it carries nothing */
    assert_true(call_connection_is_current(at("router")));
}

static void one_that_carries_nothing_is_closed_at_once(void **state)
{
    (void)state;
    asks("router", "");
    (void)fake_connections_acts();
    asks("p2", ""); /* the router's was not up */
    expect("make p2, start p2, close router");
}

/* Somebody left a Mesh: that is no switch, and nothing is to be kept. */
static void without_a_switch_nothing_retires(void **state)
{
    (void)state;
    asks("p1 p2", "");
    at("p1")->is_up = at("p2")->is_up = true;
    (void)fake_connections_acts();
    asks("p1", "");
    expect("close p2");
}

static void a_direct_one_goes_on_as_a_probe(void **state)
{
    (void)state;
    asks("p2", "");
    at("p2")->is_up = true;
    (void)fake_connections_acts();
    asks("router", "p2");
    expect("make router, start router, retire p2");
    at("router")->is_up = has_moved = true;
    call_follow_switch(&call, 300 * S);
    call_follow_switch(&call, 302 * S);
    expect("inherit p2, probe p2, configure p2");
    asks("router", "");
    expect("inherit p2, close p2");
}

static void a_probe_that_is_needed_is_a_connection_then(void **state)
{
    (void)state;
    asks("router", "p2");
    (void)fake_connections_acts();
    at("router")->is_up = at("p2")->is_up = true;
    asks("p2", "");
    expect("start p2, told p2, retire router");
}

static void one_that_the_remote_peer_has_closed_is_let_go(void **state)
{
    (void)state;
    start_switch();
    at("router")->state = PEER_CONNECTION_FAILED;
    call_follow_switch(&call, 100 * S);
    expect("close router");
}

static void who_left_is_forgotten(void **state)
{
    (void)state;
    asks("p1 p2", "");
    (void)fake_connections_acts();
    call_forget(&call, "p2");
    call_forget(&call, "p3");
    expect("close p2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_the_room_asks_for_is_opened_once),
        TEST(no_more_than_a_bound_are_opened),
        TEST(the_old_one_stays_while_the_room_moves),
        TEST(it_does_not_stay_for_ever),
        TEST(times_begin_anew_when_a_new_one_is_lost_again),
        TEST(who_is_away_is_not_waited_for),
        TEST(a_topology_that_changes_back_revives_it),
        TEST(one_that_carries_nothing_is_closed_at_once),
        TEST(without_a_switch_nothing_retires),
        TEST(a_direct_one_goes_on_as_a_probe),
        TEST(a_probe_that_is_needed_is_a_connection_then),
        TEST(one_that_the_remote_peer_has_closed_is_let_go),
        TEST(who_left_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
