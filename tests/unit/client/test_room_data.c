/* Messages between participants whose connections break: nothing is lost, nothing comes twice, and the order is kept.
 * tests/unit/web/room_data.test.mjs has the same of the page. */
#include "tests/unit/client/room_data_peers.h"
#include "transport/base/random.h"

enum { STEPS = 600 };

static void messages_of_each_kind(void **state)
{
    (void)state;
    begin_room(3);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    assert_int_equal(send_number(0, "p2", ENVELOPE_UNORDERED, 2), 0);
    assert_int_equal(send_number(0, "", ENVELOPE_LOSSY, 3), 0);
    assert_int_equal(send_number(0, "p3", ENVELOPE_ORDERED, 4), ERR_NOT_FOUND);
    pass(300 * MS);
    assert_int_equal(peers[1].heard, 2);
    assert_int_equal(peers[2].heard, 3);
    assert_true(peers[2].all[1].is_private);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    break_connection(0);
    assert_int_equal(send_number(0, "", ENVELOPE_LOSSY, 5), ERR_WRONG_STATE);
    end_room();
}

/* What `to` heard of `from` is what was sent, and each ordered series of it is in order. */
static void check_heard(unsigned seed, unsigned from, unsigned to, const unsigned char *sent)
{
    unsigned counts[STEPS] = {0}, last[2] = {0, 0};
    for (size_t i = 0; i < peers[to].heard; i++) {
        if (peers[to].all[i].from != from)
            continue;
        unsigned step = peers[to].all[i].step, series = peers[to].all[i].is_private;
        counts[step]++;
        if (peers[to].all[i].is_ordered && step < last[series])
            fail_msg("seed %u: %u of %u comes to %u behind %u", seed, step, from, to, last[series]);
        if (peers[to].all[i].is_ordered)
            last[series] = step;
    }
    for (unsigned step = 0; step < STEPS; step++)
        if (counts[step] != (sent[step] == 1 + PEERS || sent[step] == 1 + to))
            fail_msg("seed %u: %u of %u came to %u %u times", seed, step, from, to, counts[step]);
}

static void connections_that_break_lose_nothing(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        static unsigned char sent[PEERS][STEPS]; /* 0, or 1 and to whom: PEERS for all */
        struct rng rng;
        rng_init(&rng, seed);
        memset(sent, 0, sizeof sent);
        begin_room(PEERS);
        for (unsigned step = 0; step < STEPS; step++) {
            unsigned from = (unsigned)rng_below(&rng, PEERS);
            unsigned to = rng_below(&rng, 4) == 0 ? (unsigned)rng_below(&rng, PEERS) : PEERS;
            enum envelope_policy policy = rng_below(&rng, 3) == 0 ? ENVELOPE_UNORDERED : ENVELOPE_ORDERED;
            if (to != from && send_number(from, to < PEERS ? peers[to].id : "", policy, step) == 0)
                sent[from][step] = (unsigned char)(1 + to);
            if (rng_below(&rng, 40) == 0)
                break_connection((unsigned)rng_below(&rng, PEERS));
            for (unsigned i = 0; i < PEERS && step % 10 == 0; i++)
                if (!peers[i].is_open)
                    open_connection(i);
            pass((usec_t)rng_below(&rng, 4) * 5 * MS);
        }
        for (unsigned i = 0; i < PEERS; i++)
            if (!peers[i].is_open)
                open_connection(i);
        pass(20 * USEC_PER_SEC);
        for (unsigned from = 0; from < PEERS; from++)
            for (unsigned to = 0; to < PEERS; to++)
                if (to != from)
                    check_heard(seed, from, to, sent[from]);
        for (unsigned i = 0; i < PEERS; i++) {
            assert_int_equal(peers[i].lost, 0);
            assert_int_equal(room_data_waiting(peers[i].data), 0);
        }
        end_room();
    }
}

static void who_joins_later_gets_what_is_sent_from_then_on(void **state)
{
    (void)state;
    begin_room(3);
    set_others(0, 2);
    break_connection(2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(500 * MS);
    set_others(0, 3);
    join_anew(2, 3);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 2), 0);
    pass(100 * MS);
    open_connection(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, 2);
    assert_int_equal(peers[2].heard, 1);
    assert_int_equal(peers[2].all[0].step, 2);
    end_room();
}

/* What was sent before is not kept for it, and counting goes on behind that. */
static void who_opens_its_channel_late_gets_what_is_sent_then(void **state)
{
    (void)state;
    begin_room(3);
    break_connection(2);
    set_others(0, 2);
    set_others(0, 3);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(16 * USEC_PER_SEC);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    join_anew(2, 3);
    open_connection(2);
    pass(USEC_PER_SEC);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 2), 0);
    pass(USEC_PER_SEC);
    assert_int_equal(peers[2].heard, 1);
    assert_int_equal(peers[2].all[0].step, 2);
    end_room();
}

static void syncs_without_end_are_answered_ten_times_a_second(void **state)
{
    static const uint32_t nothing[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    size_t answers = 0;
    (void)state;
    begin_room(3);
    for (unsigned step = 0; step < 1000; step++) {
        answer(2, ENVELOPE_SYNC, nothing);
        now += MS;
    }
    for (const struct sent_frame *frame = peers[2].first; frame != NULL; frame = frame->next)
        answers++;
    assert_in_range(answers, 1, 20);
    end_room();
}

/* What the router has no room for comes as soon as there is room, in order, once; hardly anything is sent in vain. */
static void who_reads_slowly_is_sent_what_there_is_room_for(void **state)
{
    enum { EACH = 400, INTERVAL = 20 * MS };
    (void)state;
    begin_room(3);
    narrow.who = 2;
    narrow.interval = INTERVAL;
    narrow.most = 64;
    for (unsigned i = 0; i < EACH; i++) {
        assert_int_equal(send_number(0, "p2", ENVELOPE_ORDERED, i), 0);
        assert_int_equal(send_number(1, "p2", ENVELOPE_UNORDERED, i), 0);
        pass(5 * MS);
    }
    for (usec_t end = now + 2 * EACH * INTERVAL; now < end && peers[2].heard < 2 * EACH;)
        pass(INTERVAL);
    assert_int_equal(peers[2].heard, 2 * EACH);
    for (unsigned from = 0; from < 2; from++)
        for (unsigned i = 0, step = 0; i < peers[2].heard; i++)
            if (peers[2].all[i].from == from)
                assert_int_equal(peers[2].all[i].step, step++);
    pass(USEC_PER_SEC);
    assert_int_equal(room_data_waiting(peers[0].data) + room_data_waiting(peers[1].data), 0);
    assert_in_range(narrow.dropped, 1, 2 * EACH / 4);
    end_room();
}

/* Without the word that there is room the sender tries by itself. */
static void who_is_not_told_of_room_tries_again(void **state)
{
    (void)state;
    begin_room(3);
    narrow.who = 2;
    tell_room(0, 0);
    narrow.who = PEERS;
    assert_int_equal(send_number(0, "p2", ENVELOPE_ORDERED, 0), 0);
    pass(USEC_PER_SEC);
    assert_int_equal(peers[2].heard, 0); /* it waits */
    pass(8 * USEC_PER_SEC);
    assert_int_equal(peers[2].heard, 1);
    end_room();
}

static void what_is_refused_is_told_unless_it_comes_later(void **state)
{
    static const struct {
        const char *name, *code;
        size_t told;
    } rows[] = {{"p1", "no-such-target", 0}, {"p9", "no-such-target", 1}, {"", "bad-message", 1}};
    (void)state;
    begin_room(2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t frame[ENVELOPE_MAX];
        const struct envelope refusal = {.kind = ENVELOPE_REFUSED,
                                         .name = {(const uint8_t *)rows[i].name, strlen(rows[i].name)},
                                         .topic = {(const uint8_t *)rows[i].code, strlen(rows[i].code)}};
        peers[0].refused = 0;
        room_data_receive(peers[0].data, "", (struct span){frame, envelope_write(&refusal, frame)}, now);
        assert_int_equal(peers[0].refused, rows[i].told);
    }
    end_room();
}

static void a_backlog_comes_in_batches(void **state)
{
    size_t sent_frames = 0;
    (void)state;
    begin_room(2);
    break_connection(1);
    for (unsigned i = 0; i < 900; i++)
        assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, i), 0);
    pass(100 * MS);
    open_connection(1);
    pass(30 * MS);
    for (const struct sent_frame *frame = peers[1].first; frame != NULL; frame = frame->next)
        sent_frames++;
    assert_in_range(sent_frames, 1, 65);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, 900);
    for (unsigned i = 0; i < 900; i++)
        assert_int_equal(peers[1].all[i].step, i);
    end_room();
}

/* As a file goes (client/files): of large messages, a window's worth is sent before the first is known to have come. */
static void what_is_lost_of_a_stream_does_not_hold_up_the_rest(void **state)
{
    enum { MESSAGES = 188, AHEAD = 6, LENGTH = 15987 };
    static uint8_t payload[LENGTH];
    unsigned sent = 0;
    (void)state;
    begin_room(2);
    usec_t start = now;
    while (peers[1].heard < MESSAGES && now - start < 30 * USEC_PER_SEC) {
        while (sent < MESSAGES && sent < peers[1].heard + AHEAD) {
            put_u32(payload, sent++);
            assert_int_equal(
                room_data_send(peers[0].data, "p1", "t", ENVELOPE_ORDERED, (struct span){payload, LENGTH}, now), 0);
        }
        if (now - start == 10 * MS) { /* all that was sent is on the way */
            break_connection(1);
            open_connection(1);
        }
        pass(5 * MS);
    }
    assert_in_range(now - start, 0, 2 * USEC_PER_SEC);
    for (unsigned i = 0; i < MESSAGES; i++)
        assert_int_equal(peers[1].all[i].step, i);
    end_room();
}

static void a_begin_that_is_lost_is_said_again(void **state)
{
    (void)state;
    begin_room(2);
    break_connection(1);
    join_anew(1, 2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(600 * MS);
    open_connection(1);
    pass(25 * MS); /* the answer is on the way */
    break_connection(1);
    open_connection(1);
    pass(USEC_PER_SEC);
    assert_int_equal(peers[1].heard, 1);
    end_room();
}

/* A connection that is open already takes the place of one that broke: nothing tells that it is there. */
static void an_acknowledgement_that_finds_no_way_is_not_forgotten(void **state)
{
    (void)state;
    begin_room(2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    pass(30 * MS);
    assert_int_equal(peers[1].heard, 1);
    break_connection(1);
    pass(100 * MS);
    peers[1].is_open = true;
    pass(300 * MS);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    end_room();
}

static void without_others_nothing_is_kept(void **state)
{
    (void)state;
    begin_room(1);
    for (unsigned i = 0; i < 3000; i++)
        assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, i), 0);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    end_room();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_each_kind),
        cmocka_unit_test(connections_that_break_lose_nothing),
        cmocka_unit_test(who_joins_later_gets_what_is_sent_from_then_on),
        cmocka_unit_test(who_opens_its_channel_late_gets_what_is_sent_then),
        cmocka_unit_test(who_reads_slowly_is_sent_what_there_is_room_for),
        cmocka_unit_test(who_is_not_told_of_room_tries_again),
        cmocka_unit_test(syncs_without_end_are_answered_ten_times_a_second),
        cmocka_unit_test(what_is_refused_is_told_unless_it_comes_later),
        cmocka_unit_test(a_backlog_comes_in_batches),
        cmocka_unit_test(what_is_lost_of_a_stream_does_not_hold_up_the_rest),
        cmocka_unit_test(a_begin_that_is_lost_is_said_again),
        cmocka_unit_test(an_acknowledgement_that_finds_no_way_is_not_forgotten),
        cmocka_unit_test(without_others_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
