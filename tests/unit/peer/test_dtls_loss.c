/* A handshake on paths that lose datagrams, come late or never, and beside a wall clock that is set. */
#include "tests/unit/peer/peer_pair.h"

struct one_loss {
    bool to_server;
    unsigned n;
};

static bool loses_one(void *user, bool to_server, unsigned n)
{
    const struct one_loss *loss = user;
    return loss->to_server == to_server && loss->n == n;
}

/* Whichever datagram is lost, the timers mend it soon. */
static void survives_each_single_loss(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct one_loss loss = {i % 2 == 0, i / 2};
        struct peer_pair pair;
        peer_pair_open(&pair, NULL, NULL);
        pair.loses = loses_one;
        pair.user = &loss;
        start_both(&pair);
        run(&pair, usec_from_ms(400));
        assert_true(is_connected(&pair));
        expect_media(pair.client, pair.server);
        expect_media(pair.server, pair.client);
        peer_pair_close(&pair);
    }
}

static void a_lost_first_server_flight_costs_little(void **state)
{
    (void)state;
    struct one_loss loss = {false, 0};
    struct peer_pair pair;
    peer_pair_open(&pair, NULL, NULL);
    pair.loses = loses_one;
    pair.user = &loss;
    start_both(&pair);
    run(&pair, USEC_PER_SEC);
    struct peer_stats stats;
    peer_get_stats(pair.client, &stats);
    assert_true(is_connected(&pair));
    assert_true(stats.handshake_time <= usec_from_ms(150));
    peer_pair_close(&pair);
}

static bool loses_at_random(void *user, bool to_server, unsigned n)
{
    (void)to_server, (void)n;
    return rng_below(user, 100) < 30;
}

static void survives_thirty_percent_loss(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng rng;
        rng_init(&rng, seed);
        struct peer_pair pair;
        peer_pair_open(&pair, NULL, NULL);
        pair.loses = loses_at_random;
        pair.user = &rng;
        start_both(&pair);
        run(&pair, 30 * USEC_PER_SEC);
        if (!is_connected(&pair))
            fail_msg("seed %u: client %d, server %d", (unsigned)seed, peer_state(pair.client), peer_state(pair.server));
        expect_media(pair.server, pair.client);
        peer_pair_close(&pair);
    }
}

/* The wall clock is set when a datagram goes out that is then lost, as the next two are. */
struct clock_change {
    bool to_server;
    unsigned at;
    usec_t step;
};

static bool sets_the_clock(void *user, bool to_server, unsigned n)
{
    const struct clock_change *change = user;
    if (to_server != change->to_server || n < change->at || n > change->at + 2)
        return false;
    wall_step = change->step;
    return true;
}

static void a_changed_wall_clock_holds_nothing_up(void **state)
{
    static const usec_t steps[] = {0,
                                   -USEC_PER_SEC,
                                   -3600 * USEC_PER_SEC,
                                   -20 * 365 * 86400 * USEC_PER_SEC,
                                   USEC_PER_SEC,
                                   3600 * USEC_PER_SEC,
                                   20 * 365 * 86400 * USEC_PER_SEC};
    (void)state;
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
        for (unsigned at = 0; at < 8; at++) {
            struct clock_change change = {.to_server = at % 2 == 0, .at = at / 2, .step = steps[i]};
            struct peer_pair pair;
            peer_pair_open(&pair, NULL, NULL);
            pair.loses = sets_the_clock;
            pair.user = &change;
            start_both(&pair);
            run(&pair, 30 * USEC_PER_SEC);
            /* A client that OpenSSL keeps from asking for the server's last flight gives up soon, to begin anew. */
            bool must_begin_anew = steps[i] < 0 && change.at > 0 && !change.to_server;
            bool has_given_up = peer_state(pair.client) == PEER_FAILED && peer_error(pair.client) == ERR_TIMEOUT;
            if (!(is_connected(&pair) || (must_begin_anew && has_given_up)) || now > START + 2 * USEC_PER_SEC)
                fail_msg("step %lld s, datagram %u: client %d, server %d after %lld ms",
                         (long long)(steps[i] / USEC_PER_SEC), at, peer_state(pair.client), peer_state(pair.server),
                         (long long)((now - START) / 1000));
            peer_pair_close(&pair);
            wall_step = 0;
        }
}

static bool loses_all(void *user, bool to_server, unsigned n)
{
    (void)user, (void)to_server, (void)n;
    return true;
}

static void gives_up_when_nobody_answers(void **state)
{
    (void)state;
    struct peer_pair pair;
    peer_pair_open(&pair, NULL, NULL);
    pair.loses = loses_all;
    start_both(&pair);
    run(&pair, 60 * USEC_PER_SEC);
    assert_int_equal(peer_state(pair.client), PEER_FAILED);
    assert_int_equal(peer_error(pair.client), ERR_TIMEOUT);
    assert_int_equal(peer_state(pair.server), PEER_FAILED);
    assert_int_equal(peer_error(pair.server), ERR_TIMEOUT);
    struct peer_stats stats;
    peer_get_stats(pair.client, &stats);
    assert_in_range(stats.handshake_resends, 8, 13);
    assert_true(peer_next(pair.client) == USEC_NEVER && peer_next(pair.server) == USEC_NEVER);
    peer_pair_close(&pair);
}

static void starting_again_resends_the_flight(void **state)
{
    (void)state;
    struct peer_pair pair;
    peer_pair_open(&pair, NULL, NULL);
    uint8_t first[1500], second[1500];
    peer_start(pair.client, now);
    size_t length = peer_poll(pair.client, first, sizeof first);
    assert_true(length > 0);
    assert_int_equal(peer_poll(pair.client, second, sizeof second), 0);
    peer_start(pair.client, now);
    assert_int_equal(peer_poll(pair.client, second, sizeof second), length);
    assert_memory_equal(first, second, length);
    assert_int_equal(peer_poll(pair.client, second, sizeof second), 0);
    peer_pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_each_single_loss),    cmocka_unit_test(a_lost_first_server_flight_costs_little),
        cmocka_unit_test(survives_thirty_percent_loss), cmocka_unit_test(a_changed_wall_clock_holds_nothing_up),
        cmocka_unit_test(gives_up_when_nobody_answers), cmocka_unit_test(starting_again_resends_the_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
