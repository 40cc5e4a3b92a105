/* What an address gets before and after it has proven that the peer is there: in virtual time, with forgers around. */
#include "tests/unit/net/lite_fixture.h"
#include "transport/base/error.h"

#define RTT (40 * USEC_PER_MSEC)

static const struct ice_credentials client_b = {"client", "anotherpasswordanotherpass"};

/* Polls the retries that are due until `end`; what `from` is asked goes to `out` (the last one), returns how many. */
static unsigned requests_until(struct fixture *f, const struct path *from, usec_t *now, usec_t end,
                               struct lite_output *out)
{
    struct lite_output next;
    unsigned count = 0;
    for (; *now <= end; *now += 20 * USEC_PER_MSEC) {
        lite_core_retry(f->core, *now);
        while (lite_core_poll(f->core, *now, &next)) {
            if (next.type != LITE_SEND || !path_equal(&next.path, from))
                continue;
            *out = next;
            count++;
        }
    }
    return count;
}

static void media_waits_for_the_answer_and_a_handshake_does_not(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000);
    check(f, &from, (struct check){.use_candidate = true}, 0);
    struct lite_output request = next_request(f, 0);
    assert_true(path_equal(&request.path, &from));
    assert_int_equal(lite_session_state(f->a), ICE_NEW);
    assert_false(gets_media(f->a, &from));
    assert_non_null(datagram(f, &from, 1)); /* its ClientHello */
    assert_non_null(lite_session_route(f->a, 100, true));
    assert_int_equal(answer(f, &from, &request, &client_a, RTT), LITE_PROVEN);
    assert_true(f->result.state_changed);
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
    assert_true(gets_media(f->a, &from));
}

static void an_unproven_address_gets_three_times_what_it_sent_at_most(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000);
    uint8_t data[1500];
    struct lite_output out;
    size_t received = 0, sent = 0;
    for (usec_t now = 0; now < 20 * USEC_PER_SEC; now += 20 * USEC_PER_MSEC) {
        if (now % USEC_PER_SEC == 0) {
            size_t length = build_check(f, (struct check){.use_candidate = true}, data);
            received += length;
            sent += lite_core_stun(f->core, &from, data, length, now, f->reply).reply_length;
        }
        lite_core_retry(f->core, now);
        while (lite_core_poll(f->core, now, &out))
            sent += out.length;
        for (int i = 0; i < 10; i++)
            sent += lite_session_route(f->a, 50, true) != NULL ? 50 : 0;
        assert_true(sent <= 3 * received);
        assert_false(gets_media(f->a, &from));
    }
    assert_true(sent > 3 * received - 50);
}

static void only_the_peers_own_answer_to_the_very_request_proves_a_path(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000), elsewhere = at("192.0.2.1", 5001);
    struct lite_output other = {.length = 0};
    check(f, &elsewhere, (struct check){0}, 0);
    other = next_request(f, 0);
    check(f, &from, (struct check){.use_candidate = true}, 0);
    struct lite_output request = next_request(f, 0);
    uint8_t good[1500], bad[1500];
    size_t length = make_answer(&client_a, request.data, request.length, good, sizeof good);
    /* An answer to what another address was asked, and the right one from another address. */
    assert_int_equal(answer(f, &from, &other, &client_a, RTT), LITE_BAD_ANSWER);
    assert_int_equal(answer(f, &elsewhere, &request, &client_a, RTT), LITE_BAD_ANSWER);
    /* Somebody who has the ufrag but not the password refuses to answer; made up with another password it is none. */
    assert_int_equal(answer(f, &from, &request, &client_b, RTT), LITE_IGNORED);
    for (size_t n = 0; n < length; n++)
        assert_int_not_equal(lite_core_stun(f->core, &from, good, n, RTT, f->reply).outcome, LITE_PROVEN);
    for (size_t bit = 0; bit < (length - 8) * 8; bit++) { /* but for the fingerprint, which proves nothing */
        if (bit / 16 == (length - 8 - 22) / 2) /* the integrity's own length: it counts for as much as it needs */
            continue;
        memcpy(bad, good, length);
        bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (lite_core_stun(f->core, &from, bad, length, RTT, f->reply).outcome == LITE_PROVEN)
            fail_msg("bit %zu of %zu", bit, length * 8);
    }
    /* Without its integrity: header and mapped address only. */
    memcpy(bad, good, length);
    bad[2] = 0, bad[3] = 12;
    assert_int_not_equal(lite_core_stun(f->core, &from, bad, 32, RTT, f->reply).outcome, LITE_PROVEN);
    assert_false(gets_media(f->a, &from));
    assert_int_equal(lite_core_stun(f->core, &from, good, length, RTT, f->reply).outcome, LITE_PROVEN);
    assert_true(gets_media(f->a, &from));
    /* Recorded and played again it counts no more. */
    assert_int_equal(lite_core_stun(f->core, &from, good, length, RTT, f->reply).outcome, LITE_BAD_ANSWER);
}

static void a_spoofed_check_moves_nothing(void **state)
{
    struct fixture *f = *state;
    struct path client = at("192.0.2.1", 5000), victim = at("198.51.100.9", 7000);
    honest_check(f, &client, (struct check){.use_candidate = true}, 0);
    for (usec_t now = 1; now < 20 * USEC_PER_SEC; now += 200 * USEC_PER_MSEC) {
        datagram(f, &client, now);
        check(f, &victim, (struct check){.use_candidate = true}, now);
        answer_all(f, &client_b, now); /* whoever is there does not know the password */
        assert_true(gets_media(f->a, &client));
        if (now % USEC_PER_SEC == 1)
            honest_check(f, &client, (struct check){0}, now);
    }
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
}

/* Somebody with a session of their own writes another client's address into checks. */
static void an_address_stays_with_the_session_that_proved_it(void **state)
{
    struct fixture *f = *state;
    struct lite_session *b;
    struct path victim = at("192.0.2.1", 5000), own = at("198.51.100.9", 7000);
    assert_int_equal(lite_session_new(&b, f->core, &server_b, NULL, 0), 0);
    assert_int_equal(lite_session_set_remote(b, &client_b, 0), 0);
    honest_check(f, &victim, (struct check){.use_candidate = true}, 0);
    for (usec_t now = 1; now < 25 * USEC_PER_SEC; now += 200 * USEC_PER_MSEC) {
        assert_int_equal(check(f, &victim, (struct check){.to = &server_b, .use_candidate = true}, now), LITE_VALID);
        answer_all(f, &client_a, now); /* the victim answers what it is asked about its own session */
        assert_ptr_equal(datagram(f, &victim, now), f->a);
        assert_true(gets_media(f->a, &victim));
        assert_false(gets_media(b, &victim));
        if (now % USEC_PER_SEC == 1) {
            honest_check(f, &victim, (struct check){0}, now);
            while (lite_core_expire(f->core, now) != NULL)
                ;
            answer_all(f, &client_a, now);
        }
    }
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
    /* The forger gets its own path all the same. */
    check(f, &own, (struct check){.to = &server_b, .use_candidate = true}, 26 * USEC_PER_SEC);
    answer_all(f, &client_b, 26 * USEC_PER_SEC);
    assert_true(gets_media(b, &own));
    lite_session_free(b);
    assert_ptr_equal(datagram(f, &victim, 27 * USEC_PER_SEC), f->a);
}

static void a_claim_that_comes_first_does_not_keep_the_owner_out(void **state)
{
    struct fixture *f = *state;
    struct lite_session *others[20];
    struct path victim = at("192.0.2.1", 5000);
    for (int i = 0; i < 20; i++) {
        struct ice_credentials credentials = server_b;
        credentials.ufrag[0] = (char)('e' + i);
        assert_int_equal(lite_session_new(&others[i], f->core, &credentials, NULL, 0), 0);
        assert_int_equal(lite_session_set_remote(others[i], &client_b, 0), 0);
        check(f, &victim, (struct check){.to = &credentials, .use_candidate = true}, i);
    }
    honest_check(f, &victim, (struct check){.use_candidate = true}, 100);
    assert_ptr_equal(datagram(f, &victim, 101), f->a);
    assert_true(gets_media(f->a, &victim));
    for (int i = 0; i < 20; i++)
        lite_session_free(others[i]);
    assert_ptr_equal(datagram(f, &victim, 102), f->a);
}

/* A new connection behind the same socket (or a NAT's port that somebody else has now): it answers, so it is there. */
static void an_address_goes_over_to_who_proves_it(void **state)
{
    struct fixture *f = *state;
    struct lite_session *b;
    struct path from = at("192.0.2.1", 5000);
    honest_check(f, &from, (struct check){.use_candidate = true}, 0);
    assert_int_equal(lite_session_new(&b, f->core, &server_b, NULL, 0), 0);
    assert_int_equal(lite_session_set_remote(b, &client_b, 0), 0);
    check(f, &from, (struct check){.to = &server_b, .use_candidate = true}, 1);
    assert_ptr_equal(datagram(f, &from, 2), f->a);
    assert_int_equal(answer_all(f, &client_b, 3), 1);
    assert_ptr_equal(datagram(f, &from, 4), b);
    assert_true(gets_media(b, &from));
    assert_null(lite_session_path(f->a));
    lite_session_free(b);
    assert_null(datagram(f, &from, 5));
}

/* When media goes to the new address of a client that moved: with its next check (or datagram, if the old path fell
 * silent) and one round trip. */
static void a_client_that_moves_is_followed_after_one_round_trip(void **state)
{
    struct fixture *f = *state;
    struct path old = at("192.0.2.1", 5000), moved = at("198.51.100.9", 7000);
    static const struct {
        const char *why;
        bool nominates_again;
        unsigned lost; /* requests of ours */
        usec_t within; /* of the first check from there */
    } rows[] = {
        {"Chromium nominates with each check", true, 0, RTT},
        {"a request was lost", true, 1, 100 * USEC_PER_MSEC + 2 * RTT},
        {"two requests were lost", true, 2, 300 * USEC_PER_MSEC + 2 * RTT},
        {"Firefox nominates once: the old path has to be silent", false, 0, 560 * USEC_PER_MSEC},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        usec_t start = (usec_t)(i + 1) * 20 * USEC_PER_SEC, now = start;
        unsigned lost = rows[i].lost;
        struct lite_output out;
        old.port++, moved.port++;
        honest_check(f, &old, (struct check){.use_candidate = true}, start - 1);
        datagram(f, &old, start - 1);
        assert_true(uses(f->a, &old));
        check(f, &moved, (struct check){.use_candidate = rows[i].nominates_again}, start);
        for (; !gets_media(f->a, &moved); now += 20 * USEC_PER_MSEC) {
            if (now - start > rows[i].within)
                fail_msg("%s: %lld us", rows[i].why, (long long)(now - start));
            lite_core_retry(f->core, now);
            while (lite_core_poll(f->core, now, &out))
                if (path_equal(&out.path, &moved) && (lost == 0 || lost-- == 0))
                    assert_int_equal(answer(f, &moved, &out, &client_a, now + RTT), LITE_PROVEN);
            datagram(f, &moved, now + RTT); /* its own media */
        }
        assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
    }
}

static void a_lost_request_is_repeated_and_not_for_ever(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000);
    struct lite_output first, last;
    usec_t now = 0;
    check(f, &from, (struct check){.use_candidate = true}, 0);
    first = next_request(f, 0);
    for (int i = 0; i < 20; i++)
        datagram(f, &from, 1); /* room for all of them */
    assert_int_equal(requests_until(f, &from, &now, 10 * USEC_PER_SEC, &last), 5);
    assert_memory_equal(first.data + 4, last.data + 4, 16); /* the same transaction: any answer to it counts */
    assert_false(lite_core_is_busy(f->core));
    assert_int_equal(answer(f, &from, &first, &client_a, now), LITE_PROVEN);
    assert_true(gets_media(f->a, &from));
}

static void consent_is_asked_for_and_lost(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000);
    struct lite_output out;
    usec_t last = 0;
    unsigned asked = 0;
    honest_check(f, &from, (struct check){.use_candidate = true}, 0);
    for (usec_t now = 0; now < 300 * USEC_PER_SEC; now += 100 * USEC_PER_MSEC) {
        assert_null(lite_core_expire(f->core, now));
        while (lite_core_poll(f->core, now, &out)) {
            assert_in_range(now - last, 4 * USEC_PER_SEC, 6 * USEC_PER_SEC + 100 * USEC_PER_MSEC);
            assert_int_equal(answer(f, &out.path, &out, &client_a, now), LITE_PROVEN);
            last = now;
            asked++;
        }
    }
    assert_in_range(asked, 50, 75); /* no checks of its own: the answers are consent */
    /* It is still heard, and still checks, but does not answer: no consent. */
    usec_t end = last + TIMEOUT;
    for (usec_t now = 300 * USEC_PER_SEC; now < end; now += 100 * USEC_PER_MSEC) {
        assert_null(lite_core_expire(f->core, now));
        while (lite_core_poll(f->core, now, &out))
            ;
        check(f, &from, (struct check){.use_candidate = true}, now);
        datagram(f, &from, now);
        assert_true(gets_media(f->a, &from));
    }
    assert_ptr_equal(lite_core_expire(f->core, end), f->a);
    assert_int_equal(lite_session_state(f->a), ICE_FAILED);
    assert_null(lite_session_route(f->a, 100, true));
}

static void a_lossy_path_keeps_its_consent(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000);
    struct lite_output out;
    struct rng rng;
    rng_init(&rng, 5);
    honest_check(f, &from, (struct check){.use_candidate = true}, 0);
    for (usec_t now = 0; now < 3600 * USEC_PER_SEC; now += 100 * USEC_PER_MSEC) {
        assert_null(lite_core_expire(f->core, now));
        lite_core_retry(f->core, now);
        while (lite_core_poll(f->core, now, &out))
            if (rng_below(&rng, 100) < 49) /* of a hundred packets thirty are lost, each way */
                answer(f, &out.path, &out, &client_a, now);
    }
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
}

static void a_restart_needs_the_new_remote_password(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000);
    honest_check(f, &from, (struct check){.use_candidate = true}, 0);
    assert_int_equal(lite_session_set_local(f->a, &server_b, 1), 0);
    assert_int_equal(lite_session_set_remote(f->a, &client_b, 1), 0);
    assert_false(lite_session_is_confirmed(f->a));
    assert_true(gets_media(f->a, &from)); /* the old path goes on */
    check(f, &from, (struct check){.to = &server_b, .use_candidate = true}, 2);
    assert_int_equal(answer_all(f, &client_a, 3), 0);
    assert_false(lite_session_is_confirmed(f->a));
    assert_int_equal(check(f, &from, (struct check){0}, 4), LITE_VALID); /* the old credentials, too */
    check(f, &from, (struct check){.to = &server_b, .use_candidate = true}, 200 * USEC_PER_MSEC);
    lite_core_retry(f->core, 200 * USEC_PER_MSEC);
    assert_int_equal(answer_all(f, &client_b, 200 * USEC_PER_MSEC), 1);
    assert_true(lite_session_is_confirmed(f->a));
    assert_int_equal(check(f, &from, (struct check){0}, 201 * USEC_PER_MSEC), LITE_UNKNOWN_UFRAG);
}

static void a_stream_is_proven_like_any_path_and_closed_when_it_is_given_up(void **state)
{
    struct fixture *f = *state;
    struct path udp = at("192.0.2.1", 5000), stream = at("198.51.100.9", 7000);
    struct lite_output out;
    stream.stream = 7;
    honest_check(f, &udp, (struct check){.use_candidate = true}, 0);
    /* A recorded check over a connection of somebody else's: the address is real, but not the client's. */
    check(f, &stream, (struct check){.use_candidate = true}, USEC_PER_SEC);
    assert_int_equal(answer_all(f, &client_b, USEC_PER_SEC), 0);
    assert_true(gets_media(f->a, &udp));
    unsigned closed = 0;
    for (uint64_t i = 8; i < 40; i++) { /* more of them than a session has paths */
        stream.stream = i;
        check(f, &stream, (struct check){0}, USEC_PER_SEC);
        while (lite_core_poll(f->core, USEC_PER_SEC, &out))
            closed += out.type == LITE_CLOSE_STREAM;
    }
    assert_int_equal(closed, 33 - 7);
    assert_true(gets_media(f->a, &udp));
    for (usec_t now = 40 * USEC_PER_SEC; lite_core_expire(f->core, now) != NULL;)
        ;
    while (lite_core_poll(f->core, 40 * USEC_PER_SEC, &out))
        closed += out.type == LITE_CLOSE_STREAM;
    assert_int_equal(closed, 33);
}

static void a_stream_may_shake_hands_before_it_is_proven(void **state)
{
    struct fixture *f = *state;
    struct path stream = at("198.51.100.9", 7000);
    stream.stream = 7;
    check(f, &stream, (struct check){.use_candidate = true}, 0);
    struct lite_output request = next_request(f, 0);
    assert_non_null(lite_session_route(f->a, 5000, true)); /* its TCP handshake has shown that the address is real */
    assert_false(gets_media(f->a, &stream));
    assert_int_equal(answer(f, &stream, &request, &client_a, RTT), LITE_PROVEN);
    assert_true(gets_media(f->a, &stream));
}

static void checks_and_datagrams_over_the_budget_are_dropped_and_others_are_not_touched(void **state)
{
    struct fixture *f = *state;
    struct lite_session *b;
    struct path own = at("192.0.2.1", 5000), other = at("192.0.2.2", 5000), replayed = at("198.51.100.9", 7000);
    unsigned valid = 0, over = 0, heard = 0;
    assert_int_equal(lite_session_new(&b, f->core, &server_b, NULL, 0), 0);
    assert_int_equal(lite_session_set_remote(b, &client_a, 0), 0);
    honest_check(f, &own, (struct check){.use_candidate = true}, 0);
    honest_check(f, &other, (struct check){.to = &server_b, .use_candidate = true}, 0);
    for (usec_t now = 1; now < 10 * USEC_PER_SEC; now += 500) {
        enum lite_outcome outcome = check(f, &own, (struct check){0}, now);
        valid += outcome == LITE_VALID;
        over += outcome == LITE_OVER_BUDGET;
    }
    assert_in_range(valid, 1000, 1300);
    assert_true(over > 18000);
    /* The same from elsewhere, as somebody does who recorded a check: the client's own are heard all the same. */
    for (usec_t now = 20 * USEC_PER_SEC; now < 21 * USEC_PER_SEC; now += 500)
        check(f, &replayed, (struct check){0}, now);
    assert_int_equal(check(f, &own, (struct check){0}, 21 * USEC_PER_SEC), LITE_VALID);
    for (usec_t now = 30 * USEC_PER_SEC; now < 31 * USEC_PER_SEC; now += 5)
        heard += datagram(f, &own, now) != NULL;
    assert_in_range(heard, 10000, 15001);
    assert_ptr_equal(datagram(f, &other, 31 * USEC_PER_SEC), b);
    lite_session_free(b);
}

static void a_long_queue_tightens_the_budget_of_who_sends_most(void **state)
{
    struct fixture *f = *state;
    struct lite_session *b;
    struct path own = at("192.0.2.1", 5000), other = at("192.0.2.2", 5000);
    unsigned heard = 0, heard_of_b = 0;
    assert_int_equal(lite_session_new(&b, f->core, &server_b, NULL, 0), 0);
    assert_int_equal(lite_session_set_remote(b, &client_a, 0), 0);
    honest_check(f, &own, (struct check){.use_candidate = true}, 0);
    honest_check(f, &other, (struct check){.to = &server_b, .use_candidate = true}, 0);
    lite_core_press(f->core, true);
    for (usec_t now = USEC_PER_SEC; now < 2 * USEC_PER_SEC; now += 20) {
        heard += datagram(f, &own, now) != NULL;
        if (now % 1000 == 0)
            heard_of_b += datagram(f, &other, now) == b;
    }
    assert_in_range(heard, 2000, 3001);
    assert_int_equal(heard_of_b, 1000); /* as many as a full call needs */
    lite_core_press(f->core, false);
    heard = 0;
    for (usec_t now = 3 * USEC_PER_SEC; now < 4 * USEC_PER_SEC; now += 20)
        heard += datagram(f, &own, now) != NULL;
    assert_in_range(heard, 10000, 15001);
    lite_session_free(b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(media_waits_for_the_answer_and_a_handshake_does_not),
        TEST(an_unproven_address_gets_three_times_what_it_sent_at_most),
        TEST(only_the_peers_own_answer_to_the_very_request_proves_a_path),
        TEST(a_spoofed_check_moves_nothing),
        TEST(an_address_stays_with_the_session_that_proved_it),
        TEST(a_claim_that_comes_first_does_not_keep_the_owner_out),
        TEST(an_address_goes_over_to_who_proves_it),
        TEST(a_client_that_moves_is_followed_after_one_round_trip),
        TEST(a_lost_request_is_repeated_and_not_for_ever),
        TEST(consent_is_asked_for_and_lost),
        TEST(a_lossy_path_keeps_its_consent),
        TEST(a_restart_needs_the_new_remote_password),
        TEST(a_stream_is_proven_like_any_path_and_closed_when_it_is_given_up),
        TEST(a_stream_may_shake_hands_before_it_is_proven),
        TEST(checks_and_datagrams_over_the_budget_are_dropped_and_others_are_not_touched),
        TEST(a_long_queue_tightens_the_budget_of_who_sends_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
