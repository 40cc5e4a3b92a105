/* The participant `router` with workers that only write down what they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/router/router_messages.h"
#include "signaling/router/router_participant.h"
#include "tests/unit/signaling/fakes/fake_workers.h"
#include "tests/unit/signaling/null_room_port.h"
#include "transport/base/memory.h"

#define S USEC_PER_SEC
#define SESSIONS 5
#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

/* The world around */

struct session {
    json_t *inbox;
};

static struct session sessions[SESSIONS];
static struct reach_kind kind;
static struct rooms *rooms;
static struct router_participant *router;
static struct config config;
static uv_loop_t loop;

static void take(void *owner, struct text *sent)
{
    struct session *session = owner;
    struct refusal error;
    enum message_type type;
    json_t *message;
    if (message_parse(&message, &type, MESSAGE_TO_CLIENT, text_data(sent), sent->length, &error) < 0)
        fail_msg("%s: field %s, expected %s", text_data(sent), error.field, error.expected);
    json_array_append_new(session->inbox, message);
}

static void left(void *user, struct room_participant *participant)
{
    (void)user;
    router_participant_left(router, participant);
}

static bool has_gcm; /* what the next offers say */

static int set_up(void **state)
{
    const struct rooms_config rooms_config = {.room_max = 2,
                                              .participant_max = 6,
                                              .grace = 60 * S,
                                              .dedicated_slots = 9,
                                              .audio_slots = 3,
                                              .topology = {.hold = 10 * S, .copy_bps = 600000}};
    struct room_port port = null_room_port();
    (void)state;
    opened_count = 0;
    has_gcm = false;
    config =
        (struct config){.workers = FAKE_WORKERS, .room_share = 1, .public_ip_count = 1, .public_ips = {"192.0.2.1"}};
    assert_int_equal(uv_loop_init(&loop), 0);
    port.left = left;
    rooms = rooms_new(&rooms_config, &port);
    for (size_t i = 0; i < SESSIONS; i++)
        sessions[i].inbox = json_array();
    assert_int_equal(router_participant_new(&router, &config, &loop, rooms, &router_messages), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rooms_free(rooms);
    router_participant_stop(router);
    uv_run(&loop, UV_RUN_DEFAULT);
    router_participant_free(router);
    assert_int_equal(uv_loop_close(&loop), 0);
    for (size_t i = 0; i < SESSIONS; i++)
        json_decref(sessions[i].inbox);
    return 0;
}

static struct room_participant *join(unsigned session)
{
    struct room_participant *participant;
    struct join join = {.room = "room", .name = "somebody"};
    snprintf(join.secret, sizeof join.secret, "secret%026u", session);
    kind = null_reach_kind();
    kind.send = take;
    participant = rooms_join(rooms, &join, &(struct reach){&kind, &sessions[session]}, S, NULL);
    assert_non_null(participant);
    return participant;
}

/* The last message of this type that a session was sent; borrowed. It is taken out of the inbox with all before. */
static json_t *last(unsigned session, const char *type)
{
    static json_t *found;
    json_t *message;
    size_t index;
    json_decref(found);
    found = NULL;
    json_array_foreach(sessions[session].inbox, index, message)
    {
        if (strcmp(json_string_value(json_object_get(message, "type")), type) != 0)
            continue;
        json_decref(found);
        found = json_incref(message);
    }
    json_array_clear(sessions[session].inbox);
    return found;
}

static const char *text_in(const json_t *message, const char *name)
{
    return json_string_value(json_object_get(message, name));
}

/* What the worker was told since the last time; it says so. */
static void told(unsigned worker, const char *expected)
{
    assert_string_equal(workers[worker]->commands, expected);
    workers[worker]->commands[0] = '\0';
}

static void offer_with(struct room_participant *participant, unsigned generation, const char *ufrag,
                       const char *fingerprint, struct refusal *refusal)
{
    char sdp[2048];
    snprintf(sdp, sizeof sdp,
             "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a v\r\n"
             "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\na=ice-ufrag:%s\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
             "a=fingerprint:sha-256 %s\r\na=setup:actpass\r\na=rtcp-mux\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n"
             "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\na=rtcp-mux\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n",
             ufrag, fingerprint);
    struct router_send send = {"a", "microphone", false};
    struct router_receive receive = {"v", "p2/camera"};
    const struct router_offer given = {.sdp = sdp,
                                       .generation = generation,
                                       .has_gcm = has_gcm,
                                       .send_count = 1,
                                       .receive_count = 1,
                                       .sends = &send,
                                       .receives = &receive};
    *refusal = (struct refusal){.code = NULL};
    router_participant_offer(router, participant, &given, refusal);
}

static void offer(struct room_participant *participant, unsigned generation, const char *ufrag)
{
    struct refusal refusal;
    offer_with(participant, generation, ufrag, FINGERPRINT, &refusal);
    if (refusal.code != NULL)
        fail_msg("%s: %s", refusal.code, refusal.text);
}

static void happens(unsigned worker, const struct worker_event *event)
{
    struct worker *at = workers[worker];
    at->events[at->event_count] = *event;
    at->events[at->event_count++].worker = worker;
    at->wake(at->owner);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void test_an_offer_opens_a_connection_and_is_answered(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    offer(participant, 1, "abcd");
    told(0, "open 1 room p1;configure 1 abcd: m=a m=v microphone=a p2/camera=v;");
    json_t *answer = last(0, "answer");
    assert_non_null(answer);
    assert_string_equal(text_in(answer, "from"), "router");
    assert_int_equal(json_integer_value(json_object_get(answer, "generation")), 1);
    assert_non_null(strstr(text_in(answer, "sdp"), "a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host\r\n"));
    assert_non_null(strstr(text_in(answer, "sdp"), "a=fingerprint:sha-256 00:11\r\n"));
    assert_non_null(strstr(text_in(answer, "sdp"), "a=msid:p2 p2/camera\r\n"));
    assert_int_equal(participant->published, 1u << message_source_index("microphone"));
    assert_int_equal(number_of(router_participant_connection(participant)), 1);
}

static void test_an_offer_again_goes_to_the_same_connection(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    offer(participant, 1, "abcd");
    told(0, "open 1 room p1;configure 1 abcd: m=a m=v microphone=a p2/camera=v;");
    offer(participant, 2, "efgh"); /* an ICE restart */
    told(0, "configure 1 efgh: m=a m=v microphone=a p2/camera=v;");
    assert_int_equal(json_integer_value(json_object_get(last(0, "answer"), "generation")), 2);
}

/* Chromium as DTLS server would choose AES-CM if that were offered, too. */
static void test_who_has_gcm_is_sent_the_first_flight(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    has_gcm = true;
    offer(participant, 1, "abcd");
    told(0, "open 1 room p1;configure 1 abcd (begins DTLS, GCM only): m=a m=v microphone=a p2/camera=v;");
    assert_non_null(strstr(text_in(last(0, "answer"), "sdp"), "a=setup:active\r\n"));
    has_gcm = false;
    offer(participant, 1, "abcd"); /* the role stays for the connection's life */
    told(0, "configure 1 abcd (begins DTLS): m=a m=v microphone=a p2/camera=v;");
}

static void test_a_server_without_gcm_waits_for_the_first_flight(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    config.srtp_profiles = "AES128_CM_SHA1_80";
    has_gcm = true;
    offer(participant, 1, "abcd");
    config.srtp_profiles = NULL;
    told(0, "open 1 room p1;configure 1 abcd: m=a m=v microphone=a p2/camera=v;");
    assert_non_null(strstr(text_in(last(0, "answer"), "sdp"), "a=setup:passive\r\n"));
}

static void test_an_offer_of_another_peer_connection_replaces_it(void **state)
{
    static const char other[] =
        "FF:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
    struct room_participant *participant = join(0);
    struct refusal refusal;
    (void)state;
    offer(participant, 1, "abcd");
    told(0, "open 1 room p1;configure 1 abcd: m=a m=v microphone=a p2/camera=v;");
    offer_with(participant, 2, "efgh", other, &refusal);
    assert_null(refusal.code);
    assert_non_null(strstr(workers[0]->commands, "close 1;"));
    assert_int_equal(number_of(router_participant_connection(participant)), 2);
}

static void test_new_connections_have_a_budget(void **state)
{
    char fingerprint[] =
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
    struct room_participant *participant = join(0);
    struct refusal refusal = {.code = NULL};
    unsigned made = 0;
    (void)state;
    while (refusal.code == NULL && made < 100) {
        snprintf(fingerprint, 3, "%02X", made);
        fingerprint[2] = ':';
        offer_with(participant, ++made, "abcd", fingerprint, &refusal);
    }
    assert_in_range(made, 17, 18); /* 18: a second has gone by */
    assert_string_equal(refusal.code, "target-busy");
    uint64_t id = router_participant_connection(participant);
    snprintf(fingerprint, 3, "%02X", made - 2); /* that of the one it has */
    fingerprint[2] = ':';
    offer_with(participant, made + 1, "efgh", fingerprint, &refusal);
    assert_null(refusal.code);
    assert_int_equal(router_participant_connection(participant), id);
}

static void test_what_is_wrong_with_an_offer_changes_nothing(void **state)
{
    struct room_participant *participant = join(0);
    struct refusal refusal;
    (void)state;
    offer(participant, 5, "abcd");
    told(0, "open 1 room p1;configure 1 abcd: m=a m=v microphone=a p2/camera=v;");
    offer_with(participant, 4, "abcd", FINGERPRINT, &refusal);
    assert_string_equal(refusal.code, "wrong-generation");
    offer_with(participant, 6, "abcd", "00:11", &refusal);
    assert_string_equal(refusal.code, "bad-sdp");
    assert_string_equal(refusal.field, "sdp");
    told(0, "");
    assert_int_equal(number_of(router_participant_connection(participant)), 1);
}

static void test_candidates_go_both_ways_in_their_generation(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    router_participant_candidate(router, participant, 1, "candidate:early");
    offer(participant, 3, "abcd");
    told(0, "open 1 room p1;configure 1 abcd: m=a m=v microphone=a p2/camera=v;");
    router_participant_candidate(router, participant, 2, "candidate:old");
    router_participant_candidate(router, participant, 3, "candidate:x");
    told(0, "candidate 1 candidate:x;");
    (void)last(0, "answer");
    happens(0, &(struct worker_event){.type = WORKER_CANDIDATE, .connection = opened[0], .text = "candidate:y"});
    const json_t *message = last(0, "ice-candidate");
    assert_non_null(message);
    assert_string_equal(text_in(message, "candidate"), "candidate:y");
    assert_int_equal(json_integer_value(json_object_get(message, "generation")), 3);
    happens(0, &(struct worker_event){.type = WORKER_CANDIDATE, .connection = 99, .text = "candidate:z"});
    assert_null(last(0, "ice-candidate"));
}

static void test_a_connection_that_worked_and_is_lost_is_asked_for_again(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    offer(participant, 1, "abcd");
    assert_false(participant->has_had_media);
    happens(0, &(struct worker_event){.type = WORKER_CONNECTED, .connection = opened[0], .text = "AES udp"});
    assert_true(participant->has_had_media);
    happens(0, &(struct worker_event){.type = WORKER_DISCONNECTED, .connection = opened[0], .text = "gone"});
    assert_int_equal(router_participant_connection(participant), 0);
    assert_non_null(last(0, "connection-request"));
}

static void test_few_are_published_before_they_are_connected(void **state)
{
    enum { EARLY = 4 };
    const unsigned microphone = 1u << message_source_index("microphone");
    struct room_participant *participants[EARLY + 1];
    (void)state;
    for (unsigned i = 0; i <= EARLY; i++) {
        participants[i] = join(i);
        offer(participants[i], 1, "abcd");
        assert_int_equal(participants[i]->published, i < EARLY ? microphone : 0);
    }
    struct room_participant *last_one = participants[EARLY];
    offer(participants[0], 2, "efgh"); /* what is published stays */
    assert_int_equal(participants[0]->published, microphone);
    router_participant_mute(router, last_one, "microphone", true);
    assert_int_equal(last_one->published, 0);
    happens(0, &(struct worker_event){.type = WORKER_CONNECTED, .connection = opened[EARLY], .text = "AES udp"});
    assert_int_equal(last_one->published, microphone);
    assert_int_equal(last_one->muted, microphone);
    happens(0, &(struct worker_event){.type = WORKER_DISCONNECTED, .connection = opened[EARLY], .text = "gone"});
    offer(last_one, 2, "ijkl"); /* another connection, for what the others know already */
    assert_int_equal(last_one->published, microphone);
}

static void test_who_comes_again_and_again_is_not_published_each_time(void **state)
{
    enum { BURST = 8, TURNS = 20 };
    unsigned published = 0;
    (void)state;
    (void)join(1);                         /* who has the room meanwhile */
    for (unsigned i = 0; i < TURNS; i++) { /* each leaves before it is connected */
        struct room_participant *participant = join(0);
        offer(participant, 1, "abcd");
        published += participant->published != 0;
        room_participant_leave(participant, "left", S);
    }
    assert_in_range(published, BURST, BURST + 1); /* one more, should a second have passed */
    struct room_participant *participant = join(0);
    offer(participant, 1, "abcd");
    assert_int_equal(participant->published, 0);
    happens(
        0, &(struct worker_event){.type = WORKER_CONNECTED, .connection = opened[opened_count - 1], .text = "AES udp"});
    assert_int_not_equal(participant->published, 0);
}

static void test_who_connects_costs_the_room_nothing(void **state)
{
    (void)state;
    (void)join(1);
    for (unsigned i = 0; i < 20; i++) {
        struct room_participant *participant = join(0);
        offer(participant, 1, "abcd");
        assert_int_not_equal(participant->published, 0);
        happens(0, &(struct worker_event){
                       .type = WORKER_CONNECTED, .connection = opened[opened_count - 1], .text = "AES udp"});
        room_participant_leave(participant, "left", S);
    }
}

/* What is named on an m-line that is rejected, or that sends nothing, is no publication. */
static void test_only_what_the_answer_accepts_is_published(void **state)
{
    static const struct {
        const char *codec, *direction, *published;
    } rows[] = {{"H265", "recvonly", "microphone"},
                {"VP8", "recvonly", "microphone camera"},
                {"VP8", "sendonly", "microphone camera screen"},
                {"H265", "sendonly", "microphone screen"}};
    static struct router_send sends[] = {{"a", "microphone", false}, {"v", "camera", false}, {"s", "screen", false}};
    struct room_participant *participant = join(0);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char sdp[2048], published[64] = "";
        struct refusal refusal = {.code = NULL};
        snprintf(sdp, sizeof sdp,
                 "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a v s\r\na=ice-ufrag:abcd\r\n"
                 "a=ice-pwd:abcdefghijklmnopqrstuv\r\na=fingerprint:sha-256 " FINGERPRINT "\r\na=setup:actpass\r\n"
                 "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:a\r\na=rtcp-mux\r\na=sendonly\r\na=rtpmap:96 opus/48000/2\r\n"
                 "m=video 9 UDP/TLS/RTP/SAVPF 97\r\na=mid:v\r\na=rtcp-mux\r\na=sendonly\r\na=rtpmap:97 %s/90000\r\n"
                 "m=video 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:s\r\na=rtcp-mux\r\na=%s\r\na=rtpmap:98 VP8/90000\r\n",
                 rows[i].codec, rows[i].direction);
        const struct router_offer given = {.sdp = sdp, .generation = 1, .send_count = 3, .sends = sends};
        router_participant_offer(router, participant, &given, &refusal);
        assert_null(refusal.code);
        happens(0, &(struct worker_event){.type = WORKER_CONNECTED, .connection = opened[0], .text = "AES udp"});
        for (size_t k = 0; k < 3; k++)
            if ((participant->published & 1u << message_source_index(sends[k].source)) != 0)
                snprintf(published + strlen(published), sizeof published - strlen(published), "%s%s",
                         published[0] != '\0' ? " " : "", sends[k].source);
        assert_string_equal(published, rows[i].published);
    }
}

static void test_a_participant_that_lives_with_its_media_publishes_and_leaves_with_it(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    kind.lives_with_media = true;
    offer(participant, 1, "abcd");
    assert_int_equal(participant->published, 0);
    happens(0, &(struct worker_event){.type = WORKER_CONNECTED, .connection = opened[0], .text = "AES udp"});
    assert_int_equal(participant->published, 1u << message_source_index("microphone"));
    offer(participant, 2, "efgh"); /* an ICE restart */
    assert_int_equal(participant->published, 1u << message_source_index("microphone"));
    happens(0, &(struct worker_event){.type = WORKER_DISCONNECTED, .connection = opened[0], .text = "gone"});
    assert_null(rooms_find(rooms, "room"));
    assert_null(last(0, "connection-request"));
}

static void test_a_request_for_a_new_connection_closes_the_old_one_once(void **state)
{
    struct room_participant *participant = join(0);
    struct refusal refusal = {.code = NULL};
    (void)state;
    offer(participant, 1, "abcd");
    workers[0]->commands[0] = '\0';
    router_participant_renew(router, participant, 2, &refusal);
    assert_null(refusal.code);
    told(0, "close 1;");
    assert_int_equal(json_integer_value(json_object_get(last(0, "connection-request"), "generation")), 2);
    router_participant_renew(router, participant, 2, &refusal); /* said again: the answer was lost */
    told(0, "");
    assert_non_null(last(0, "connection-request"));
    router_participant_renew(router, participant, 1, &refusal);
    assert_string_equal(refusal.code, "wrong-generation");
}

static void receive(struct room_participant *participant)
{
    size_t count;
    json_t *slots = json_pack("[{s:s,s:s,s:i,s:i,s:i},{s:s,s:i,s:i,s:i}]", "mid", "v", "show", "speaker", "width", 640,
                              "height", 360, "priority", 1, "mid", "w", "width", 0, "height", 0, "priority", 0);
    struct router_request *requests = router_requests_read(slots, &count);
    json_decref(slots);
    router_participant_receive(router, participant, requests, count);
}

static void test_what_a_participant_says_reaches_its_connection(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    receive(participant); /* not connected: for nobody */
    router_participant_mute(router, participant, "microphone", true);
    offer(participant, 1, "abcd");
    workers[0]->commands[0] = '\0';
    receive(participant);
    told(0, "receive 1: v=speaker 640x360 w=(as before) 0x0;");
    router_participant_mute(router, participant, "microphone", true);
    told(0, "mute 1 microphone 1;");
    router_participant_resumed(router, participant);
    told(0, "tell 1;");
    room_participant_leave(participant, "left", S);
    told(0, "close 1;");
}

static void test_each_state_of_a_slot_has_its_name_and_reason(void **state)
{
    static const struct {
        enum slot_state state;
        const char *name, *reason;
    } rows[] = {
        {SLOT_LIVE, "live", NULL},
        {SLOT_MUTED, "muted", NULL},
        {SLOT_PAUSED_HIDDEN, "paused", "hidden"},
        {SLOT_PAUSED_BANDWIDTH, "paused", "bandwidth"},
        {SLOT_PAUSED_NO_REPORTS, "paused", "no-reports"},
        {SLOT_UNSUPPORTED_CODEC, "unsupported", "codec"},
        {SLOT_UNSUPPORTED_PROFILE, "unsupported", "profile"},
    };
    struct room_participant *participant = join(0);
    (void)state;
    offer(participant, 1, "abcd");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct worker_event event = {.type = WORKER_ROUTER, .connection = opened[0]};
        event.router = (struct router_event){.type = ROUTER_EVENT_SLOTS, .mid = "v", .slot_state = rows[i].state};
        happens(0, &event);
        const json_t *slot = json_array_get(json_object_get(last(0, "slots"), "slots"), 0);
        assert_string_equal(text_in(slot, "state"), rows[i].name);
        assert_int_equal(json_object_get(slot, "reason") != NULL, rows[i].reason != NULL);
        if (rows[i].reason != NULL)
            assert_string_equal(text_in(slot, "reason"), rows[i].reason);
    }
}

static void test_what_the_core_says_reaches_its_participant(void **state)
{
    struct room_participant *participant = join(0);
    (void)state;
    offer(participant, 1, "abcd");
    struct worker_event event = {.type = WORKER_ROUTER, .connection = opened[0]};
    event.router = (struct router_event){
        .type = ROUTER_EVENT_SLOTS, .mid = "v", .publication = "p2/camera", .slot_state = SLOT_PAUSED_BANDWIDTH};
    happens(0, &event);
    const json_t *slot = json_array_get(json_object_get(last(0, "slots"), "slots"), 0);
    assert_string_equal(text_in(slot, "publication"), "p2/camera");
    assert_string_equal(text_in(slot, "state"), "paused");
    assert_string_equal(text_in(slot, "reason"), "bandwidth");
    event.router =
        (struct router_event){.type = ROUTER_EVENT_ENCODINGS, .publication = "p1/camera", .asked_encodings = 5};
    happens(0, &event);
    const json_t *encodings = last(0, "encodings");
    assert_string_equal(text_in(encodings, "source"), "camera");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(json_is_true(json_array_get(json_object_get(encodings, "active"), i)), i != 1);
    event.router = (struct router_event){.type = ROUTER_EVENT_SPEAKERS, .room = "room", .text = "p2 p1"};
    happens(1, &event); /* not the worker that speaks for the room */
    assert_null(last(0, "speakers"));
    happens(0, &event);
    assert_int_equal(json_array_size(json_object_get(last(0, "speakers"), "participants")), 2);
}

static void test_a_room_that_spreads_is_relayed(void **state)
{
    struct room_participant *first = join(0), *second = join(1);
    (void)state;
    offer(first, 1, "abcd");
    told(0, "open 1 room p1;configure 1 abcd: m=a m=v microphone=a p2/camera=v;");
    offer(second, 1, "efgh"); /* the share of one worker is one */
    assert_non_null(strstr(workers[1]->commands, "open 2 room p2;"));
    assert_non_null(strstr(workers[1]->commands, "relay 2 to 0;"));
    told(0, "relay 1 to 1;");
    told(2, "");
    workers[1]->commands[0] = '\0';
    router_participant_mute(router, first, "microphone", true);
    told(0, "mute 1 microphone 1;");
    told(1, ""); /* the core says it to the other */
    room_participant_leave(second, "left", S);
    told(0, "relay 1 to;");
    told(1, "close 2;");
}

struct round {
    unsigned calls, answered;
};

static void on_stats(void *user, struct worker_stats *const *stats, size_t count)
{
    struct round *round = user;
    round->calls++;
    assert_int_equal(count, FAKE_WORKERS);
    for (size_t i = 0; i < count; i++)
        round->answered += stats[i] != NULL;
}

static void answer_stats(unsigned worker, uint64_t request)
{
    struct worker_stats *stats = mem_alloc(sizeof *stats);
    stats->worker = worker;
    stats->request = request;
    happens(worker, &(struct worker_event){.type = WORKER_STATS, .stats = stats});
}

static void test_a_round_of_statistics_ends_with_the_last_answer_or_in_time(void **state)
{
    static struct round round; /* the last one ends after the test */
    (void)state;
    assert_true(router_participant_request_stats(router, on_stats, &round, S));
    assert_false(router_participant_request_stats(router, on_stats, &round, S));
    for (unsigned i = 0; i < FAKE_WORKERS; i++) {
        told(i, "stats 1;");
        assert_int_equal(round.calls, 0);
        answer_stats(i, 1);
    }
    assert_int_equal(round.calls, 1);
    assert_int_equal(round.answered, FAKE_WORKERS);
    round = (struct round){0};
    assert_true(router_participant_request_stats(router, on_stats, &round, 10 * S));
    answer_stats(0, 1); /* of the round before */
    answer_stats(1, 2);
    answer_stats(1, 2); /* twice */
    router_participant_timeout(router, 12 * S - 1);
    assert_int_equal(round.calls, 0);
    router_participant_timeout(router, 12 * S);
    assert_int_equal(round.calls, 1);
    assert_int_equal(round.answered, 1);
    answer_stats(2, 2); /* too late */
    assert_int_equal(round.calls, 1);
    assert_true(router_participant_request_stats(router, on_stats, &round, 13 * S)); /* ends with the router */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_offer_opens_a_connection_and_is_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_offer_again_goes_to_the_same_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_has_gcm_is_sent_the_first_flight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_server_without_gcm_waits_for_the_first_flight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_offer_of_another_peer_connection_replaces_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_new_connections_have_a_budget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_wrong_with_an_offer_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_candidates_go_both_ways_in_their_generation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_connection_that_worked_and_is_lost_is_asked_for_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_few_are_published_before_they_are_connected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_comes_again_and_again_is_not_published_each_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_connects_costs_the_room_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_what_the_answer_accepts_is_published, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_participant_that_lives_with_its_media_publishes_and_leaves_with_it,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_request_for_a_new_connection_closes_the_old_one_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_participant_says_reaches_its_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_state_of_a_slot_has_its_name_and_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_the_core_says_reaches_its_participant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_room_that_spreads_is_relayed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_round_of_statistics_ends_with_the_last_answer_or_in_time, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
