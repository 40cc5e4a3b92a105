/* What each message of a client does, with sessions and a router that only write down what reaches them: the functions
 * of session.h and router_participant.h below take the place of the real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/config/token.h"
#include "signaling/dispatch.h"
#include "signaling/router/router_participant.h"
#include "signaling/signaling.h"
#include "tests/unit/signaling/null_room_port.h"
#include "tests/unit/signaling/router_calls.h"
#include "transport/net/clock.h"

#define S USEC_PER_SEC
#define SESSIONS 3
#define SECRET "a secret of enough bytes"

static struct signaling signaling;
static struct config config;
static struct session sessions[SESSIONS];
static json_t *inboxes[SESSIONS];
static char refusals[SESSIONS][256]; /* "code field; code field" */
static unsigned closed[SESSIONS];    /* with this code; 0: open */
static const char *router_refuses;   /* with this code */

static size_t index_of(const struct session *session)
{
    return (size_t)(session - sessions);
}

/* Sessions */

void session_send(struct session *session, json_t *message)
{
    json_array_append_new(inboxes[index_of(session)], message);
}

void session_send_text(struct session *session, struct text *text)
{
    session_send(session, json_loads(text_data(text), 0, NULL));
}

void session_refuse(struct session *session, const struct refusal *refusal)
{
    char *out = refusals[index_of(session)];
    size_t used = strlen(out);
    snprintf(out + used, sizeof refusals[0] - used, "%s%s%s%s", used > 0 ? "; " : "", refusal->code,
             refusal->field[0] != '\0' ? " " : "", refusal->field);
}

void session_end(struct session *session, unsigned close_code)
{
    closed[index_of(session)] = close_code;
}

void front_joined(struct front *front, const struct session *session)
{
    (void)front, (void)session;
}

/* The router */

void router_participant_offer(struct router_participant *router, struct room_participant *participant,
                              const struct router_offer *given, struct refusal *error)
{
    (void)router;
    router_call_note("offer of %s in %u:", participant->id, (unsigned)given->generation);
    for (size_t i = 0; i < given->send_count; i++)
        router_call_note(" %s sends %s%s", given->sends[i].mid, given->sends[i].source,
                         given->sends[i].muted ? ", muted" : "");
    for (size_t i = 0; i < given->receive_count; i++)
        router_call_note(" %s receives %s", given->receives[i].mid, given->receives[i].publication);
    router_call_note(";");
    error->code = router_refuses;
}

void router_participant_candidate(struct router_participant *router, struct room_participant *participant,
                                  uint64_t generation, const char *candidate)
{
    (void)router;
    router_call_note("candidate of %s in %u: %s;", participant->id, (unsigned)generation, candidate);
}

void router_participant_renew(struct router_participant *router, struct room_participant *participant,
                              uint64_t generation, struct refusal *error)
{
    (void)router;
    router_call_note("renew %s to %u;", participant->id, (unsigned)generation);
    error->code = router_refuses;
}

void router_participant_receive(struct router_participant *router, struct room_participant *participant,
                                struct router_request *requests, size_t count)
{
    (void)router;
    router_call_note("%s receives %zu;", participant->id, count);
    free(requests);
}

void router_participant_mute(struct router_participant *router, struct room_participant *participant,
                             const char *source, bool muted)
{
    (void)router;
    router_call_note("%s %s %s;", participant->id, muted ? "mutes" : "unmutes", source);
}

void router_participant_resumed(struct router_participant *router, const struct room_participant *participant)
{
    (void)router;
    router_call_note("%s is there;", participant->id);
}

static int set_up(void **state)
{
    const struct rooms_config rooms = {.room_max = 1,
                                       .participant_max = 2,
                                       .grace = 60 * S,
                                       .dedicated_slots = 9,
                                       .audio_slots = 3,
                                       .topology = {.hold = 10 * S, .copy_bps = 600000}};
    const struct room_port port = null_room_port();
    (void)state;
    config = (struct config){.open = true, .secret_length = sizeof SECRET - 1};
    memcpy(config.secret, SECRET, sizeof SECRET - 1);
    signaling =
        (struct signaling){.config = &config, .rooms = rooms_new(&rooms, &port), .sockets = {.owner = &signaling}};
    for (size_t i = 0; i < SESSIONS; i++) {
        sessions[i] = (struct session){.host = &signaling.sockets};
        inboxes[i] = json_array();
        refusals[i][0] = '\0';
        closed[i] = 0;
    }
    router_calls_clear();
    router_refuses = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rooms_free(signaling.rooms);
    for (size_t i = 0; i < SESSIONS; i++)
        json_decref(inboxes[i]);
    return 0;
}

static void says(unsigned session, const char *text)
{
    dispatch_text(&sessions[session], text, strlen(text), S);
}

/* What the session was refused since the last time; "": nothing. */
static void refused(unsigned session, const char *expected)
{
    assert_string_equal(refusals[session], expected);
    refusals[session][0] = '\0';
}

/* The last message of this type, borrowed; NULL: none since the last time. */
static const json_t *last(unsigned session, const char *type)
{
    static json_t *found;
    json_t *message;
    size_t index;
    json_decref(found);
    found = NULL;
    json_array_foreach(inboxes[session], index, message)
    {
        if (strcmp(json_string_value(json_object_get(message, "type")), type) != 0)
            continue;
        json_decref(found);
        found = json_incref(message);
    }
    json_array_clear(inboxes[session]);
    return found;
}

static void join(unsigned session)
{
    says(session, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\"}");
    refused(session, "");
    assert_non_null(last(session, "joined"));
    router_calls_clear();
}

static void test_who_has_not_joined_is_only_heard_to_join(void **state)
{
    (void)state;
    says(0, "{\"type\":\"chat\",\"text\":\"hello\"}");
    refused(0, "not-joined");
    says(0, "{\"type\":\"ping\",\"id\":7}");
    assert_int_equal(json_integer_value(json_object_get(last(0, "pong"), "id")), 7);
    says(0, "[]");
    refused(0, "bad-json");
    says(0, "{\"type\":\"join\"}");
    refused(0, "bad-message room");
    join(0);
    says(0, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\"}");
    refused(0, "already-joined");
    assert_int_equal(closed[0], 0);
}

static void test_a_full_room_or_server_ends_the_socket(void **state)
{
    (void)state;
    join(0);
    join(1);
    says(2, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Cy\"}");
    refused(2, "room-full");
    assert_int_equal(closed[2], 1013);
    says(2, "{\"type\":\"join\",\"room\":\"other\",\"name\":\"Cy\"}");
    refused(2, "too-many-rooms");
}

static void join_with(unsigned session, const char *payload, int64_t lasts_s, const char *more)
{
    char full[256], token[512], text[768];
    snprintf(full, sizeof full, "{\"exp\":%lld,%s}", (long long)(clock_wall_us() / S + lasts_s), payload);
    assert_true(token_sign(token, sizeof token, full, SECRET, sizeof SECRET - 1) > 0);
    snprintf(text, sizeof text, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\",\"token\":\"%s\"%s}", token,
             more);
    says(session, text);
}

static void test_a_closed_server_wants_a_token_of_the_room(void **state)
{
    (void)state;
    config.open = false;
    says(0, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\"}");
    refused(0, "token-missing");
    assert_int_equal(closed[0], LWS_CLOSE_STATUS_POLICY_VIOLATION);
    says(0, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\",\"token\":\"x.y.z\"}");
    refused(0, "bad-token");
    join_with(0, "\"room\":\"other\"", 60, "");
    refused(0, "token-elsewhere");
    join_with(0, "\"room\":\"daily\"", -60, "");
    refused(0, "token-expired");
    join_with(0, "\"room\":\"daily\",\"nbf\":9000000000", 60, "");
    refused(0, "token-early");
    join_with(0, "\"room\":\"daily\",\"name\":\"Bea\"", 60, "");
    refused(0, "");
    assert_string_equal(sessions[0].participant->name, "Bea");
    says(0, "{\"type\":\"pin\",\"topology\":\"sfu\"}");
    refused(0, "not-allowed");
}

static void test_a_program_that_is_no_service_by_its_token_does_not_come_in(void **state)
{
    (void)state;
    says(0, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Mixer\",\"token\":\"x\",\"service\":\"mixer\"}");
    refused(0, "not-allowed"); /* an open server asks for no token, and makes nothing of one */
    config.open = false;
    join_with(0, "\"room\":\"daily\"", 60, "");
    refused(0, "");
    join_with(1, "\"room\":\"daily\"", 60, ",\"service\":\"recorder\"");
    refused(1, "not-allowed");
    join_with(1, "\"room\":\"daily\",\"service\":\"mixer\"", 60, ",\"service\":\"recorder\"");
    refused(1, "not-allowed");
    join_with(1, "\"room\":\"daily\"", 60, ",\"service\":\"cook\"");
    refused(1, "bad-message service");
    assert_null(last(0, "participant-joined"));
    assert_null(sessions[1].participant);
    join_with(1, "\"room\":\"daily\",\"service\":\"mixer\"", 60, ",\"service\":\"mixer\"");
    refused(1, "");
    assert_non_null(sessions[1].participant);
}

static void test_resuming_needs_the_right_secret(void **state)
{
    char text[256], resume[128];
    (void)state;
    says(0, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\"}");
    snprintf(resume, sizeof resume, "%s", json_string_value(json_object_get(last(0, "joined"), "resume")));
    says(1, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\",\"resume\":\"p1.wrong\"}");
    refused(1, "resume-failed");
    assert_int_equal(closed[1], 0); /* it may join without it */
    snprintf(text, sizeof text, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\",\"resume\":\"%s\"}", resume);
    says(1, text);
    refused(1, "");
    const json_t *resumed = json_object_get(last(1, "joined"), "resumed");
    assert_true(json_is_true(resumed));
    assert_non_null(sessions[1].participant);
    assert_null(sessions[0].participant); /* the other socket is replaced */
}

static void test_what_is_for_the_router_reaches_it(void **state)
{
    static const struct {
        const char *text, *reached, *refused;
    } cases[] = {
        {"{\"type\":\"offer\",\"target\":\"router\",\"generation\":4,\"sdp\":\"v=0\",\"sends\":["
         "{\"mid\":\"a\",\"source\":\"microphone\",\"muted\":true},{\"mid\":\"b\",\"source\":\"camera\",\"muted\":"
         "false}],"
         "\"receives\":[{\"mid\":\"c\",\"publication\":\"p2/camera\"}]}",
         "offer of p1 in 4: a sends microphone, muted b sends camera c receives p2/camera;", ""},
        {"{\"type\":\"ice-candidate\",\"target\":\"router\",\"generation\":2,\"candidate\":\"\"}",
         "candidate of p1 in 2: ;", ""},
        {"{\"type\":\"request-new-connection\",\"target\":\"router\",\"generation\":3}", "renew p1 to 3;", ""},
        {"{\"type\":\"answer\",\"target\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[]}", "",
         "no-such-target"},
        {"{\"type\":\"receive\",\"slots\":[{\"mid\":\"v\",\"width\":1,\"height\":1,\"priority\":0}]}", "p1 receives 1;",
         ""},
        {"{\"type\":\"mute\",\"source\":\"camera\",\"muted\":true}", "p1 mutes camera;", ""},
        {"{\"type\":\"offer\",\"target\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":["
         "{\"mid\":\"a\",\"source\":\"camera\",\"muted\":false},{\"mid\":\"a\",\"source\":\"screen\",\"muted\":false}]"
         "}",
         "", "bad-message sends[1].mid"},
        {"{\"type\":\"offer\",\"target\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":["
         "{\"mid\":\"a\",\"source\":\"camera\",\"muted\":false},{\"mid\":\"b\",\"source\":\"camera\",\"muted\":false}]"
         "}",
         "", "bad-message sends[1].source"},
    };
    (void)state;
    join(0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        says(0, cases[i].text);
        expect_router_calls(cases[i].reached);
        refused(0, cases[i].refused);
    }
    router_refuses = "wrong-generation";
    says(0, cases[0].text);
    refused(0, "wrong-generation");
    says(0, cases[2].text);
    refused(0, "wrong-generation");
}

#define OFFER(sends) "\"offer\":{\"generation\":1,\"sdp\":\"v=0\",\"sends\":[" sends "]}"
#define SEND(mid, source) "{\"mid\":\"" mid "\",\"source\":\"" source "\",\"muted\":false}"
#define JOIN_WITH(more) "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Ann\"," more "}"

static void test_the_first_offer_comes_with_join(void **state)
{
    (void)state;
    says(0, JOIN_WITH(OFFER(SEND("a", "camera"))));
    refused(0, "");
    expect_router_calls("p1 is there;offer of p1 in 1: a sends camera;");
    assert_non_null(last(0, "joined"));
}

static void test_a_refused_join_takes_no_offer(void **state)
{
    (void)state;
    config.open = false;
    says(0, JOIN_WITH(OFFER(SEND("a", "camera"))));
    refused(0, "token-missing");
    expect_router_calls("");
    config.open = true;
    says(1, JOIN_WITH("\"offer\":{\"generation\":1,\"sdp\":7,\"sends\":[]}"));
    refused(1, "bad-message offer.sdp");
    assert_null(sessions[1].participant);
    assert_int_equal(closed[1], 0); /* it may join with a better one */
}

static void test_who_joins_with_a_wrong_offer_is_in_the_room(void **state)
{
    (void)state;
    says(0, JOIN_WITH(OFFER(SEND("a", "camera") "," SEND("a", "screen"))));
    refused(0, "bad-message offer.sends[1].mid");
    expect_router_calls("p1 is there;");
    assert_non_null(last(0, "joined"));
    router_refuses = "bad-sdp";
    says(1, JOIN_WITH(OFFER(SEND("a", "camera"))));
    refused(1, "bad-sdp offer");
    assert_non_null(last(1, "joined"));
    router_refuses = NULL;
    says(1, "{\"type\":\"offer\",\"target\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":[]}");
    refused(1, "");
}

static void test_what_is_for_another_reaches_that_one_alone(void **state)
{
    (void)state;
    join(0);
    join(1);
    says(0, "{\"type\":\"request-new-connection\",\"target\":\"p2\",\"generation\":4}");
    const json_t *message = last(1, "connection-request");
    assert_string_equal(json_string_value(json_object_get(message, "from")), "p1");
    assert_null(json_object_get(message, "target"));
    says(0, "{\"type\":\"ice-candidate\",\"target\":\"p1\",\"generation\":1,\"candidate\":\"\"}");
    refused(0, "no-such-target"); /* itself */
    says(0, "{\"type\":\"ice-candidate\",\"target\":\"p9\",\"generation\":1,\"candidate\":\"\"}");
    refused(0, "no-such-target");
    says(0, "{\"type\":\"path\",\"target\":\"p9\",\"state\":\"proven\"}");
    refused(0, "no-such-target");
    sessions[1].out_bytes = ROOM_BACKLOG_MAX;
    says(0, "{\"type\":\"ice-candidate\",\"target\":\"p2\",\"generation\":1,\"candidate\":\"\"}");
    refused(0, "target-busy");
    expect_router_calls("");
    says(1, "{\"type\":\"chat\",\"text\":\"hello\"}");
    assert_string_equal(json_string_value(json_object_get(last(0, "chat"), "text")), "hello");
}

/* Each costs the other one a dozen messages, of which it may send so many only. */
static void test_who_asks_another_again_and_again_has_to_wait(void **state)
{
    static const char *const asks[] = {
        "{\"type\":\"request-new-connection\",\"target\":\"p2\",\"generation\":4}",
        "{\"type\":\"offer\",\"target\":\"p2\",\"generation\":4,\"sdp\":\"v=0\",\"sends\":[]}"};
    static const char candidate[] =
        "{\"type\":\"ice-candidate\",\"target\":\"p2\",\"generation\":1,\"candidate\":\"\"}";
    (void)state;
    join(0);
    join(1);
    for (unsigned i = 0; i < 7; i++)
        says(0, asks[i % 2]);
    for (unsigned i = 0; i < 20; i++) /* nothing has to be answered */
        says(0, candidate);
    for (unsigned i = 0; i < 7; i++) /* the other one has a budget of its own */
        says(1, "{\"type\":\"request-new-connection\",\"target\":\"p1\",\"generation\":4}");
    assert_true(sessions[0].pace.wait_until <= S);
    says(0, asks[0]);
    assert_int_equal(sessions[0].pace.wait_until, 3 * S);
    assert_true(sessions[1].pace.wait_until <= S);
}

static void test_host_acts_are_refused_to_others(void **state)
{
    static const char *const acts[] = {
        "{\"type\":\"mute-participant\",\"target\":\"p1\",\"source\":\"camera\"}",
        "{\"type\":\"mute-participant\",\"source\":\"camera\"}",
        "{\"type\":\"ask-unmute\",\"target\":\"p1\",\"source\":\"camera\"}",
        "{\"type\":\"remove\",\"target\":\"p1\"}",
        "{\"type\":\"transfer-host\",\"target\":\"p1\"}",
        "{\"type\":\"lock-room\",\"locked\":true}",
        "{\"type\":\"set-waiting-room\",\"enabled\":true}",
        "{\"type\":\"admit\"}",
        "{\"type\":\"deny\",\"target\":\"p1\"}",
        "{\"type\":\"hand\",\"raised\":false,\"target\":\"p1\"}",
        "{\"type\":\"end-room\"}",
    };
    (void)state;
    join(0);
    join(1);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        says(1, acts[i]);
        refused(1, "not-allowed");
    }
    expect_router_calls("");
    assert_non_null(sessions[0].participant);
}

static void test_who_waits_says_nothing_until_a_host_lets_it_in(void **state)
{
    (void)state;
    join(0);
    sessions[0].participant->is_host = true;
    says(0, "{\"type\":\"set-waiting-room\",\"enabled\":true}");
    says(1, JOIN_WITH(OFFER(SEND("a", "camera"))));
    assert_non_null(last(1, "waiting"));
    expect_router_calls(""); /* nor is its offer heard */
    says(1, "{\"type\":\"chat\",\"text\":\"let me in\"}");
    refused(1, "not-joined");
    says(0, "{\"type\":\"admit\",\"target\":\"p7\"}");
    refused(0, "no-such-target");
    says(0, "{\"type\":\"mute-participant\",\"target\":\"p2\",\"source\":\"camera\"}");
    refused(0, "no-such-target"); /* it is not in the room */
    says(0, "{\"type\":\"admit\",\"target\":\"p2\"}");
    refused(0, "");
    assert_non_null(last(1, "joined"));
    says(1, "{\"type\":\"chat\",\"text\":\"here I am\"}");
    refused(1, "");
    says(2, "{\"type\":\"join\",\"room\":\"daily\",\"name\":\"Cy\"}");
    says(0, "{\"type\":\"deny\",\"target\":\"p3\"}");
    assert_string_equal(json_string_value(json_object_get(last(2, "error"), "code")), "denied");
    assert_null(sessions[2].participant);
}

static void test_a_host_mutes_one_or_all_at_the_router_and_removes(void **state)
{
    (void)state;
    join(0);
    join(1);
    sessions[0].participant->is_host = true;
    room_participant_set_sources(sessions[1].participant, NULL, 3, 0, S);
    says(0, "{\"type\":\"mute-participant\",\"target\":\"p2\",\"source\":\"camera\"}");
    expect_router_calls("p2 mutes camera;");
    assert_string_equal(json_string_value(json_object_get(last(1, "muted"), "by")), "p1");
    says(0, "{\"type\":\"mute-participant\",\"source\":\"microphone\"}");
    expect_router_calls("p2 mutes microphone;");
    says(0, "{\"type\":\"ask-unmute\",\"target\":\"p2\",\"source\":\"camera\"}");
    assert_non_null(last(1, "unmute-request"));
    says(0, "{\"type\":\"remove\",\"target\":\"p1\"}");
    refused(0, "no-such-target"); /* itself */
    says(0, "{\"type\":\"remove\",\"target\":\"p2\",\"reason\":\"two\\nlines\"}");
    refused(0, "bad-message reason");
    says(0, "{\"type\":\"remove\",\"target\":\"p2\"}");
    refused(0, "");
    assert_string_equal(json_string_value(json_object_get(last(1, "error"), "code")), "removed");
    assert_null(sessions[1].participant);
    assert_int_equal(closed[1], LWS_CLOSE_STATUS_POLICY_VIOLATION);
}

static void test_a_token_says_what_one_may_publish_and_write(void **state)
{
    (void)state;
    config.open = false;
    join_with(0, "\"room\":\"daily\",\"publish\":[\"microphone\"],\"chat\":false", 60, "," OFFER(SEND("a", "screen")));
    refused(0, "not-allowed offer.sends[0].source");
    says(0, "{\"type\":\"offer\",\"target\":\"router\",\"generation\":1,\"sdp\":\"v=0\",\"sends\":["
            "{\"mid\":\"a\",\"source\":\"microphone\",\"muted\":false},{\"mid\":\"b\",\"source\":\"camera\",\"muted\":"
            "false}]}");
    refused(0, "not-allowed sends[1].source");
    says(0, "{\"type\":\"chat\",\"text\":\"hello\"}");
    refused(0, "not-allowed");
    join_with(1, "\"room\":\"daily\",\"host\":true", 60, "");
    refused(1, "");
    assert_true(sessions[1].participant->is_host);
    says(1, "{\"type\":\"pin\",\"topology\":\"sfu\"}");
    refused(1, "");
}

static void test_what_is_said_reaches_the_others_and_a_private_word_one(void **state)
{
    (void)state;
    join(0);
    join(1);
    says(0, "{\"type\":\"hand\",\"raised\":true}");
    assert_int_equal(json_integer_value(json_object_get(last(1, "participant-hand"), "hand")), 1);
    says(0, "{\"type\":\"reaction\",\"reaction\":\"clap\"}");
    assert_non_null(last(1, "reaction"));
    says(0, "{\"type\":\"reaction\",\"reaction\":\"<script>\"}");
    refused(0, "bad-message reaction");
    says(0, "{\"type\":\"chat\",\"text\":\"psst\",\"to\":\"p2\"}");
    assert_string_equal(json_string_value(json_object_get(last(1, "chat"), "to")), "p2");
    says(0, "{\"type\":\"chat\",\"text\":\"psst\",\"to\":\"p9\"}");
    refused(0, "no-such-target");
    for (unsigned i = 0; i < 20; i++)
        says(0, "{\"type\":\"reaction\",\"reaction\":\"clap\"}");
    assert_non_null(strstr(refusals[0], "too-often"));
}

static void test_leaving_tells_the_others_and_closes(void **state)
{
    (void)state;
    join(0);
    join(1);
    says(0, "{\"type\":\"leave\"}");
    assert_null(sessions[0].participant);
    assert_int_equal(closed[0], LWS_CLOSE_STATUS_NORMAL);
    assert_string_equal(json_string_value(json_object_get(last(1, "participant-left"), "reason")), "left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_has_not_joined_is_only_heard_to_join, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_room_or_server_ends_the_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_closed_server_wants_a_token_of_the_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_program_that_is_no_service_by_its_token_does_not_come_in, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_resuming_needs_the_right_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_for_the_router_reaches_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_first_offer_comes_with_join, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_refused_join_takes_no_offer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_joins_with_a_wrong_offer_is_in_the_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_for_another_reaches_that_one_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_asks_another_again_and_again_has_to_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_host_acts_are_refused_to_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_waits_says_nothing_until_a_host_lets_it_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_host_mutes_one_or_all_at_the_router_and_removes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_token_says_what_one_may_publish_and_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_said_reaches_the_others_and_a_private_word_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leaving_tells_the_others_and_closes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
