/* Janus with its VideoRoom plugin, seen by the load generator: one session over one WebSocket, and in it a handle
 * (as Janus calls a client of a plugin) for each participant. The configuration is close to the defaults: ICE-lite,
 * so that both servers only answer checks, and no transport but the WebSocket. It does not use the loopback
 * interface: see private_network.h. Variants: "" (a thread for each handle, the default) and "event_loops" (one for
 * each core, its best for many subscribers). A handle sends or receives, never both, so publishers do not receive
 * each other here. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/adapter.h"
#include "bench/child_process.h"
#include "bench/participant.h"
#include "bench/participant_negotiation.h"
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
    size_t participant_capacity;
    struct bench_participant **participants; /* by index */
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

/* `step` is part of the request's transaction id, which all its answers repeat. */
static void ask(struct bench_participant *participant, char step, json_t *request)
{
    char transaction[32];
    snprintf(transaction, sizeof transaction, "%c%u", step, participant->index);
    json_object_set_new(request, "transaction", json_string(transaction));
    if (participant->handle_id != 0)
        json_object_set_new(request, "handle_id", json_integer((json_int_t)participant->handle_id));
    send_request(participant->host->adapter_state, request);
}

static void ask_plugin(struct bench_participant *participant, char step, json_t *body, const char *type,
                       const char *sdp)
{
    json_t *request = json_pack("{s:s, s:o}", "janus", "message", "body", body);
    if (sdp != NULL)
        json_object_set_new(request, "jsep", json_pack("{s:s, s:s, s:b}", "type", type, "sdp", sdp, "trickle", 0));
    ask(participant, step, request);
}

static json_int_t room_number(const struct bench_participant *participant)
{
    return (json_int_t)strtol(participant->room, NULL, 10);
}

static void on_attached(struct bench_participant *participant, const json_t *message)
{
    participant->handle_id = (uint64_t)json_integer_value(json_object_get(json_object_get(message, "data"), "id"));
    ask_plugin(participant, 'c',
               json_pack("{s:s, s:I, s:i, s:s, s:b, s:b}", "request", "create", "room", room_number(participant),
                         "publishers", 1000, "videocodec", "vp8", "transport_wide_cc_ext", 1, "notify_joining", 0),
               NULL, NULL);
}

static void on_offer(struct bench_participant *participant, const char *text)
{
    char candidate[BENCH_PARTICIPANT_CANDIDATE_MAX];
    const char *candidates[1];
    struct negotiate_local local;
    struct sdp *offer = NULL;
    struct refusal refusal;
    size_t length;
    char *answer = mem_alloc(ANSWER_SIZE_MAX);
    bench_participant_local(participant, &local, candidate, candidates);
    if (sdp_parse(&offer, text, strlen(text), &refusal) != 0 ||
        negotiate_answer(offer, &local, NULL, 0, NULL, &participant->rng, &participant->negotiated, answer,
                         ANSWER_SIZE_MAX, &length, &refusal) != 0) {
        bench_participant_fail(participant, "cannot use the offer: %s", refusal.text);
    } else if (!bench_participant_find_server(participant)) {
        bench_participant_fail(participant, "the offer has no UDP candidate of IPv4");
    } else {
        ask_plugin(participant, 's', json_pack("{s:s, s:I}", "request", "start", "room", room_number(participant)),
                   "answer", answer);
        bench_participant_open_path(participant, clock_now());
    }
    sdp_free(offer);
    free(answer);
}

static void on_plugin(struct bench_participant *participant, char step, const json_t *message)
{
    const json_t *data = json_object_get(json_object_get(message, "plugindata"), "data");
    const json_t *jsep = json_object_get(message, "jsep");
    const char *sdp = json_string_value(json_object_get(jsep, "sdp"));
    const char *error = json_string_value(json_object_get(data, "error"));
    if (step == 'c' && participant->state == BENCH_PARTICIPANT_JOINING) { /* an error: the room is there already */
        snprintf(participant->id, sizeof participant->id, "%u", participant->index + 1);
        participant->state = BENCH_PARTICIPANT_JOINED;
    } else if (error != NULL) {
        bench_participant_fail(participant, "Janus says: %s", error);
    } else if (step == 'j' && sdp != NULL && participant->state == BENCH_PARTICIPANT_OFFERED) {
        if (participant->sends.count > 0)
            bench_participant_take_answer(participant, sdp);
        else
            on_offer(participant, sdp);
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
    else if (transaction != NULL && sscanf(transaction, "%c%u", &step, &index) == 2 &&
             index < janus->participant_capacity && janus->participants[index] != NULL && type != NULL) {
        struct bench_participant *participant = janus->participants[index];
        if (strcmp(type, "error") == 0)
            bench_participant_fail(participant, "Janus says: %s",
                                   json_string_value(json_object_get(json_object_get(message, "error"), "reason")));
        else if (step == 'a')
            on_attached(participant, message);
        else if (strcmp(type, "ack") != 0)
            on_plugin(participant, step, message);
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
    for (size_t i = 0; i < janus->participant_capacity; i++) {
        if (janus->participants[i] != NULL)
            bench_participant_fail(janus->participants[i], "the session with Janus broke");
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
    free(janus->participants);
    janus->participants = NULL;
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

static void janus_join(struct bench_participant *participant)
{
    struct janus *janus = participant->host->adapter_state;
    if (participant->index >= janus->participant_capacity) {
        size_t before = janus->participant_capacity;
        janus->participant_capacity = (size_t)participant->index * 2 + 64;
        janus->participants = mem_resize(janus->participants, janus->participant_capacity, sizeof *janus->participants);
        memset(&janus->participants[before], 0, (janus->participant_capacity - before) * sizeof *janus->participants);
    }
    janus->participants[participant->index] = participant;
    ask(participant, 'a', json_pack("{s:s, s:s}", "janus", "attach", "plugin", "janus.plugin.videoroom"));
}

static void publish(struct bench_participant *participant)
{
    char candidate[BENCH_PARTICIPANT_CANDIDATE_MAX];
    const char *candidates[1];
    struct negotiate_local local;
    participant->lines = mem_array(participant->sends.count, sizeof *participant->lines);
    for (size_t i = 0; i < participant->sends.count; i++)
        (void)bench_participant_add_line(participant, participant->sends.sources[i].is_video, true);
    bench_participant_local(participant, &local, candidate, candidates);
    participant->offer = mem_alloc(SDP_TEXT_MAX);
    if (negotiate_offer(&local, participant->lines, participant->line_count, NULL, &participant->rng,
                        participant->offer, SDP_TEXT_MAX) < 0) {
        bench_participant_fail(participant, "the offer does not fit");
        return;
    }
    ask_plugin(participant, 'j',
               json_pack("{s:s, s:s, s:I, s:I, s:s}", "request", "joinandconfigure", "ptype", "publisher", "room",
                         room_number(participant), "id", (json_int_t)participant->index + 1, "display",
                         participant->name),
               "offer", participant->offer);
}

/* Subscribes to all publications of the given feeds (publishers, in Janus's words). */
static void subscribe(struct bench_participant *participant)
{
    json_t *streams = json_array();
    long last = 0;
    for (size_t i = 0; i < participant->receive_count; i++) {
        long feed = strtol(participant->receives[i].publication, NULL, 10);
        if (feed != last)
            json_array_append_new(streams, json_pack("{s:I}", "feed", (json_int_t)feed));
        last = feed;
    }
    ask_plugin(participant, 'j',
               json_pack("{s:s, s:s, s:I, s:o}", "request", "join", "ptype", "subscriber", "room",
                         room_number(participant), "streams", streams),
               NULL, NULL);
}

static void janus_connect(struct bench_participant *participant)
{
    if (participant->sends.count > 0)
        publish(participant);
    else
        subscribe(participant);
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
