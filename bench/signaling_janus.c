/* Janus with its VideoRoom plugin, seen by the load generator: one session over one WebSocket, a handle for each
 * member. The configuration is close to the defaults: ICE-lite, so that both servers answer checks, and no transport
 * but the WebSocket. It does not use the loopback interface: see private_network.h. Variants: "" (a thread for each
 * handle, as it comes) and "event_loops" (one for each core, its best for many subscribers). A handle sends or
 * receives, never both, so publishers do not see each other here. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/adapter.h"
#include "bench/child_process.h"
#include "bench/member.h"
#include "bench/member_negotiation.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define START_TIMEOUT (20 * USEC_PER_SEC)
#define KEEPALIVE_MS 20000
#define ANSWER_SIZE_MAX (64 * 1024)
#define SDP_TEXT_MAX (64 * 1024)

struct janus {
    struct child_process process;
    char version[64];
    uint16_t port;
    struct ws_client *websocket;
    uint64_t session;
    bool is_broken;
    uv_timer_t keepalive;
    size_t member_capacity;
    struct member **members; /* by index */
};

static int write_configuration(struct janus *janus, const struct adapter_options *options)
{
    static const char general[] =
        "general: {\n  configs_folder = \"%s\"\n  debug_level = 4\n  debug_timestamps = false\n  debug_colors = false\n"
        "  session_timeout = 0\n%s}\n"
        "nat: {\n  ice_lite = true\n  ice_tcp = false\n  ice_enforce_list = \"bench0\"\n  nice_debug = false\n}\n"
        "plugins: {\n  disable = \"libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,"
        "libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,"
        "libjanus_videocall.so,libjanus_voicemail.so\"\n}\n"
        "transports: {\n  disable = \"libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,"
        "libjanus_rabbitmq.so\"\n}\n"
        "events: {\n  broadcast = false\n}\n";
    char text[4096], loops[64] = "", websockets[256];
    if (strcmp(options->variant, "event_loops") == 0)
        snprintf(loops, sizeof loops, "  event_loops = %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
    snprintf(text, sizeof text, general, janus->process.folder, loops);
    snprintf(
        websockets, sizeof websockets,
        "general: {\n  json = \"compact\"\n  ws = true\n  ws_port = %u\n  ws_ip = \"127.0.0.1\"\n  wss = false\n}\n",
        janus->port);
    return child_process_write(&janus->process, "janus.jcfg", text) == 0 &&
                   child_process_write(&janus->process, "janus.transport.websockets.jcfg", websockets) == 0 &&
                   child_process_write(&janus->process, "janus.plugin.videoroom.jcfg", "general: {\n}\n") == 0
               ? 0
               : -1;
}

static void send_request(const struct janus *janus, json_t *request)
{
    if (janus->session != 0)
        json_object_set_new(request, "session_id", json_integer((json_int_t)janus->session));
    char *text = json_dumps(request, JSON_COMPACT);
    ws_client_send(janus->websocket, text);
    free(text);
    json_decref(request);
}

/* `step` comes back with everything that answers the request. */
static void ask(struct member *member, char step, json_t *request)
{
    char transaction[32];
    snprintf(transaction, sizeof transaction, "%c%u", step, member->index);
    json_object_set_new(request, "transaction", json_string(transaction));
    if (member->handle != 0)
        json_object_set_new(request, "handle_id", json_integer((json_int_t)member->handle));
    send_request(member->host->adapter_state, request);
}

static void ask_plugin(struct member *member, char step, json_t *body, const char *type, const char *sdp)
{
    json_t *request = json_pack("{s:s, s:o}", "janus", "message", "body", body);
    if (sdp != NULL)
        json_object_set_new(request, "jsep", json_pack("{s:s, s:s, s:b}", "type", type, "sdp", sdp, "trickle", 0));
    ask(member, step, request);
}

static json_int_t room_number(const struct member *member)
{
    return (json_int_t)strtol(member->room, NULL, 10);
}

static void on_attached(struct member *member, const json_t *message)
{
    member->handle = (uint64_t)json_integer_value(json_object_get(json_object_get(message, "data"), "id"));
    ask_plugin(member, 'c',
               json_pack("{s:s, s:I, s:i, s:s, s:b, s:b}", "request", "create", "room", room_number(member),
                         "publishers", 1000, "videocodec", "vp8", "transport_wide_cc_ext", 1, "notify_joining", 0),
               NULL, NULL);
}

static void on_answer(struct member *member, const char *text)
{
    struct sdp *offer = NULL, *answer = NULL;
    struct sdp_error error = {0};
    if (sdp_parse(&offer, member->offer, strlen(member->offer), &error) != 0 ||
        sdp_parse(&answer, text, strlen(text), &error) != 0 ||
        negotiate_complete(offer, answer, member->lines, member->line_count, NULL, &member->negotiated, &error) != 0)
        member_fail(member, "cannot use the answer: line %u: %s", error.line, error.text);
    else if (!member_find_server(member))
        member_fail(member, "the answer has no UDP candidate of IPv4");
    else
        member_open_path(member, clock_now());
    sdp_free(offer);
    sdp_free(answer);
}

static void on_offer(struct member *member, const char *text)
{
    char candidate[MEMBER_CANDIDATE_MAX];
    const char *candidates[1];
    struct negotiate_local local;
    struct sdp *offer = NULL;
    struct sdp_error error = {0};
    size_t length;
    char *answer = mem_alloc(ANSWER_SIZE_MAX);
    member_local(member, &local, candidate, candidates);
    if (sdp_parse(&offer, text, strlen(text), &error) != 0 ||
        negotiate_answer(offer, &local, NULL, 0, NULL, &member->rng, &member->negotiated, answer, ANSWER_SIZE_MAX,
                         &length, &error) != 0) {
        member_fail(member, "cannot use the offer: line %u: %s", error.line, error.text);
    } else if (!member_find_server(member)) {
        member_fail(member, "the offer has no UDP candidate of IPv4");
    } else {
        ask_plugin(member, 's', json_pack("{s:s, s:I}", "request", "start", "room", room_number(member)), "answer",
                   answer);
        member_open_path(member, clock_now());
    }
    sdp_free(offer);
    free(answer);
}

static void on_plugin(struct member *member, char step, const json_t *message)
{
    const json_t *data = json_object_get(json_object_get(message, "plugindata"), "data");
    const json_t *jsep = json_object_get(message, "jsep");
    const char *sdp = json_string_value(json_object_get(jsep, "sdp"));
    const char *error = json_string_value(json_object_get(data, "error"));
    if (step == 'c' && member->state == MEMBER_JOINING) { /* an error: the room is there already */
        snprintf(member->id, sizeof member->id, "%u", member->index + 1);
        member->state = MEMBER_JOINED;
    } else if (error != NULL) {
        member_fail(member, "Janus says: %s", error);
    } else if (step == 'j' && sdp != NULL && member->state == MEMBER_OFFERED) {
        if (member->sends.count > 0)
            on_answer(member, sdp);
        else
            on_offer(member, sdp);
    }
}

static void on_message(void *user, const char *text, size_t length)
{
    struct janus *janus = user;
    json_t *message = json_loadb(text, length, 0, NULL);
    const char *type = json_string_value(json_object_get(message, "janus"));
    const char *transaction = json_string_value(json_object_get(message, "transaction"));
    unsigned index = 0;
    char step = '\0';
    if (transaction != NULL && strcmp(transaction, "session") == 0)
        janus->session = (uint64_t)json_integer_value(json_object_get(json_object_get(message, "data"), "id"));
    else if (transaction != NULL && sscanf(transaction, "%c%u", &step, &index) == 2 && index < janus->member_capacity &&
             janus->members[index] != NULL && type != NULL) {
        struct member *member = janus->members[index];
        if (strcmp(type, "error") == 0)
            member_fail(member, "Janus says: %s",
                        json_string_value(json_object_get(json_object_get(message, "error"), "reason")));
        else if (step == 'a')
            on_attached(member, message);
        else if (strcmp(type, "ack") != 0)
            on_plugin(member, step, message);
    }
    json_decref(message);
}

static void on_opened(void *user)
{
    send_request(user, json_pack("{s:s, s:s}", "janus", "create", "transaction", "session"));
}

static void on_closed(void *user, const char *reason)
{
    struct janus *janus = user;
    (void)reason;
    janus->is_broken = true;
    for (size_t i = 0; i < janus->member_capacity; i++) {
        if (janus->members[i] != NULL)
            member_fail(janus->members[i], "the session with Janus broke");
    }
}

static void on_keepalive(uv_timer_t *timer)
{
    send_request(timer->data, json_pack("{s:s, s:s}", "janus", "keepalive", "transaction", "keepalive"));
}

static int open_session(struct janus *janus, uv_loop_t *loop)
{
    struct ws_listener listener = {on_opened, on_message, on_closed, janus};
    usec_t end = clock_now() + START_TIMEOUT;
    janus->websocket = ws_client_new(loop, "127.0.0.1", janus->port, "/", "janus-protocol", &listener);
    while (janus->session == 0 && !janus->is_broken && clock_now() < end)
        uv_run(loop, UV_RUN_ONCE);
    return janus->session != 0 ? 0 : -1;
}

static void janus_stop(void *state)
{
    struct janus *janus = state;
    ws_client_free(janus->websocket);
    child_process_stop(&janus->process);
    uv_timer_stop(&janus->keepalive);
    free(janus->members);
    janus->members = NULL;
    uv_close((uv_handle_t *)&janus->keepalive, NULL);
    uv_run(janus->keepalive.loop, UV_RUN_NOWAIT);
    free(janus);
}

static void *janus_start(uv_loop_t *loop, const struct adapter_options *options, char *error, size_t size)
{
    uint16_t port = child_process_free_ports(1, error, size);
    if (port == 0)
        return NULL;
    struct janus *janus = mem_alloc(sizeof *janus);
    char path[160], rest[128];
    const char *const argv[] = {"janus", "-F", janus->process.folder, "-C", path, NULL};
    uv_timer_init(loop, &janus->keepalive);
    janus->keepalive.data = janus;
    janus->port = port;
    bool is_up = child_process_prepare(&janus->process) == 0 && write_configuration(janus, options) == 0;
    snprintf(path, sizeof path, "%s/janus.jcfg", janus->process.folder);
    is_up = is_up && child_process_start(&janus->process, argv) == 0 &&
            child_process_wait(&janus->process, "Janus version: ", janus->version, sizeof janus->version,
                               START_TIMEOUT) == 0 &&
            child_process_wait(&janus->process, "JANUS WebSockets transport plugin initialized", rest, sizeof rest,
                               START_TIMEOUT) == 0 &&
            open_session(janus, loop) == 0;
    if (is_up) {
        uv_timer_start(&janus->keepalive, on_keepalive, KEEPALIVE_MS, KEEPALIVE_MS);
        return janus;
    }
    child_process_why(&janus->process, error, size);
    janus_stop(janus);
    return NULL;
}

static pid_t janus_pid(const void *state)
{
    return ((const struct janus *)state)->process.pid;
}

static const char *janus_version(const void *state)
{
    return ((const struct janus *)state)->version;
}

static void janus_join(struct member *member)
{
    struct janus *janus = member->host->adapter_state;
    if (member->index >= janus->member_capacity) {
        size_t before = janus->member_capacity;
        janus->member_capacity = (size_t)member->index * 2 + 64;
        janus->members = mem_resize(janus->members, janus->member_capacity, sizeof(struct member *));
        memset(&janus->members[before], 0, (janus->member_capacity - before) * sizeof(struct member *));
    }
    janus->members[member->index] = member;
    ask(member, 'a', json_pack("{s:s, s:s}", "janus", "attach", "plugin", "janus.plugin.videoroom"));
}

static void publish(struct member *member)
{
    char candidate[MEMBER_CANDIDATE_MAX];
    const char *candidates[1];
    struct negotiate_local local;
    member->lines = mem_array(member->sends.count, sizeof *member->lines);
    for (size_t i = 0; i < member->sends.count; i++)
        (void)member_add_line(member, member->sends.sources[i].is_video, true);
    member_local(member, &local, candidate, candidates);
    member->offer = mem_alloc(SDP_TEXT_MAX);
    if (negotiate_offer(&local, member->lines, member->line_count, NULL, &member->rng, member->offer, SDP_TEXT_MAX) <
        0) {
        member_fail(member, "the offer does not fit");
        return;
    }
    ask_plugin(member, 'j',
               json_pack("{s:s, s:s, s:I, s:I, s:s}", "request", "joinandconfigure", "ptype", "publisher", "room",
                         room_number(member), "id", (json_int_t)member->index + 1, "display", member->name),
               "offer", member->offer);
}

/* Every publication of the feeds that are named. */
static void subscribe(struct member *member)
{
    json_t *streams = json_array();
    long last = 0;
    for (size_t i = 0; i < member->receive_count; i++) {
        long feed = strtol(member->receives[i].publication, NULL, 10);
        if (feed != last)
            json_array_append_new(streams, json_pack("{s:I}", "feed", (json_int_t)feed));
        last = feed;
    }
    ask_plugin(member, 'j',
               json_pack("{s:s, s:s, s:I, s:o}", "request", "join", "ptype", "subscriber", "room", room_number(member),
                         "streams", streams),
               NULL, NULL);
}

static void janus_connect(struct member *member)
{
    if (member->sends.count > 0)
        publish(member);
    else
        subscribe(member);
}

const struct adapter adapter_janus = {
    .name = "janus",
    .start = janus_start,
    .stop = janus_stop,
    .pid = janus_pid,
    .version = janus_version,
    .join = janus_join,
    .connect = janus_connect,
};
