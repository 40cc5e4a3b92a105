/* Data channels of two peers, over a link that loses datagrams, in virtual time. */
#include <stdlib.h>

#include "tests/unit/peer/peer_pair.h"

#define SECOND USEC_PER_SEC

static uint8_t *received; /* ASSOCIATION_MESSAGE_MAX */

static void open_pair(struct peer_pair *pair)
{
    peer_pair_open(pair, NULL, NULL);
    peer_enable_data(pair->client, ASSOCIATION_PORT, true, now);
    peer_enable_data(pair->server, ASSOCIATION_PORT, false, now);
    start_both(pair);
}

/* A step in which neither end takes a message: SCTP's own events are taken with them, so this is for ends that wait. */
static bool step_and_take(struct peer_pair *pair, struct peer *to, size_t *length)
{
    struct peer *other = to == pair->client ? pair->server : pair->client;
    bool goes_on = step(pair);
    *length = peer_data_receive(to, received);
    assert_int_equal(peer_data_receive(other, received + *length), 0);
    collect_both(pair);
    return goes_on;
}

/* Until a message came; its length, 0: none in time. */
static size_t take_by(struct peer_pair *pair, struct peer *to, usec_t limit)
{
    size_t length = peer_data_receive(to, received);
    collect_both(pair);
    while (length == 0 && now < START + limit && step_and_take(pair, to, &length))
        ;
    return length;
}

static bool open_by(struct peer_pair *pair, usec_t limit)
{
    size_t length;
    collect_both(pair);
    while (!(peer_data_is_open(pair->client) && peer_data_is_open(pair->server)) && now < START + limit)
        if (!step_and_take(pair, pair->client, &length))
            break;
    return peer_data_is_open(pair->client) && peer_data_is_open(pair->server);
}

static void messages_go_both_ways(void **state)
{
    (void)state;
    struct peer_pair pair;
    open_pair(&pair);
    assert_true(open_by(&pair, SECOND));
    assert_true(now - START < usec_from_ms(200)); /* DTLS, SCTP and the channel */
    assert_int_equal(peer_data_openings(pair.client), 1);
    assert_int_equal(peer_data_openings(pair.server), 1);
    assert_int_equal(peer_data_send(pair.client, (const uint8_t *)"to", 2, ASSOCIATION_ORDERED), 0);
    assert_int_equal(take_by(&pair, pair.server, 2 * SECOND), 2);
    assert_memory_equal(received, "to", 2);
    assert_int_equal(peer_data_send(pair.server, (const uint8_t *)"fro", 3, ASSOCIATION_LOSSY), 0);
    assert_int_equal(take_by(&pair, pair.client, 2 * SECOND), 3);
    assert_memory_equal(received, "fro", 3);
    assert_true(pair.largest <= 1200);
    expect_media(pair.client, pair.server);
    peer_pair_close(&pair);
}

static bool loses_a_fifth(void *user, bool to_server, unsigned n)
{
    struct rng *rng = user;
    (void)to_server;
    return n > 10 && rng_below(rng, 5) == 0;
}

/* With 20 % loss each way every reliable message comes, once and in order. */
static void loss_is_mended(void **state)
{
    (void)state;
    struct peer_pair pair;
    struct rng rng;
    uint8_t message[3000] = {0};
    rng_init(&rng, 7);
    open_pair(&pair);
    pair.loses = loses_a_fifth;
    pair.user = &rng;
    assert_true(open_by(&pair, 20 * SECOND));
    unsigned sent = 0, taken = 0;
    while (taken < 100) {
        assert_true(now < START + 100 * SECOND);
        message[0] = (uint8_t)sent;
        while (sent < 100 && sent < taken + 5 &&
               peer_data_send(pair.client, message, sizeof message, ASSOCIATION_ORDERED) == 0)
            message[0] = (uint8_t)++sent;
        if (take_by(&pair, pair.server, 100 * SECOND) == 0)
            break;
        assert_int_equal(received[0], taken++);
    }
    assert_int_equal(taken, 100);
    peer_pair_close(&pair);
}

/* Who does not take what comes makes the sender wait, with bounded memory. */
static void a_slow_receiver_is_waited_for(void **state)
{
    (void)state;
    static uint8_t message[16000];
    struct peer_pair pair;
    open_pair(&pair);
    assert_true(open_by(&pair, SECOND));
    unsigned sent = 0, taken = 0;
    for (unsigned i = 0; i < 600; i++) { /* the server takes nothing */
        sent += peer_data_send(pair.client, message, sizeof message, ASSOCIATION_ORDERED) == 0;
        collect_both(&pair);
        (void)step(&pair);
        assert_int_equal(peer_data_receive(pair.client, received), 0);
    }
    assert_true(sent * sizeof message <= 600 * 1024); /* both ends' buffers */
    while (taken < sent && take_by(&pair, pair.server, 100 * SECOND) == sizeof message)
        taken++;
    assert_int_equal(taken, sent);
    assert_int_equal(peer_data_send(pair.client, message, sizeof message, ASSOCIATION_ORDERED), 0);
    peer_pair_close(&pair);
}

/* Without peer_enable_data() what SCTP sends is ignored. */
static void it_costs_nothing_unless_enabled(void **state)
{
    (void)state;
    struct peer_pair pair;
    peer_pair_open(&pair, NULL, NULL);
    peer_enable_data(pair.client, ASSOCIATION_PORT, true, now);
    start_both(&pair);
    assert_false(open_by(&pair, 3 * SECOND));
    assert_true(is_connected(&pair));
    assert_int_equal(peer_next(pair.server), USEC_NEVER);
    expect_media(pair.client, pair.server);
    peer_pair_close(&pair);
}

/* A renegotiation may add data channels to a connection whose DTLS has given its buffers back. */
static void it_may_be_enabled_late(void **state)
{
    (void)state;
    for (int server_opens = 0; server_opens < 2; server_opens++) {
        struct peer_pair pair;
        peer_pair_open(&pair, NULL, NULL);
        start_both(&pair);
        run(&pair, SECOND);
        assert_true(is_connected(&pair));
        peer_enable_data(pair.client, ASSOCIATION_PORT, server_opens == 0, now);
        peer_enable_data(pair.server, ASSOCIATION_PORT, server_opens == 1, now);
        assert_true(open_by(&pair, 2 * SECOND));
        expect_media(pair.client, pair.server);
        peer_pair_close(&pair);
    }
}

static int allocate(void **state)
{
    (void)state;
    received = malloc(2 * ASSOCIATION_MESSAGE_MAX);
    return 0;
}

static int release(void **state)
{
    (void)state;
    free(received);
    return 0;
}

/* A datagram holds dozens of records, and each is a packet for SCTP: the budget is one of records. */
static void records_are_counted_not_datagrams(void **state)
{
    static const uint8_t record[] = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}; /* application data without any */
    enum { RECORDS = 100, BURST = 2000 };
    uint8_t datagram[RECORDS * sizeof record];
    struct peer_pair pair;
    int refused = 0;
    (void)state;
    for (size_t i = 0; i < RECORDS; i++)
        memcpy(datagram + i * sizeof record, record, sizeof record);
    open_pair(&pair);
    assert_true(open_by(&pair, SECOND));
    for (int i = 0; i < 2 * BURST / RECORDS; i++)
        refused += peer_input(pair.server, datagram, sizeof datagram, now) == ERR_LIMIT;
    assert_in_range(refused, BURST / RECORDS, BURST / RECORDS + 1);
    peer_pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_counted_not_datagrams),
        cmocka_unit_test(messages_go_both_ways),
        cmocka_unit_test(loss_is_mended),
        cmocka_unit_test(a_slow_receiver_is_waited_for),
        cmocka_unit_test(it_costs_nothing_unless_enabled),
        cmocka_unit_test(it_may_be_enabled_late),
    };
    return cmocka_run_group_tests(tests, allocate, release);
}
