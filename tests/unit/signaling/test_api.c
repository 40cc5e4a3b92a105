/* What the API answers, with rooms, and with a router and HTTP that only write down what reaches them: the functions of
 * router_participant.h and http_answer.h below take the place of the real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signaling/api.h"
#include "signaling/config/token.h"
#include "signaling/http/http_answer.h"
#include "signaling/router/router_messages.h"
#include "signaling/router/router_participant.h"
#include "signaling/signaling.h"
#include "tests/unit/signaling/null_room_port.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define S USEC_PER_SEC
#define SECRET "a secret of enough bytes"
#define REQUESTS 3

static struct signaling signaling;
static struct config config;
static struct api *api;
static struct http_route route;
static struct reach_kind kind;

/* HTTP */

static struct request {
    struct http_request http; /* first */
    unsigned status;          /* of its answer; 0: none yet */
    json_t *answer;
    char code[32], field[64]; /* of a refusal */
    struct http_head head;
    char fields[4096];
} requests[REQUESTS];

enum http_step http_answer_json(struct http_request *http, unsigned status, json_t *json)
{
    struct request *request = (struct request *)http;
    assert_int_equal(request->status, 0); /* each is answered once */
    request->status = status;
    request->answer = json;
    return HTTP_ANSWERED;
}

enum http_step http_refuse(struct http_request *http, unsigned status, const struct refusal *refusal)
{
    struct request *request = (struct request *)http;
    assert_int_equal(request->status, 0);
    request->status = status;
    snprintf(request->code, sizeof request->code, "%s", refusal->code);
    snprintf(request->field, sizeof request->field, "%s", refusal->field);
    return HTTP_ANSWERED;
}

enum http_step http_fail(struct http_request *http, unsigned status, const char *code, const char *text)
{
    (void)text;
    return http_refuse(http, status, &(struct refusal){.code = code});
}

/* The router */

static stats_round_done *round_done; /* NULL: no round runs */
static void *round_user;
static unsigned rounds;
static usec_t round_at; /* when the last one began */

bool router_participant_request_stats(struct router_participant *router, stats_round_done *done, void *user, usec_t now)
{
    (void)router;
    if (round_done != NULL)
        return false;
    round_done = done;
    round_user = user;
    rounds++;
    round_at = now;
    return true;
}

json_t *router_rejected_json(const struct negotiated *negotiated)
{
    (void)negotiated;
    return json_array();
}

const struct negotiated *router_participant_negotiated(const struct room_participant *participant)
{
    (void)participant;
    return NULL;
}

connection_id router_participant_connection(const struct room_participant *participant)
{
    return participant->number; /* as if each were connected */
}

/* The one worker answers: participant 1 has a connection. */
static void end_round(void)
{
    struct connection_stats connection = {.id = 1, .room = "daily", .participant = "p1", .path = "udp"};
    struct worker_stats worker = {.connection_count = 1, .connections = &connection};
    struct worker_stats *stats[] = {&worker};
    stats_round_done *done = round_done;
    assert_non_null(done);
    round_done = NULL;
    done(round_user, stats, 1);
}

static void join(const char *room, unsigned session)
{
    struct join join = {.room = room, .name = "Ann"};
    snprintf(join.secret, sizeof join.secret, "secret%026u", session);
    kind = null_reach_kind();
    assert_non_null(rooms_join(signaling.rooms, &join, &(struct reach){&kind, NULL}, S, NULL));
}

static int set_up(void **state)
{
    (void)state;
    config = (struct config){.open = true, .secret_length = sizeof SECRET - 1};
    memcpy(config.secret, SECRET, sizeof SECRET - 1);
    signaling = (struct signaling){.config = &config, .rooms = small_rooms(), .started_at = clock_now()};
    pace_addresses_init(&signaling.sockets.addresses, 1);
    assert_int_equal(uv_loop_init(&signaling.loop), 0);
    api = api_new(&signaling);
    route = api_route(api);
    memset(requests, 0, sizeof requests);
    round_done = NULL;
    rounds = 0;
    join("daily", 0);
    join("daily", 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < REQUESTS; i++)
        json_decref(requests[i].answer);
    api_stop(api);
    uv_run(&signaling.loop, UV_RUN_DEFAULT);
    api_free(api);
    rooms_free(signaling.rooms);
    pace_addresses_fini(&signaling.sockets.addresses);
    assert_int_equal(uv_loop_close(&signaling.loop), 0);
    return 0;
}

/* "GET /api/v1/rooms"; the arguments and the token are NULL for none. */
static struct request *ask(size_t index, const char *what, const char *arguments, const char *authorization)
{
    struct request *request = &requests[index];
    json_decref(request->answer);
    *request = (struct request){.http = {.head = &request->head, .path = strchr(what, '/')}};
    request->http.method = strncmp(what, "POST ", 5) == 0 ? "POST" : "GET";
    request->head.query = arguments != NULL ? arguments : "";
    request->head.query_length = strlen(request->head.query);
    if (authorization != NULL)
        snprintf(request->fields, sizeof request->fields, "Authorization: %s\r\n", authorization);
    request->head.fields = request->fields;
    request->head.fields_length = strlen(request->fields);
    request->http.methods = route.methods(request->http.path);
    bool is_taken = request->http.methods != NULL && strstr(request->http.methods, request->http.method) != NULL;
    assert_true(is_taken); /* else http.c refuses it */
    enum http_step step = route.start(route.user, &request->http);
    assert_int_equal(step, request->status != 0 ? HTTP_ANSWERED : HTTP_LATER);
    return request;
}

static void refused(const struct request *request, unsigned status, const char *code, const char *field)
{
    assert_int_equal(request->status, status);
    assert_string_equal(request->code, code);
    assert_string_equal(request->field, field);
}

static void test_rooms_and_a_room_are_told_when_the_workers_have_answered(void **state)
{
    struct request *all = ask(0, "GET /api/v1/rooms", NULL, NULL), *one = ask(1, "GET /api/v1/rooms/daily", NULL, NULL);
    (void)state;
    assert_int_equal(all->status, 0);
    assert_int_equal(rounds, 1); /* for both */
    end_round();
    assert_int_equal(all->status, 200);
    assert_int_equal(json_array_size(json_object_get(all->answer, "rooms")), 1);
    assert_int_equal(json_integer_value(json_object_get(all->answer, "room_count")), 1);
    assert_int_equal(one->status, 200);
    const json_t *participants = json_object_get(one->answer, "participants");
    assert_int_equal(json_array_size(participants), 2);
    const json_t *first = json_array_get(participants, 0);
    assert_string_equal(json_string_value(json_object_get(first, "id")), "p1");
    char *text = json_dumps(first, 0);
    assert_non_null(strstr(text, "\"path\": \"udp\"")); /* of its connection */
    free(text);
}

static void test_pages_begin_and_end_where_they_are_asked_to(void **state)
{
    struct request *request = ask(0, "GET /api/v1/rooms/daily", "offset=1", NULL);
    (void)state;
    end_round();
    const json_t *participants = json_object_get(request->answer, "participants");
    assert_int_equal(json_array_size(participants), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(participants, 0), "id")), "p2");
}

static void test_what_cannot_be_answered_is_refused(void **state)
{
    static const struct {
        const char *what, *arguments;
        unsigned status;
        const char *code, *field;
    } cases[] = {
        {"GET /api/v1/rooms/nobody", NULL, 404, "no-such-room", ""},
        {"GET /api/v1/rooms", "offset=-1", 400, "bad-message", "offset"},
        {"GET /api/v1/rooms", "offset=1x", 400, "bad-message", "offset"},
        {"GET /api/v1/rooms", "limit=0", 400, "bad-message", "limit"},
        {"GET /api/v1/rooms", "limit=99999999999999999999", 400, "bad-message", "limit"},
        {"POST /api/v1/rooms/nobody/pin", "topology=sfu", 404, "no-such-room", ""},
        {"POST /api/v1/rooms/daily/pin", NULL, 400, "bad-message", "topology"},
        {"POST /api/v1/rooms/daily/pin", "topology=ring", 400, "bad-message", "topology"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct request *request = ask(0, cases[i].what, cases[i].arguments, NULL);
        while (request->status == 0) { /* it waits for a round, which may have to wait itself */
            if (round_done == NULL)
                uv_run(&signaling.loop, UV_RUN_ONCE);
            else
                end_round();
        }
        if (request->status != cases[i].status || strcmp(request->code, cases[i].code) != 0)
            fail_msg("%s %s: %u %s", cases[i].what, cases[i].arguments, request->status, request->code);
        assert_string_equal(request->field, cases[i].field);
    }
}

static void test_paths_say_which_methods_they_take(void **state)
{
    static const struct {
        const char *path, *methods;
    } cases[] = {
        {"/api/v1/rooms", "GET, HEAD"},
        {"/api/v1/rooms/daily", "GET, HEAD"},
        {"/api/v1/rooms/nobody", "GET, HEAD"},
        {"/api/v1/rooms/pin", "GET, HEAD"}, /* a room's name */
        {"/api/v1/rooms/daily/pin", "POST"},
        {"/api/v1/rooms/daily/preview", "GET, HEAD"},
        {"/api/v1/nothing", NULL},
        {"/api/v1/rooms/", NULL},
        {"/api/v1/rooms/a b", NULL},
        {"/api/v1/rooms/a/b", NULL},
        {"/api/v1/rooms//pin", NULL},
        {"/api/v1/rooms/a b/pin", NULL},
        {"/api/v1/rooms/daily/pin/", NULL},
        {"/api/pin", NULL},
        {"/pin", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *methods = route.methods(cases[i].path);
        if (cases[i].methods == NULL ? methods != NULL : methods == NULL || strcmp(methods, cases[i].methods) != 0)
            fail_msg("%s: %s", cases[i].path, methods != NULL ? methods : "none");
    }
}

static void test_a_pin_is_set_at_once(void **state)
{
    const struct request *request = ask(0, "POST /api/v1/rooms/daily/pin", "topology=mesh", NULL);
    (void)state;
    assert_int_equal(request->status, 200);
    assert_string_equal(json_string_value(json_object_get(request->answer, "pin")), "mesh");
    assert_int_equal(rooms_find(signaling.rooms, "daily")->pin, PIN_MESH);
    assert_int_equal(rounds, 0);
}

static const char *bearer(char *out, size_t size, const char *rights)
{
    char payload[256], token[512];
    snprintf(payload, sizeof payload, "{\"exp\":%lld,\"room\":\"daily\"%s}", (long long)(clock_wall_us() / S + 60),
             rights);
    assert_true(token_sign(token, sizeof token, payload, SECRET, sizeof SECRET - 1) > 0);
    snprintf(out, size, "Bearer %s", token);
    return out;
}

static void test_with_tokens_the_api_is_for_those_with_the_right(void **state)
{
    char header[600];
    (void)state;
    config.open = false;
    refused(ask(0, "GET /api/v1/rooms", NULL, NULL), 401, "bad-token", "");
    refused(ask(0, "GET /api/v1/rooms", NULL, "Bearer x.y.z"), 401, "bad-token", "");
    refused(ask(0, "GET /api/v1/rooms", NULL, bearer(header, sizeof header, "")), 401, "bad-token", "");
    assert_int_equal(rounds, 0);
    bearer(header, sizeof header, ",\"api\":true");
    assert_int_equal(ask(0, "GET /api/v1/rooms", NULL, header)->status, 0); /* it waits */
    refused(ask(1, "POST /api/v1/rooms/daily/pin", "topology=sfu", header), 401, "bad-token", "");
    /* Who may not ask is not told which rooms there are. */
    refused(ask(1, "POST /api/v1/rooms/nobody/pin", "topology=sfu", NULL), 401, "bad-token", "");
    bearer(header, sizeof header, ",\"api\":true,\"pin\":true");
    assert_int_equal(ask(1, "POST /api/v1/rooms/daily/pin", "topology=sfu", header)->status, 200);
    end_round();
    assert_int_equal(requests[0].status, 200);
}

static size_t names_told(void)
{
    return json_array_size(json_object_get(requests[0].answer, "names"));
}

static void test_who_may_join_is_told_at_once_who_is_there(void **state)
{
    static const char path[] = "GET /api/v1/rooms/daily/preview";
    char header[600];
    (void)state;
    assert_int_equal(ask(0, path, NULL, NULL)->status, 200);
    assert_int_equal(json_integer_value(json_object_get(requests[0].answer, "participants")), 2);
    assert_int_equal(names_told(), 2);
    assert_int_equal(ask(0, "GET /api/v1/rooms/nobody/preview", NULL, NULL)->status, 200);
    assert_int_equal(json_integer_value(json_object_get(requests[0].answer, "participants")), 0);
    config.open = false;
    refused(ask(0, path, NULL, NULL), 401, "bad-token", "");
    bearer(header, sizeof header, "");
    assert_int_equal(ask(0, path, NULL, header)->status, 200);
    refused(ask(0, "GET /api/v1/rooms/nobody/preview", NULL, header), 401, "bad-token", ""); /* for another room */
    rooms_find(signaling.rooms, "daily")->is_locked = true;
    assert_int_equal(ask(0, path, NULL, header)->status, 200);
    assert_int_equal(names_told(), 0);
    bans_add(&rooms_find(signaling.rooms, "daily")->bans, bans_key(header + strlen("Bearer ")), clock_now());
    refused(ask(0, path, NULL, header), 401, "removed", "");
    bearer(header, sizeof header, ",\"host\":true");
    assert_int_equal(ask(0, path, NULL, header)->status, 200);
    assert_int_equal(names_told(), 2);
    assert_int_equal(rounds, 0);
}

static void test_requests_during_a_round_share_it_and_rounds_keep_their_distance(void **state)
{
    (void)state;
    struct request *first = ask(0, "GET /api/v1/rooms", NULL, NULL), *second = ask(1, "GET /api/v1/rooms", NULL, NULL);
    usec_t first_at = round_at;
    assert_int_equal(rounds, 1);
    end_round();
    assert_int_equal(first->status, 200);
    assert_int_equal(second->status, 200);
    /* Too soon for another round, unless this machine is slow. */
    struct request *third = ask(2, "GET /api/v1/rooms", NULL, NULL);
    while (rounds == 1)
        uv_run(&signaling.loop, UV_RUN_ONCE);
    assert_true(round_at - first_at >= API_ROUND_INTERVAL - 2 * USEC_PER_MSEC);
    end_round();
    assert_int_equal(third->status, 200);
}

static void test_who_has_gone_is_not_answered(void **state)
{
    struct request *gone = ask(0, "GET /api/v1/rooms", NULL, NULL), *there = ask(1, "GET /api/v1/rooms", NULL, NULL);
    (void)state;
    assert_true(gone->http.is_waiting);
    route.forget(route.user, &gone->http);
    end_round();
    assert_int_equal(gone->status, 0);
    assert_int_equal(there->status, 200);
}

static void test_an_address_that_keeps_the_server_busy_has_to_wait(void **state)
{
    (void)state;
    struct request *waiting =
        ask(1, "GET /api/v1/rooms", NULL, NULL); /* it came in time, and the time went to others */
    budget_table_charge(&signaling.sockets.addresses.time, 0, 3600000000u, clock_now());
    end_round();
    refused(waiting, 429, "too-fast", "");
    rounds = 0;
    refused(ask(0, "GET /api/v1/rooms", NULL, NULL), 429, "too-fast", "");
    assert_int_equal(rounds, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rooms_and_a_room_are_told_when_the_workers_have_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_pages_begin_and_end_where_they_are_asked_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_answered_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paths_say_which_methods_they_take, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_pin_is_set_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_with_tokens_the_api_is_for_those_with_the_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_may_join_is_told_at_once_who_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_requests_during_a_round_share_it_and_rounds_keep_their_distance, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_who_has_gone_is_not_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_address_that_keeps_the_server_busy_has_to_wait, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
