/* What WHIP and WHEP answer to each request, with rooms, and with a router and HTTP that only write down what
 * reaches them: the functions of router_participant.h and http_answer.h below take the place of the real
 * ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/config/token.h"
#include "signaling/http/http_answer.h"
#include "signaling/room/room.h"
#include "signaling/router/router_participant.h"
#include "signaling/session/pace.h"
#include "signaling/whip/whip.h"
#include "signaling/whip/whip_host.h"
#include "tests/unit/signaling/null_room_port.h"
#include "tests/unit/signaling/router_calls.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define S USEC_PER_SEC
#define SECRET "a secret of enough bytes"
#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
#define HEAD "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
#define ICE                                                                                                            \
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=fingerprint:sha-256 " FINGERPRINT                       \
    "\r\na=setup:actpass\r\na=rtcp-mux\r\n"
#define AUDIO(mid, direction)                                                                                          \
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:" mid "\r\n" ICE "a=" direction "\r\na=rtpmap:111 opus/48000/2\r\n"
#define VIDEO(mid, direction)                                                                                          \
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:" mid "\r\n" ICE "a=" direction "\r\na=rtpmap:96 VP8/90000\r\n"
#define SENDING HEAD AUDIO("0", "sendonly") VIDEO("1", "sendonly")
#define HEVC HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n" ICE "a=sendonly\r\na=rtpmap:96 H265/90000\r\n"
#define WITHOUT_KEYS HEAD "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n"
#define RECEIVING HEAD AUDIO("0", "recvonly") VIDEO("1", "recvonly")
#define ANSWER HEAD AUDIO("0", "recvonly") "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
#define CANDIDATE "candidate:7 1 udp 1 192.0.2.7 9 typ host"
#define TRICKLE                                                                                                        \
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=" CANDIDATE \
    "\r\n"
#define RESTART                                                                                                        \
    "a=ice-ufrag:wxyz\r\na=ice-pwd:zyxwvutsrqponmlkjihgfe\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=" CANDIDATE \
    "\r\na=end-of-candidates\r\n"
#define SDP "application/sdp"
#define FRAGMENT "application/trickle-ice-sdpfrag"
#define NOBODY "0123456789abcdef0123456789abcdef"

static struct whip_host host;
static struct pace_addresses addresses;
static struct config config;
static struct http_route route[2];
static struct reach_kind kind;
static const char *router_refuses; /* with this code */
static bool router_accepts_none;

/* HTTP */

static struct request {
    struct http_request http; /* first */
    unsigned status;          /* of its answer; 0: none yet */
    char code[32], field[64]; /* of a refusal */
    char *body;
    char headers[1024]; /* "etag: "1"\n" */
    struct http_head head;
    char fields[8192], query[256];
} request;

void http_add_field(struct http_request *http, const char *name, const char *format, ...)
{
    size_t used = strlen(request.headers);
    va_list arguments;
    assert_ptr_equal(http, &request.http);
    used += (size_t)snprintf(request.headers + used, sizeof request.headers - used, "%s ", name);
    va_start(arguments, format);
    used += (size_t)vsnprintf(request.headers + used, sizeof request.headers - used, format, arguments);
    va_end(arguments);
    snprintf(request.headers + used, sizeof request.headers - used, "\n");
}

enum http_step http_answer(struct http_request *http, unsigned status, const char *type, char *body, size_t length)
{
    (void)type;
    assert_ptr_equal(http, &request.http);
    assert_int_equal(request.status, 0); /* it is answered once */
    assert_int_equal(body != NULL ? strlen(body) : 0, length);
    request.status = status;
    request.body = body;
    return HTTP_ANSWERED;
}

enum http_step http_answer_text(struct http_request *http, unsigned status, const char *text)
{
    return http_answer(http, status, NULL, mem_text(text), strlen(text));
}

enum http_step http_refuse(struct http_request *http, unsigned status, const struct refusal *refusal)
{
    snprintf(request.code, sizeof request.code, "%s", refusal->code);
    snprintf(request.field, sizeof request.field, "%s", refusal->field);
    return http_answer(http, status, NULL, NULL, 0);
}

enum http_step http_fail(struct http_request *http, unsigned status, const char *code, const char *text)
{
    (void)text;
    return http_refuse(http, status, &(struct refusal){.code = code});
}

/* The router */

void router_participant_offer(struct router_participant *router, struct room_participant *participant,
                              const struct router_offer *given, struct refusal *error)
{
    (void)router;
    router_call_note("offer of %s in %u:", participant->id, (unsigned)given->generation);
    for (size_t i = 0; i < given->send_count; i++)
        router_call_note(" %s sends %s", given->sends[i].mid, given->sends[i].source);
    for (size_t i = 0; i < given->receive_count; i++)
        router_call_note(" %s receives %s", given->receives[i].mid, given->receives[i].publication);
    router_call_note("%s;", strstr(given->sdp, "wxyz") != NULL ? " restarts" : "");
    error->code = router_refuses;
    if (router_refuses != NULL)
        return;
    struct negotiated negotiated = {.media_count = router_accepts_none ? 0 : 2};
    participant->reach.kind->answered(participant->reach.owner, &(struct router_answer){.generation = given->generation,
                                                                                        .sdp = ANSWER "not of it",
                                                                                        .length = strlen(ANSWER),
                                                                                        .negotiated = &negotiated});
}

void router_participant_candidate(struct router_participant *router, struct room_participant *participant,
                                  uint64_t generation, const char *candidate)
{
    (void)router;
    router_call_note("candidate of %s in %u: %s;", participant->id, (unsigned)generation, candidate);
}

void router_participant_receive(struct router_participant *router, struct room_participant *participant,
                                struct router_request *requests, size_t count)
{
    (void)router;
    router_call_note("%s watches", participant->id);
    for (size_t i = 0; i < count; i++)
        router_call_note(" %s:%s%s", requests[i].mid, requests[i].show, requests[i].keeps_show ? "as named" : "");
    router_call_note(";");
    free(requests);
}

static int set_up(void **state)
{
    (void)state;
    config = (struct config){.open = true, .secret_length = sizeof SECRET - 1};
    memcpy(config.secret, SECRET, sizeof SECRET - 1);
    host = (struct whip_host){.config = &config, .rooms = small_rooms(), .addresses = &addresses};
    pace_addresses_init(&addresses, 1);
    const struct admission_limits limits = {.total = 8, .address = 5, .waiting = 8, .waiting_per_address = 8};
    whip_sessions_init(&host.sessions, &limits, 1);
    route[0] = whip_route(&host, false);
    route[1] = whip_route(&host, true);
    router_calls_clear();
    router_refuses = NULL;
    router_accepts_none = false;
    return 0;
}

static void clear(void)
{
    free(request.body);
    free(request.http.input.data);
    request = (struct request){.status = 0};
}

static int tear_down(void **state)
{
    (void)state;
    clear();
    rooms_free(host.rooms);
    assert_int_equal(host.sessions.by_id.count, 0);
    whip_sessions_fini(&host.sessions);
    pace_addresses_fini(&addresses);
    return 0;
}

struct headers {
    const char *type, *authorization, *match, *accept, *name;
};

static void add_field(const char *name, const char *value)
{
    size_t used = strlen(request.fields);
    if (value != NULL)
        snprintf(request.fields + used, sizeof request.fields - used, "%s: %s\r\n", name, value);
}

/* "POST /whip/daily"; true: the method is one of the path's. */
static bool ask(const char *what, const char *body, struct headers headers)
{
    static char method[16];
    clear();
    sscanf(what, "%15s", method);
    request.http.method = method;
    request.http.path = strchr(what, '/');
    request.http.head = &request.head;
    request.http.address = 1;
    add_field("Content-Type", headers.type);
    add_field("Authorization", headers.authorization);
    add_field("If-Match", headers.match);
    add_field("Accept", headers.accept);
    request.head.fields = request.fields;
    request.head.fields_length = strlen(request.fields);
    if (headers.name != NULL)
        snprintf(request.query, sizeof request.query, "name=%s", headers.name);
    request.head.query = request.query;
    request.head.query_length = strlen(request.query);
    const struct http_route *to = &route[strncmp(request.http.path, "/whep/", 6) == 0];
    request.http.methods = to->methods(request.http.path);
    if (request.http.methods == NULL || strstr(request.http.methods, method) == NULL)
        return false;
    if (body != NULL) {
        request.http.input.data = mem_text(body);
        request.http.input.length = strlen(body);
    }
    assert_int_equal(to->start(to->user, &request.http), HTTP_ANSWERED);
    assert_int_not_equal(request.status, 0);
    return true;
}

/* Makes a session; its path is valid until the next one. */
static const char *created(const char *endpoint, const char *offer)
{
    static char location[128];
    char what[128];
    snprintf(what, sizeof what, "POST %s", endpoint);
    assert_true(ask(what, offer, (struct headers){.type = SDP}));
    if (request.status != 201)
        fail_msg("%s: %u %s", endpoint, request.status, request.code);
    assert_int_equal(sscanf(request.headers, "location: %127s", location), 1);
    return location;
}

static bool ask_session(const char *method, const char *session, const char *body, struct headers headers)
{
    char what[192];
    snprintf(what, sizeof what, "%s %s", method, session);
    return ask(what, body, headers);
}

static void join(const char *room)
{
    struct join join = {.room = room, .name = "Ann"};
    kind = null_reach_kind();
    assert_non_null(rooms_join(host.rooms, &join, &(struct reach){&kind, NULL}, S, NULL));
}

static const struct room *daily(void)
{
    return rooms_find(host.rooms, "daily");
}

static void paths_say_which_methods_they_take(void **state)
{
    static const struct {
        const char *path, *methods;
    } cases[] = {
        {"/whip/daily", "OPTIONS, POST"},
        {"/whep/daily", "OPTIONS, POST"},
        {"/whep/daily/p3/camera", "OPTIONS, POST"},
        {"/whep/daily/mix", "OPTIONS, POST"},
        {"/whip/daily/mix", NULL},
        {"/whip/daily/" NOBODY, "DELETE, OPTIONS, PATCH"},
        {"/whep/daily/" NOBODY, "DELETE, OPTIONS, PATCH"},
        {"/whip/daily/p3/camera", NULL}, /* to publish as somebody else */
        {"/whep/daily/p3", NULL},
        {"/whep/daily/p3/voice", NULL},
        {"/whip/", NULL},
        {"/whip/a b", NULL},
        {"/whip/daily/", NULL},
        {"/whip/daily/" NOBODY "0", NULL},
        {"/whip/daily/" NOBODY "/", NULL},
        {"/whip/daily/0123456789ABCDEF0123456789ABCDEF", NULL},
        {"/whop/daily", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *methods = route[0].methods(cases[i].path);
        if (cases[i].methods == NULL ? methods != NULL : methods == NULL || strcmp(methods, cases[i].methods) != 0)
            fail_msg("%s: %s", cases[i].path, methods != NULL ? methods : "none");
    }
}

static void what_is_posted_is_in_the_room_until_it_is_deleted(void **state)
{
    (void)state;
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP "; charset=utf-8", .name = "Studio"}));
    assert_int_equal(request.status, 201);
    assert_string_equal(request.body, ANSWER);
    assert_non_null(strstr(request.headers, "etag: \"1\"\n"));
    expect_router_calls("offer of p1 in 1: 0 sends microphone 1 sends camera;");
    const struct room_participant *participant = daily()->participants;
    assert_string_equal(participant->name, "Studio");
    assert_int_equal(participant->kind, ROOM_PARTICIPANT_INGEST);
    assert_true(participant->needs_router);
    assert_false(participant->is_host);
    const char *session = created("/whip/daily", SENDING);
    assert_int_equal(daily()->participant_count, 2);
    assert_string_equal(daily()->participants->next->name, "Stream");
    assert_int_equal(host.sessions.by_id.count, 2);
    assert_true(ask_session("DELETE", session, NULL, (struct headers){.type = NULL}));
    assert_int_equal(request.status, 200);
    assert_int_equal(daily()->participant_count, 1);
    assert_true(ask_session("DELETE", session, NULL, (struct headers){.type = NULL}));
    assert_int_equal(request.status, 404);
}

static void who_loses_its_media_is_gone(void **state)
{
    (void)state;
    const char *session = created("/whip/daily", SENDING);
    assert_true(room_participant_lost_media(daily()->participants, S));
    assert_null(daily());
    assert_int_equal(host.sessions.by_id.count, 0);
    assert_true(ask_session("PATCH", session, TRICKLE, (struct headers){.type = FRAGMENT, .match = "\"1\""}));
    assert_int_equal(request.status, 404);
}

static void a_viewer_sees_who_speaks_or_one_publication(void **state)
{
    (void)state;
    join("daily");
    created("/whep/daily", RECEIVING);
    expect_router_calls("offer of p2 in 1:;p2 watches 0:speaker 1:speaker;");
    assert_int_equal(daily()->participants->next->kind, ROOM_PARTICIPANT_VIEWER);
    const char *session = created("/whep/daily/p1/camera", RECEIVING);
    expect_router_calls("offer of p3 in 1: 1 receives p1/camera;p3 watches 1:as named;");
    assert_true(ask_session("PATCH", session, RESTART, (struct headers){.type = FRAGMENT, .match = "*"}));
    assert_int_equal(request.status, 200);
    expect_router_calls("offer of p3 in 2: 1 receives p1/camera restarts;candidate of p3 in 2: " CANDIDATE
                        ";candidate of p3 in 2: ;");
}

static void a_viewer_sees_what_a_mixer_makes(void **state)
{
    (void)state;
    join("daily");
    created("/whep/daily/mix", RECEIVING); /* also before there is one */
    expect_router_calls("offer of p2 in 1:;p2 watches 0:mix 1:mix;");
}

static void offers_that_cannot_be_taken_are_refused(void **state)
{
    static const struct {
        const char *what, *body;
        struct headers headers;
        unsigned status;
        const char *code;
    } cases[] = {
        {"POST /whip/daily", NULL, {.type = SDP}, 400, "bad-message"},
        {"POST /whip/daily", SENDING, {.type = NULL}, 415, "unsupported-type"},
        {"POST /whip/daily", SENDING, {.type = "application/sdpx"}, 415, "unsupported-type"},
        {"POST /whip/daily", SENDING, {.type = FRAGMENT}, 415, "unsupported-type"},
        {"POST /whip/daily", SENDING, {.type = SDP, .accept = "text/html"}, 406, "not-acceptable"},
        {"POST /whip/daily", SENDING, {.type = SDP, .name = ""}, 400, "bad-message"},
        {"POST /whip/daily", SENDING, {.type = SDP, .name = "a\nb"}, 400, "bad-message"},
        {"POST /whip/daily", SENDING, {.type = SDP, .name = "\xff"}, 400, "bad-message"},
        {"POST /whip/daily", "v=0\r\n", {.type = SDP}, 400, "bad-sdp"},
        {"POST /whip/daily", RECEIVING, {.type = SDP}, 406, "not-acceptable"},
        {"POST /whip/daily", HEAD, {.type = SDP}, 406, "not-acceptable"},
        {"POST /whip/daily",
         HEAD VIDEO("0", "sendonly") VIDEO("1", "sendrecv") VIDEO("2", "sendonly"),
         {.type = SDP},
         406,
         "not-acceptable"},
        {"POST /whip/daily", HEVC, {.type = SDP}, 406, "not-acceptable"},
        {"POST /whip/daily", WITHOUT_KEYS, {.type = SDP}, 406, "not-acceptable"},
        {"POST /whep/daily", SENDING, {.type = SDP}, 406, "not-acceptable"},
        {"POST /whep/daily/p1/camera", HEAD AUDIO("0", "recvonly"), {.type = SDP}, 406, "not-acceptable"},
        {"POST /whep/daily/p9/camera", RECEIVING, {.type = SDP}, 404, "no-such-publication"},
        {"POST /whep/nobody", RECEIVING, {.type = SDP}, 404, "no-such-room"},
        {"PATCH /whip/daily/" NOBODY, TRICKLE, {.type = FRAGMENT}, 404, "no-such-session"},
        {"DELETE /whip/daily/" NOBODY, NULL, {.type = NULL}, 404, "no-such-session"},
    };
    (void)state;
    join("daily");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(ask(cases[i].what, cases[i].body, cases[i].headers));
        if (request.status != cases[i].status || strcmp(request.code, cases[i].code) != 0)
            fail_msg("%zu, %s: %u %s", i, cases[i].what, request.status, request.code);
    }
    expect_router_calls("");
    assert_int_equal(daily()->participant_count, 1);
    assert_int_equal(host.sessions.by_id.count, 0);
}

static void without_candidates_there_is_no_answer(void **state)
{
    (void)state;
    config.ice_full = true;
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP}));
    assert_int_equal(request.status, 501);
}

static void who_is_refused_by_the_router_is_not_in_the_room(void **state)
{
    static const struct {
        const char *code;
        unsigned status;
    } cases[] = {{"bad-sdp", 400}, {"target-busy", 503}};
    (void)state;
    join("daily");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        router_refuses = cases[i].code;
        assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP}));
        assert_int_equal(request.status, cases[i].status);
    }
    router_refuses = NULL;
    router_accepts_none = true;
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP}));
    assert_int_equal(request.status, 406);
    assert_int_equal(daily()->participant_count, 1);
    assert_int_equal(host.sessions.by_id.count, 0);
}

static void a_room_says_who_comes_in(void **state)
{
    (void)state;
    join("daily");
    rooms_find(host.rooms, "daily")->is_locked = true;
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP}));
    assert_int_equal(request.status, 403);
    rooms_find(host.rooms, "daily")->is_locked = false;
    rooms_find(host.rooms, "daily")->has_waiting_room = true;
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP}));
    assert_int_equal(request.status, 403); /* it cannot wait */
    assert_null(daily()->waiting);
    rooms_find(host.rooms, "daily")->has_waiting_room = false;
    for (size_t i = 0; i < 3; i++)
        created("/whip/daily", SENDING);
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP}));
    assert_int_equal(request.status, 503);
    assert_string_equal(request.code, "room-full");
    assert_non_null(strstr(request.headers, "retry-after: 1\n"));
}

static void an_address_has_a_share_of_all_sessions(void **state)
{
    static const char *const endpoints[] = {"/whip/a", "/whip/a", "/whip/a", "/whip/b", "/whip/b"};
    (void)state;
    for (size_t i = 0; i < 5; i++)
        created(endpoints[i], SENDING);
    assert_true(ask("POST /whip/b", SENDING, (struct headers){.type = SDP}));
    assert_int_equal(request.status, 503);
    assert_string_equal(request.code, "too-many-sessions");
}

static void an_address_that_is_too_fast_has_to_wait(void **state)
{
    usec_t now = clock_now();
    (void)state;
    const char *session = created("/whip/daily", SENDING);
    budget_table_charge(&addresses.joins, 1, 500, now);
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP}));
    assert_int_equal(request.status, 429);
    budget_table_charge(&addresses.time, 1, 1500000, now);
    assert_true(ask_session("PATCH", session, TRICKLE, (struct headers){.type = FRAGMENT, .match = "\"1\""}));
    assert_int_equal(request.status, 429);
    assert_true(ask_session("DELETE", session, NULL, (struct headers){.type = NULL})); /* that is never too much */
    assert_int_equal(request.status, 200);
}

static void fragments_trickle_and_restart(void **state)
{
    static const struct {
        const char *body;
        struct headers headers;
        unsigned status;
        const char *code, *reached;
    } cases[] = {
        {TRICKLE, {.type = FRAGMENT}, 428, "precondition-required", ""},
        {TRICKLE, {.type = FRAGMENT, .match = "\"0\""}, 412, "precondition-failed", ""},
        {TRICKLE, {.type = FRAGMENT, .match = "\"1\""}, 204, "", "candidate of p1 in 1: " CANDIDATE ";"},
        {TRICKLE, {.type = SDP, .match = "\"1\""}, 415, "unsupported-type", ""},
        {"a=x\r\n", {.type = FRAGMENT, .match = "\"1\""}, 400, "bad-sdp", ""},
        {NULL, {.type = FRAGMENT, .match = "\"1\""}, 400, "bad-message", ""},
        {RESTART,
         {.type = FRAGMENT, .match = "\"*\""},
         200,
         "",
         "offer of p1 in 2: 0 sends microphone 1 sends camera restarts;candidate of p1 in 2: " CANDIDATE
         ";candidate of p1 in 2: ;"},
        {TRICKLE, {.type = FRAGMENT, .match = "\"1\""}, 412, "precondition-failed", ""}, /* of before */
        {RESTART,
         {.type = FRAGMENT, .match = "\"2\""},
         204,
         "",
         "candidate of p1 in 2: " CANDIDATE ";candidate of p1 in 2: ;"},
    };
    (void)state;
    const char *session = created("/whip/daily", SENDING);
    expect_router_calls("offer of p1 in 1: 0 sends microphone 1 sends camera;");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(ask_session("PATCH", session, cases[i].body, cases[i].headers));
        if (request.status != cases[i].status || strcmp(request.code, cases[i].code) != 0)
            fail_msg("%zu: %u %s", i, request.status, request.code);
        expect_router_calls(cases[i].reached);
        bool has_etag = strstr(request.headers, "etag: \"2\"\n") != NULL;
        assert_int_equal(has_etag, request.status == 200);
        if (request.status == 200)
            assert_non_null(strstr(request.body, "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"));
    }
}

static void a_restart_that_is_refused_changes_nothing(void **state)
{
    (void)state;
    const char *session = created("/whip/daily", SENDING);
    router_refuses = "wrong-generation";
    assert_true(ask_session("PATCH", session, RESTART, (struct headers){.type = FRAGMENT, .match = "*"}));
    assert_int_equal(request.status, 409);
    router_refuses = NULL;
    router_calls_clear();
    assert_true(ask_session("PATCH", session, TRICKLE, (struct headers){.type = FRAGMENT, .match = "\"1\""}));
    assert_int_equal(request.status, 204);
    expect_router_calls("candidate of p1 in 1: " CANDIDATE ";");
}

static void a_session_is_of_its_room_and_kind(void **state)
{
    char elsewhere[160];
    (void)state;
    const char *session = created("/whip/daily", SENDING);
    snprintf(elsewhere, sizeof elsewhere, "/whip/other/%s", session + strlen("/whip/daily/"));
    assert_true(ask_session("DELETE", elsewhere, NULL, (struct headers){.type = NULL}));
    assert_int_equal(request.status, 404);
    snprintf(elsewhere, sizeof elsewhere, "/whep/daily/%s", session + strlen("/whip/daily/"));
    assert_true(ask_session("DELETE", elsewhere, NULL, (struct headers){.type = NULL}));
    assert_int_equal(request.status, 404);
}

static const char *bearer(char *out, size_t size, int64_t in_s, const char *claims)
{
    char payload[256], token[512];
    snprintf(payload, sizeof payload, "{\"exp\":%lld%s}", (long long)(clock_wall_us() / S + in_s), claims);
    assert_true(token_sign(token, sizeof token, payload, SECRET, sizeof SECRET - 1) > 0);
    snprintf(out, size, "Bearer %s", token);
    return out;
}

static void with_tokens_each_request_needs_one_of_the_room(void **state)
{
    static const struct {
        const char *claims;
        int64_t in_s;
        unsigned post, delete;
    } cases[] = {
        {",\"room\":\"daily\",\"name\":\"Studio\"", 60, 201, 404},
        {",\"room\":\"daily\",\"publish\":[\"camera\"]", 60, 403, 404},
        {",\"room\":\"daily\"", -60, 401, 404}, /* what it made may have outlived it */
        {",\"room\":\"other\"", 60, 403, 403},
        {",\"room\":\"other\"", -60, 401, 401},
        {",\"room\":\"daily\",\"service\":\"mixer\"", 60, 403, 403},
    };
    char header[600];
    (void)state;
    config.open = false;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct headers headers = {
            .type = SDP, .name = "Ann", .authorization = bearer(header, sizeof header, cases[i].in_s, cases[i].claims)};
        assert_true(ask("POST /whip/daily", SENDING, headers));
        if (request.status != cases[i].post)
            fail_msg("%zu: %u %s", i, request.status, request.code);
        assert_true(ask("DELETE /whip/daily/" NOBODY, NULL, headers));
        if (request.status != cases[i].delete)
            fail_msg("%zu: %u %s", i, request.status, request.code);
    }
    assert_string_equal(daily()->participants->name, "Studio");
    static const char *const wrong[] = {NULL, "Basic x", "Bearer ", "Bearer x.y.z"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP, .authorization = wrong[i]}));
        assert_int_equal(request.status, 401);
        assert_non_null(strstr(request.headers, "www-authenticate: Bearer\n"));
        assert_true(ask("DELETE /whip/daily/" NOBODY, NULL, (struct headers){.authorization = wrong[i]}));
        assert_int_equal(request.status, 401);
    }
}

static void who_was_removed_does_not_come_back_by_its_token(void **state)
{
    char header[600];
    (void)state;
    config.open = false;
    bearer(header, sizeof header, 60, ",\"room\":\"daily\"");
    join("daily");
    bans_add(&rooms_find(host.rooms, "daily")->bans, bans_key(header + strlen("Bearer ")), clock_now());
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP, .authorization = header}));
    assert_int_equal(request.status, 403);
    assert_string_equal(request.code, "removed");
}

static void servers_for_ice_are_links(void **state)
{
    (void)state;
    assert_int_equal(ice_servers_add(&config.ice_servers, "stun:stun.example"), 0);
    assert_int_equal(ice_servers_add(&config.ice_servers, "turn:ann:pass@turn.example:3478?transport=tcp"), 0);
    created("/whip/daily", SENDING);
    assert_non_null(strstr(request.headers, "link: <stun:stun.example>; rel=\"ice-server\"\n"));
    assert_non_null(strstr(request.headers, "link: <turn:turn.example:3478?transport=tcp>; rel=\"ice-server\"; "
                                            "username=\"ann\"; credential=\"pass\"; credential-type=\"password\"\n"));
}

static void a_session_is_changed_so_often(void **state)
{
    unsigned restarts = 0, fragments = 0;
    char fragment[sizeof RESTART + 16];
    (void)state;
    const char *session = created("/whip/daily", SENDING);
    do {
        router_calls_clear();
        snprintf(fragment, sizeof fragment, "a=ice-ufrag:wxyz%u%s", restarts, strchr(RESTART, '\r'));
        assert_true(ask_session("PATCH", session, fragment, (struct headers){.type = FRAGMENT, .match = "*"}));
    } while (request.status == 200 && ++restarts < 100);
    assert_in_range(restarts, 10, 12); /* a second has gone by, or two */
    assert_int_equal(request.status, 429);
    assert_string_equal(request.code, "too-fast");
    session = created("/whip/daily", SENDING);
    do {
        router_calls_clear();
        assert_true(ask_session("PATCH", session, TRICKLE, (struct headers){.type = FRAGMENT, .match = "*"}));
    } while (request.status == 204 && ++fragments < 1000);
    assert_in_range(fragments, 100, 140);
    assert_int_equal(request.status, 429);
}

static void few_sessions_of_an_address_wait_for_their_media(void **state)
{
    (void)state;
    host.rooms->config.participant_max = 100;
    host.sessions.admission.limits.total = host.sessions.admission.limits.address = 100;
    for (int i = 0; i < 8; i++)
        created("/whip/daily", SENDING);
    assert_true(ask("POST /whip/daily", SENDING, (struct headers){.type = SDP}));
    assert_int_equal(request.status, 503);
    assert_string_equal(request.code, "too-many-sessions");
    created("/whep/daily", RECEIVING); /* who only watches is nothing to prepare for */
    created("/whip/weekly", SENDING);
    daily()->participants->has_had_media = true;
    created("/whip/daily", SENDING);
    assert_int_equal(daily()->participant_count, 10);
}

static void options_say_what_a_page_may_send(void **state)
{
    (void)state;
    assert_true(ask("OPTIONS /whip/daily", NULL, (struct headers){.type = NULL}));
    assert_int_equal(request.status, 200);
    assert_non_null(strstr(request.headers, "access-control-allow-methods: OPTIONS, POST\n"));
    assert_non_null(strstr(request.headers, "accept-post: application/sdp\n"));
    assert_true(ask("OPTIONS /whip/daily/" NOBODY, NULL, (struct headers){.type = NULL}));
    assert_non_null(strstr(request.headers, "access-control-allow-headers: authorization, content-type, if-match\n"));
    assert_non_null(strstr(request.headers, "access-control-allow-methods: DELETE, OPTIONS, PATCH\n"));
    static const char *const others[] = {"GET /whip/daily", "PUT /whip/daily", "HEAD /whip/daily",
                                         "GET /whip/daily/" NOBODY, "POST /whip/daily/" NOBODY};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(ask(others[i], NULL, (struct headers){.type = NULL}));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(paths_say_which_methods_they_take),
        TEST(what_is_posted_is_in_the_room_until_it_is_deleted),
        TEST(who_loses_its_media_is_gone),
        TEST(a_viewer_sees_who_speaks_or_one_publication),
        TEST(a_viewer_sees_what_a_mixer_makes),
        TEST(offers_that_cannot_be_taken_are_refused),
        TEST(without_candidates_there_is_no_answer),
        TEST(who_is_refused_by_the_router_is_not_in_the_room),
        TEST(a_room_says_who_comes_in),
        TEST(an_address_has_a_share_of_all_sessions),
        TEST(an_address_that_is_too_fast_has_to_wait),
        TEST(fragments_trickle_and_restart),
        TEST(a_restart_that_is_refused_changes_nothing),
        TEST(a_session_is_of_its_room_and_kind),
        TEST(with_tokens_each_request_needs_one_of_the_room),
        TEST(who_was_removed_does_not_come_back_by_its_token),
        TEST(servers_for_ice_are_links),
        TEST(a_session_is_changed_so_often),
        TEST(few_sessions_of_an_address_wait_for_their_media),
        TEST(options_say_what_a_page_may_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
