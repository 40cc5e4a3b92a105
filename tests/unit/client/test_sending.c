/* Which encodings are made, for whom, and how good they are. The publisher is a list of plans. */
#include "client/call/sending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/client/fake_connections.h"

#define S USEC_PER_SEC

struct publisher {
    bool has_video;
    unsigned count;
    struct encoding_plan plans[MEDIA_ENCODINGS_MAX]; /* is_active: publisher_set_active()'s */
    unsigned changes;                                /* of plans */
};

static struct publisher publisher;
static struct sending sending;
static struct call_connections connections;
static usec_t now;

bool publisher_has_video(const struct publisher *given)
{
    return given->has_video;
}

unsigned publisher_encodings(const struct publisher *given)
{
    return given->count;
}

struct encoding_plan publisher_get_plan(const struct publisher *given, unsigned index)
{
    return given->plans[index];
}

void publisher_set_plan(struct publisher *given, unsigned index, const struct encoding_plan *plan)
{
    bool is_active = given->plans[index].is_active;
    given->plans[index] = *plan;
    given->plans[index].is_active = is_active;
    given->changes++;
}

void publisher_set_active(struct publisher *given, unsigned index, bool active)
{
    given->plans[index].is_active = active;
}

/* The session of a connection's peer connection is the connection itself, too. */
const struct rtp_session *peer_connection_session(const struct peer_connection *pc)
{
    return (const struct rtp_session *)(const void *)pc;
}

void peer_connection_set_target_bps(struct peer_connection *pc, uint64_t bitrate_bps)
{
    ((struct call_connection *)(void *)pc)->target_bps = bitrate_bps;
}

uint64_t rtp_session_estimate(const struct rtp_session *session)
{
    return ((const struct call_connection *)(const void *)session)->estimate;
}

static void start(unsigned encodings, bool is_fixed)
{
    publisher = (struct publisher){.has_video = encodings > 0, .count = encodings};
    for (unsigned i = 0; i < encodings; i++)
        publisher.plans[i] = (struct encoding_plan){.is_active = true,
                                                    .width = 1280 >> (encodings - 1 - i),
                                                    .height = 720 >> (encodings - 1 - i),
                                                    .frames_per_second = 30,
                                                    .bitrate_bps = 2000000 >> 2 * (encodings - 1 - i)};
    sending_init(&sending, &publisher, is_fixed);
    now = 100 * S;
}

static int tear_down(void **state)
{
    (void)state;
    call_connections_close_all(&connections);
    (void)fake_connections_acts();
    return 0;
}

static void adapt(void)
{
    sending_adapt(&sending, &connections, sending.target_bps, now += S);
}

/* "110": of three, smallest first, the first two are made. */
static void expect_active(const char *expected)
{
    char active[MEDIA_ENCODINGS_MAX + 1] = "";
    for (unsigned i = 0; i < publisher.count; i++)
        active[i] = publisher.plans[i].is_active ? '1' : '0';
    assert_string_equal(active, expected);
}

static void who_is_connected_says_which_encodings_are_made(void **state)
{
    static const struct {
        const char *remotes[3]; /* "*p1": a probe */
        const char *off;        /* what the router said: "[true,false,true]"; NULL: nothing */
        const char *active;
    } rows[] = {
        {{NULL}, NULL, "000"},
        {{"router"}, NULL, "111"},
        {{"p1"}, NULL, "001"}, /* participants of a Mesh get the best one */
        {{"p1", "p2"}, NULL, "001"},
        {{"*p1"}, NULL, "000"}, /* a path that is only tried */
        {{"router", "*p1"}, NULL, "111"},
        {{"router"}, "[true,false,false]", "100"},
        {{"router"}, "[false,false,false]", "000"},
        {{"router"}, "[true]", "111"}, /* of the others it said nothing */
        {{"router", "p1"}, "[true,false,false]", "101"},
        {{"p1"}, "[true,true,true]", "001"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start(3, false);
        for (size_t j = 0; j < 3 && rows[i].remotes[j] != NULL; j++) {
            bool is_probe = rows[i].remotes[j][0] == '*';
            fake_connection(&connections, rows[i].remotes[j] + is_probe)->is_probe = is_probe;
        }
        sending_follow(&sending, &connections);
        if (rows[i].off != NULL) {
            json_t *off = json_loads(rows[i].off, 0, NULL);
            sending_set_encodings(&sending, off, &connections);
            json_decref(off);
        }
        expect_active(rows[i].active);
        call_connections_close_all(&connections);
    }
}

static void a_new_place_in_the_room_forgets_what_the_router_said(void **state)
{
    (void)state;
    start(2, false);
    fake_connection(&connections, "router");
    json_t *off = json_loads("[true,false]", 0, NULL);
    sending_set_encodings(&sending, off, &connections);
    json_decref(off);
    expect_active("10");
    sending_set_encodings(&sending, NULL, &connections);
    expect_active("11");
}

static void without_video_there_is_nothing_to_do(void **state)
{
    (void)state;
    start(0, false);
    struct call_connection *router = fake_connection(&connections, "router");
    sending_follow(&sending, &connections);
    adapt();
    assert_int_equal(router->target_bps, 0);
}

static void the_weakest_connection_says_how_good_it_is(void **state)
{
    (void)state;
    start(1, false);
    struct call_connection *first = fake_connection(&connections, "p1"), *second = fake_connection(&connections, "p2"),
                           *third = fake_connection(&connections, "p3");
    adapt();
    assert_int_equal(publisher.plans[0].bitrate_bps, 2000000); /* nothing is known */
    first->estimate = 5000000;
    second->estimate = 1000000;
    third->is_probe = true; /* carries nothing */
    third->estimate = 100000;
    adapt();
    assert_in_range(publisher.plans[0].bitrate_bps, 700000, 900000);
    second->has_pc = false; /* it has given up */
    for (int i = 0; i < 10; i++)
        adapt();
    assert_int_equal(publisher.plans[0].bitrate_bps, 2000000);
    assert_int_equal(publisher.plans[0].width, 1280);
}

/* What the router carries does not bound what participants of a Mesh get, and the other way round. */
static void the_router_and_the_others_are_measured_apart(void **state)
{
    (void)state;
    start(1, false);
    struct call_connection *router = fake_connection(&connections, "router"),
                           *other = fake_connection(&connections, "p1");
    router->estimate = 300000;
    other->estimate = 5000000;
    adapt();
    assert_int_equal(publisher.plans[0].bitrate_bps, 2000000); /* while there is a direct one */
    call_connections_close(&connections, other);
    adapt();
    assert_in_range(publisher.plans[0].bitrate_bps, 150000, 300000);
}

static void larger_encodings_are_left_out_for_the_router(void **state)
{
    (void)state;
    start(3, false);
    struct call_connection *router = fake_connection(&connections, "router");
    adapt();
    expect_active("111");
    router->estimate = 900000;
    adapt();
    expect_active("110");
}

static void what_is_fixed_is_not_adapted(void **state)
{
    (void)state;
    start(1, true);
    struct call_connection *router = fake_connection(&connections, "router");
    router->estimate = 100000;
    adapt();
    assert_int_equal(publisher.plans[0].bitrate_bps, 2000000);
    expect_active("1"); /* but made as soon as there is somebody */
}

static void every_connection_knows_how_much_there_is_to_send(void **state)
{
    (void)state;
    start(2, false);
    struct call_connection *router = fake_connection(&connections, "router"),
                           *lost = fake_connection(&connections, "p1");
    lost->has_pc = false;
    adapt();
    assert_int_equal(router->target_bps, AUDIO_BPS + (2000000 + 500000) * 6 / 5);
    assert_int_equal(lost->target_bps, 0);
}

static void it_looks_five_times_a_second(void **state)
{
    (void)state;
    start(1, false);
    struct call_connection *router = fake_connection(&connections, "router");
    adapt();
    router->estimate = 300000;
    sending_adapt(&sending, &connections, sending.target_bps, now + S / 5 - 1);
    assert_int_equal(publisher.changes, 0);
    sending_adapt(&sending, &connections, sending.target_bps, now + S / 5);
    assert_int_equal(publisher.changes, 1);
    sending_adapt(&sending, &connections, sending.target_bps, now + 2 * S / 5); /* the same again is no change */
    assert_int_equal(publisher.changes, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_connected_says_which_encodings_are_made),
        TEST(a_new_place_in_the_room_forgets_what_the_router_said),
        TEST(without_video_there_is_nothing_to_do),
        TEST(the_weakest_connection_says_how_good_it_is),
        TEST(the_router_and_the_others_are_measured_apart),
        TEST(larger_encodings_are_left_out_for_the_router),
        TEST(what_is_fixed_is_not_adapted),
        TEST(every_connection_knows_how_much_there_is_to_send),
        TEST(it_looks_five_times_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
