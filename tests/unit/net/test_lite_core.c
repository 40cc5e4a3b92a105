/* Which checks are answered, whose path it is, and when a session is lost: without sockets, in virtual time. */
#include <stdio.h>

#include "tests/unit/net/lite_fixture.h"
#include "transport/base/error.h"

static void a_valid_check_is_answered_with_the_senders_address(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *ip;
        int family;
    } rows[] = {{"192.0.2.7", AF_INET}, {"::ffff:192.0.2.8", AF_INET}, {"2001:db8::7", AF_INET6}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct path from = at(rows[i].ip, 5000);
        struct sockaddr_storage mapped = {0};
        assert_int_equal(honest_check(f, &from, (struct check){.use_candidate = true}, 0), LITE_VALID);
        assert_ptr_equal(f->result.session, f->a);
        assert_true(reply_is_success(&f->agent, f->reply, f->result.reply_length, &mapped));
        assert_int_equal(mapped.ss_family, rows[i].family);
        struct path back;
        assert_true(path_from_sockaddr(&back, (struct sockaddr *)&mapped));
        assert_true(path_equal(&back, &from));
        assert_true(uses(f->a, &from));
    }
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
}

static void bad_checks_change_nothing(void **state)
{
    struct fixture *f = *state;
    char longest[580];
    snprintf(longest, sizeof longest, "%s:%0560d", server_a.ufrag, 1);
    static const struct ice_credentials stranger = {"zzzz9999", "passwordpasswordpassword"};
    const struct {
        struct check check;
        enum lite_outcome outcome;
        int error; /* of the reply; 0: no reply */
    } rows[] = {
        {{.pwd = "passwordpasswordpassworX"}, LITE_BAD_CHECK, 0},
        {{.no_integrity = true}, LITE_BAD_CHECK, 0},
        {{.no_username = true}, LITE_BAD_CHECK, 0},
        {{.no_username = true, .no_integrity = true}, LITE_BAD_CHECK, 0},
        {{.username = longest}, LITE_BAD_CHECK, 0},
        {{.username = "aaaa1111"}, LITE_BAD_CHECK, 0},
        {{.username = ":"}, LITE_UNKNOWN_UFRAG, 0},
        {{.to = &stranger}, LITE_UNKNOWN_UFRAG, 0},
        {{.is_controlled = true}, LITE_BAD_CHECK, 487},
        {{.unknown_attribute = true}, LITE_BAD_CHECK, 420},
    };
    struct path from = at("192.0.2.7", 5000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(honest_check(f, &from, rows[i].check, 0), rows[i].outcome);
        assert_int_equal(f->result.reply_length > 0, rows[i].error != 0);
        if (rows[i].error != 0)
            assert_int_equal(reply_error(f->reply, f->result.reply_length), rows[i].error);
        assert_int_equal(lite_session_state(f->a), ICE_NEW);
        assert_null(lite_session_path(f->a));
        assert_null(datagram(f, &from, 0));
    }
}

static void every_truncation_and_bit_flip_is_refused(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.7", 5000);
    struct check good = {.to = &server_a};
    uint8_t data[1500];
    size_t length = make_check(&good, &f->agent, data, sizeof data);
    for (size_t n = 0; n < length; n++)
        assert_int_not_equal(lite_core_stun(f->core, &from, data, n, 0, f->reply).outcome, LITE_VALID);
    for (size_t bit = 0; bit < length * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(lite_core_stun(f->core, &from, data, length, 0, f->reply).outcome, LITE_VALID);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(lite_core_stun(f->core, &from, data, length, 0, f->reply).outcome, LITE_VALID);
}

static void indications_and_responses_are_not_answered(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.7", 5000);
    uint8_t indication[20] = {0x00, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42};
    struct lite_result result = lite_core_stun(f->core, &from, indication, sizeof indication, 0, f->reply);
    assert_int_equal(result.outcome, LITE_IGNORED);
    assert_int_equal(result.reply_length, 0);
    indication[0] = 1;
    indication[1] = 1;
    result = lite_core_stun(f->core, &from, indication, sizeof indication, 0, f->reply);
    assert_int_equal(result.outcome, LITE_BAD_ANSWER);
    assert_int_equal(result.reply_length, 0);
}

static void before_nomination_the_path_that_spoke_last_is_used(void **state)
{
    struct fixture *f = *state;
    struct path one = at("192.0.2.1", 5000), two = at("192.0.2.2", 5000), stranger = at("192.0.2.3", 5000);
    honest_check(f, &one, (struct check){0}, 0);
    honest_check(f, &two, (struct check){0}, 0);
    assert_true(uses(f->a, &one));
    assert_ptr_equal(datagram(f, &two, 1), f->a);
    assert_true(uses(f->a, &two));
    assert_null(datagram(f, &stranger, 1));
    honest_check(f, &one, (struct check){.use_candidate = true}, 2);
    assert_true(uses(f->a, &one));
    assert_ptr_equal(datagram(f, &two, 3), f->a);
    assert_true(uses(f->a, &one));
}

static void a_moved_peer_is_followed(void **state)
{
    struct fixture *f = *state;
    struct path old = at("192.0.2.1", 5000), moved = at("198.51.100.9", 7000), again = at("198.51.100.9", 7001);
    honest_check(f, &old, (struct check){.use_candidate = true}, 0);
    /* Nominated again on each check, as Chromium does: at once. */
    honest_check(f, &moved, (struct check){.use_candidate = true}, 1);
    assert_true(uses(f->a, &moved));
    /* Nominated only once, as Firefox does: a backup pair must not steal the path while that is in use... */
    datagram(f, &moved, 4 * USEC_PER_SEC);
    honest_check(f, &again, (struct check){0}, 4 * USEC_PER_SEC + 100 * USEC_PER_MSEC);
    assert_true(uses(f->a, &moved));
    /* ...but the first check after it fell silent moves it. */
    honest_check(f, &again, (struct check){0}, 5 * USEC_PER_SEC);
    assert_true(uses(f->a, &again));
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
}

static void of_two_nominated_paths_udp_is_used_while_it_lives(void **state)
{
    struct fixture *f = *state;
    struct path udp = at("192.0.2.1", 5000), tcp = at("192.0.2.1", 6000);
    tcp.stream = 7;
    honest_check(f, &tcp, (struct check){.use_candidate = true}, 0);
    assert_true(uses(f->a, &tcp));
    honest_check(f, &udp, (struct check){.use_candidate = true}, 1);
    assert_true(uses(f->a, &udp));
    honest_check(f, &tcp, (struct check){.use_candidate = true}, 2);
    assert_true(uses(f->a, &udp));
    honest_check(f, &tcp, (struct check){.use_candidate = true}, USEC_PER_SEC); /* UDP is blocked now */
    assert_true(uses(f->a, &tcp));
}

static void a_restart_keeps_the_old_password_until_the_new_is_used(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000), other = at("192.0.2.1", 5001);
    honest_check(f, &from, (struct check){.use_candidate = true}, 0);
    assert_int_equal(lite_session_set_local(f->a, &server_a, 1), 0);
    assert_int_equal(lite_session_set_local(f->a, &server_b, 1), 0);
    assert_int_equal(lite_session_set_remote(f->a, &client_a, 1), 0);
    assert_int_equal(honest_check(f, &from, (struct check){0}, 2), LITE_VALID);
    /* Another restart before the first took effect: b is replaced, a still serves. */
    assert_int_equal(lite_session_set_local(f->a, &server_c, 3), 0);
    assert_int_equal(lite_session_set_remote(f->a, &client_a, 3), 0);
    assert_int_equal(honest_check(f, &from, (struct check){.to = &server_b}, 4), LITE_UNKNOWN_UFRAG);
    assert_int_equal(honest_check(f, &from, (struct check){0}, 5), LITE_VALID);
    assert_true(uses(f->a, &from));
    assert_int_equal(honest_check(f, &other, (struct check){.to = &server_c, .use_candidate = true}, 6), LITE_VALID);
    assert_true(uses(f->a, &other));
    assert_int_equal(honest_check(f, &from, (struct check){0}, 7), LITE_UNKNOWN_UFRAG);
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
}

static void ufrags_are_unique_and_of_legal_length(void **state)
{
    struct fixture *f = *state;
    struct lite_session *b = NULL;
    static const struct ice_credentials bad[] = {{"abc", "passwordpasswordpassword"}, {"dddd4444", "short"}, {"", ""}};
    assert_int_equal(lite_session_new(&b, f->core, &server_a, NULL, 0), ERR_DUPLICATE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(lite_session_new(&b, f->core, &bad[i], NULL, 0), ERR_INVALID);
    assert_int_equal(lite_session_new(&b, f->core, &server_b, NULL, 0), 0);
    assert_int_equal(lite_session_set_local(b, &server_a, 0), ERR_DUPLICATE);
    lite_session_free(b);
    assert_int_equal(lite_session_new(&b, f->core, &server_b, NULL, 0), 0);
    lite_session_free(b);
}

static void consent_ends_and_only_new_credentials_bring_it_back(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000);
    honest_check(f, &from, (struct check){.use_candidate = true}, 0);
    assert_null(lite_core_expire(f->core, TIMEOUT / 2 - 1));
    assert_ptr_equal(lite_core_expire(f->core, TIMEOUT / 2), f->a);
    assert_null(lite_core_expire(f->core, TIMEOUT / 2));
    assert_int_equal(lite_session_state(f->a), ICE_DISCONNECTED);
    assert_true(uses(f->a, &from)); /* in doubt, not lost */
    honest_check(f, &from, (struct check){0}, TIMEOUT / 2 + 1);
    assert_true(f->result.state_changed);
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
    usec_t lost = TIMEOUT / 2 + 1 + TIMEOUT;
    datagram(f, &from, lost - 1); /* media is no consent */
    assert_ptr_equal(lite_core_expire(f->core, lost), f->a);
    assert_null(lite_core_expire(f->core, lost));
    assert_int_equal(lite_session_state(f->a), ICE_FAILED);
    assert_null(lite_session_path(f->a));
    assert_null(datagram(f, &from, lost));
    assert_int_equal(honest_check(f, &from, (struct check){0}, lost), LITE_UNKNOWN_UFRAG);
    assert_int_equal(lite_session_set_local(f->a, &server_b, lost), 0);
    assert_int_equal(lite_session_set_remote(f->a, &client_a, lost), 0);
    assert_int_equal(lite_session_state(f->a), ICE_NEW);
    assert_int_equal(honest_check(f, &from, (struct check){.to = &server_b}, lost + 1), LITE_VALID);
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
}

static void a_late_restart_has_its_whole_time(void **state)
{
    struct fixture *f = *state;
    struct path from = at("192.0.2.1", 5000);
    honest_check(f, &from, (struct check){.use_candidate = true}, 0);
    assert_int_equal(lite_session_set_local(f->a, &server_b, TIMEOUT - 1), 0);
    assert_int_equal(lite_session_set_remote(f->a, &client_a, TIMEOUT - 1), 0);
    assert_ptr_equal(lite_core_expire(f->core, TIMEOUT), f->a);
    assert_int_equal(lite_session_state(f->a), ICE_DISCONNECTED);
    assert_null(lite_session_path(f->a)); /* consent to send there has ended all the same */
    assert_null(lite_core_expire(f->core, TIMEOUT));
    assert_null(lite_core_expire(f->core, 2 * TIMEOUT - 2));
    assert_int_equal(honest_check(f, &from, (struct check){.to = &server_b}, 2 * TIMEOUT - 2), LITE_VALID);
    assert_int_equal(lite_session_state(f->a), ICE_CONNECTED);
    assert_null(lite_core_expire(f->core, 2 * TIMEOUT));
}

static void a_session_nobody_ever_checks_fails(void **state)
{
    struct fixture *f = *state;
    assert_null(lite_core_expire(f->core, TIMEOUT - 1));
    assert_ptr_equal(lite_core_expire(f->core, TIMEOUT), f->a);
    assert_int_equal(lite_session_state(f->a), ICE_FAILED);
    assert_null(lite_core_expire(f->core, TIMEOUT));
}

static void sessions_may_be_freed_while_expiring(void **state)
{
    struct fixture *f = *state;
    struct lite_session *list[5];
    for (int i = 0; i < 5; i++) {
        struct ice_credentials credentials = server_a;
        credentials.ufrag[0] = (char)('k' + i);
        assert_int_equal(lite_session_new(&list[i], f->core, &credentials, NULL, 0), 0);
    }
    /* The newest is looked at first; free it, and the one that would be next. */
    assert_ptr_equal(lite_core_expire(f->core, TIMEOUT), list[4]);
    lite_session_free(list[4]);
    lite_session_free(list[3]);
    int left = 0;
    for (struct lite_session *s; (s = lite_core_expire(f->core, TIMEOUT)) != NULL; left++)
        assert_ptr_not_equal(s, list[3]);
    assert_int_equal(left, 4);
    for (int i = 0; i < 3; i++)
        lite_session_free(list[i]);
}

static void a_stream_belongs_to_its_first_session(void **state)
{
    struct fixture *f = *state;
    struct lite_session *b;
    struct path stream = at("192.0.2.1", 5000);
    uint64_t streams[4];
    stream.stream = 77;
    assert_int_equal(lite_session_new(&b, f->core, &server_b, NULL, 0), 0);
    assert_int_equal(honest_check(f, &stream, (struct check){0}, 0), LITE_VALID);
    assert_int_equal(honest_check(f, &stream, (struct check){.to = &server_b}, 0), LITE_BAD_CHECK);
    assert_int_equal(f->result.reply_length, 0);
    assert_int_equal(lite_session_streams(f->a, streams, 4), 1);
    assert_int_equal(streams[0], 77);
    assert_ptr_equal(lite_core_forget(f->core, &stream), f->a);
    assert_int_equal(lite_session_state(f->a), ICE_DISCONNECTED);
    assert_null(lite_core_forget(f->core, &stream));
    lite_session_free(b);
}

static void an_unproven_address_goes_to_the_session_that_checked_last(void **state)
{
    struct fixture *f = *state;
    struct lite_session *b;
    struct path from = at("192.0.2.1", 5000);
    assert_int_equal(lite_session_new(&b, f->core, &server_b, NULL, 0), 0);
    check(f, &from, (struct check){0}, 0);
    check(f, &from, (struct check){.to = &server_b}, 1);
    assert_ptr_equal(datagram(f, &from, 2), b);
    lite_session_free(b);
    assert_ptr_equal(datagram(f, &from, 3), f->a);
}

static void a_session_holds_a_bounded_number_of_paths(void **state)
{
    struct fixture *f = *state;
    struct path first = at("192.0.2.1", 1000);
    honest_check(f, &first, (struct check){.use_candidate = true}, 0);
    for (uint16_t port = 2000; port < 2100; port++) {
        struct path path = at("192.0.2.1", port);
        datagram(f, &first, port);
        honest_check(f, &path, (struct check){0}, port);
        assert_ptr_equal(datagram(f, &path, port), f->a);
    }
    assert_true(uses(f->a, &first));
    int known = 0;
    for (uint16_t port = 2000; port < 2100; port++) {
        struct path path = at("192.0.2.1", port);
        known += datagram(f, &path, 2100) != NULL;
    }
    assert_int_equal(known, 7);
}

static void the_path_table_finds_what_is_in_it(void **state)
{
    struct path_table table;
    static int values[3000];
    (void)state;
    path_table_init(&table, 7);
    for (uint16_t i = 0; i < 3000; i++) {
        struct path path = at("10.0.0.1", (uint16_t)(i + 1));
        path_table_put(&table, &path, &values[i]);
    }
    for (uint16_t i = 0; i < 3000; i += 3) {
        struct path path = at("10.0.0.1", (uint16_t)(i + 1));
        path_table_remove(&table, &path);
        path_table_remove(&table, &path);
    }
    assert_int_equal(table.count, 2000);
    for (uint16_t i = 0; i < 3000; i++) {
        struct path path = at("10.0.0.1", (uint16_t)(i + 1));
        assert_ptr_equal(path_table_get(&table, &path), i % 3 == 0 ? NULL : &values[i]);
    }
    path_table_fini(&table);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_valid_check_is_answered_with_the_senders_address),
        TEST(bad_checks_change_nothing),
        TEST(every_truncation_and_bit_flip_is_refused),
        TEST(indications_and_responses_are_not_answered),
        TEST(before_nomination_the_path_that_spoke_last_is_used),
        TEST(of_two_nominated_paths_udp_is_used_while_it_lives),
        TEST(a_moved_peer_is_followed),
        TEST(a_restart_keeps_the_old_password_until_the_new_is_used),
        TEST(ufrags_are_unique_and_of_legal_length),
        TEST(consent_ends_and_only_new_credentials_bring_it_back),
        TEST(a_late_restart_has_its_whole_time),
        TEST(a_session_nobody_ever_checks_fails),
        TEST(sessions_may_be_freed_while_expiring),
        TEST(a_stream_belongs_to_its_first_session),
        TEST(an_unproven_address_goes_to_the_session_that_checked_last),
        TEST(a_session_holds_a_bounded_number_of_paths),
        TEST(the_path_table_finds_what_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
