#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/stun_client.h"
#include "transport/net/lite_core.h"

static const struct ice_credentials ours = {"ourUfrag", "ourPasswordOurPassword"};
static const struct ice_credentials theirs = {"theirUfr", "theirPasswordTheirPasswo"};

static const struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = 0x1111, .sin_addr = {0x0100007f}};

static void init(struct stun_client *client, const struct ice_credentials *local, const struct ice_credentials *remote)
{
    struct rng rng;
    rng_init(&rng, 7);
    stun_client_init(client, local->ufrag, local->pwd, remote->ufrag, remote->pwd, &rng, 0);
}

static void a_router_takes_its_checks_and_each_believes_the_others_answer(void **state)
{
    (void)state;
    static const struct lite_core_config config = {.consent_timeout = 30 * USEC_PER_SEC, .seed = 1};
    struct stun_client client;
    struct lite_core *core = lite_core_new(&config);
    struct lite_session *session;
    struct lite_output request;
    struct path from;
    uint8_t check[1500], reply[STUN_REPLY_MAX], answer[1500];
    assert_true(path_from_sockaddr(&from, (const struct sockaddr *)&server));
    assert_int_equal(lite_session_new(&session, core, &theirs, NULL, 0), 0);
    assert_int_equal(lite_session_set_remote(session, &ours, 0), 0);
    init(&client, &ours, &theirs);
    size_t length = stun_client_poll(&client, check, sizeof check, 0);
    assert_true(length > 0);
    struct lite_result result = lite_core_stun(core, &from, check, length, 0, reply);
    assert_int_equal(result.outcome, LITE_VALID);
    assert_false(client.is_connected);
    assert_true(stun_client_input(&client, reply, result.reply_length, 10));
    assert_true(client.is_connected);
    assert_true(lite_core_poll(core, 10, &request));
    length = stun_client_answer(&client, request.data, request.length, &server, answer, sizeof answer);
    assert_int_equal(lite_core_stun(core, &from, answer, length, 20, reply).outcome, LITE_PROVEN);
    assert_int_equal(lite_session_state(session), ICE_CONNECTED);
    lite_session_free(session);
    lite_core_free(core);
}

static void checks_are_repeated_until_answered_then_keep_consent(void **state)
{
    (void)state;
    struct stun_client client;
    uint8_t check[1500];
    unsigned sent = 0;
    init(&client, &ours, &theirs);
    for (usec_t now = 0; now < USEC_PER_SEC; now += USEC_PER_MSEC)
        sent += stun_client_poll(&client, check, sizeof check, now) > 0;
    assert_in_range(sent, 4, 8);
    client.is_connected = true;
    client.next = USEC_PER_SEC;
    sent = 0;
    for (usec_t now = USEC_PER_SEC; now < 31 * USEC_PER_SEC; now += USEC_PER_MSEC)
        sent += stun_client_poll(&client, check, sizeof check, now) > 0;
    assert_int_equal(sent, 6);
}

static void a_check_with_our_password_is_answered_and_no_other(void **state)
{
    (void)state;
    static const struct ice_credentials wrong = {"ourUfrag", "anotherPasswordAnother"};
    static const struct ice_credentials nobody = {"nobody00", "ourPasswordOurPassword"};
    struct stun_client client, peer;
    uint8_t check[1500], reply[1500];
    const struct {
        const struct ice_credentials *to;
        bool is_answered;
    } cases[] = {{&ours, true}, {&wrong, false}, {&nobody, false}};
    init(&client, &ours, &theirs);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        init(&peer, &theirs, cases[i].to);
        size_t length = stun_client_poll(&peer, check, sizeof check, 0);
        /* Both ends are controlling here: the answer is a role conflict. Without the right password there is none. */
        size_t answer = stun_client_answer(&client, check, length, &server, reply, sizeof reply);
        assert_int_equal(answer > 0, cases[i].is_answered);
    }
    assert_int_equal(stun_client_answer(&client, check, 10, &server, reply, sizeof reply), 0);
}

static void a_strange_answer_does_not_connect(void **state)
{
    (void)state;
    struct stun_client client;
    uint8_t check[1500];
    init(&client, &ours, &theirs);
    size_t length = stun_client_poll(&client, check, sizeof check, 0);
    assert_false(stun_client_input(&client, check, length, 0)); /* a request */
    check[0] = 1;
    check[1] = 1;
    check[8] ^= 1; /* success, of another transaction */
    assert_false(stun_client_input(&client, check, length, 0));
    assert_false(stun_client_input(&client, check, 5, 0));
    assert_false(client.is_connected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_router_takes_its_checks_and_each_believes_the_others_answer),
        cmocka_unit_test(checks_are_repeated_until_answered_then_keep_consent),
        cmocka_unit_test(a_check_with_our_password_is_answered_and_no_other),
        cmocka_unit_test(a_strange_answer_does_not_connect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
