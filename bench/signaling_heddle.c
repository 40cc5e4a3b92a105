/* Heddle, seen by the load generator: signaling/PROTOCOL.md, one WebSocket for each participant. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/adapter.h"
#include "bench/child_process.h"
#include "bench/participant.h"
#include "bench/participant_negotiation.h"
#include "client/net/url.h"
#include "signaling/proto/message.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define OFFER_SIZE_MAX (192 * 1024)
#define ROOM_SPARE 16u
#define ROOM_MAX 1000u /* what the server takes as its limit */
#define START_TIMEOUT (10 * USEC_PER_SEC)

struct heddle {
    struct child_process process;
    struct url url;
    char address[160], version[64];
};

static int find_program(const struct adapter_options *options, char program[600], char *error, size_t size)
{
    if (options->server != NULL)
        snprintf(program, 600, "%s", options->server);
    else
        child_process_sibling("heddle", program, 600);
    if (child_process_can_run(program))
        return 0;
    snprintf(error, size, "%s: %s; build it with ./dev build, or name another by --server", program, strerror(errno));
    return ERR_NOT_FOUND;
}

static void *heddle_start(uv_loop_t *loop, const struct adapter_options *options, char *error, size_t size)
{
    char program[600], workers[16], participants[16], port[16];
    unsigned worker_count = options->workers > 0 ? options->workers : 1;
    uint16_t media_port = child_process_free_ports(worker_count, error, size);
    (void)loop;
    if (media_port == 0 || find_program(options, program, error, size) != 0)
        return NULL;
    struct heddle *heddle = mem_alloc(sizeof *heddle);
    snprintf(workers, sizeof workers, "%u", worker_count);
    snprintf(port, sizeof port, "%u", media_port);
    snprintf(participants, sizeof participants, "%u",
             options->room_size + ROOM_SPARE < ROOM_MAX ? options->room_size + ROOM_SPARE : ROOM_MAX);
    const char *const argv[] = {program,
                                "--open",
                                "--http",
                                "127.0.0.1:0",
                                "--media-port",
                                port,
                                "--public-ip",
                                options->address != NULL ? options->address : "127.0.0.1",
                                "--workers",
                                workers,
                                "--mesh-max",
                                strcmp(options->variant, "mesh") == 0 ? "12" : "0",
                                "--max-rooms",
                                "20000",
                                "--max-participants",
                                participants,
                                "--log",
                                "warning",
                                NULL};
    if (child_process_prepare(&heddle->process) == 0 && child_process_start(&heddle->process, argv) == 0 &&
        child_process_wait(&heddle->process, "ready ", heddle->address, sizeof heddle->address, START_TIMEOUT) == 0 &&
        url_parse(&heddle->url, heddle->address) == 0) {
        snprintf(heddle->version, sizeof heddle->version, "heddle %s", HEDDLE_VERSION);
        return heddle;
    }
    child_process_why(&heddle->process, error, size);
    child_process_stop(&heddle->process);
    free(heddle);
    return NULL;
}

static void heddle_stop(void *state)
{
    struct heddle *heddle = state;
    child_process_stop(&heddle->process);
    free(heddle);
}

static pid_t heddle_pid(const void *state)
{
    return ((const struct heddle *)state)->process.pid;
}

static const char *heddle_version(const void *state)
{
    return ((const struct heddle *)state)->version;
}

const char *adapter_heddle_url(const void *state)
{
    return ((const struct heddle *)state)->address;
}

uint16_t adapter_heddle_port(const void *state)
{
    return ((const struct heddle *)state)->url.port;
}

static void send_object(struct bench_participant *participant, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    ws_client_send(participant->websocket, text);
    free(text);
    json_decref(object);
}

static void on_opened(void *user)
{
    struct bench_participant *participant = user;
    send_object(participant,
                json_pack("{s:s, s:s, s:s}", "type", "join", "room", participant->room, "name", participant->name));
}

static void on_closed(void *user, const char *reason)
{
    bench_participant_fail(user, "the signaling socket closed: %s", reason);
}

static void on_answer(struct bench_participant *participant, const json_t *message)
{
    bench_participant_take_answer(participant, json_string_value(json_object_get(message, "sdp")));
    free(participant->offer);
    participant->offer = NULL;
}

/* In a large room most messages tell each participant about the others. The load generator needs none of these, and
 * does not parse them. */
static bool is_news(const char *text, size_t length)
{
    static const char *const types[] = {"\"participant-joined\"", "\"publications\"", "\"participant-left\"",
                                        "\"participant-state\"",  "\"speakers\"",     "\"slots\""};
    size_t head = length < 48 ? length : 48; /* the type comes first */
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (memmem(text, head, types[i], strlen(types[i])) != NULL)
            return true;
    }
    return false;
}

static void on_message(void *user, const char *text, size_t length)
{
    struct bench_participant *participant = user;
    struct refusal error;
    enum message_type type;
    json_t *message;
    if (is_news(text, length))
        return;
    if (message_parse(&message, &type, MESSAGE_TO_CLIENT, text, length, &error) != 0) {
        bench_participant_fail(participant, "a message breaks the protocol: %s: %s", error.field, error.expected);
        return;
    }
    if (type == MESSAGE_JOINED) {
        snprintf(participant->id, sizeof participant->id, "%s",
                 json_string_value(json_object_get(message, "participant")));
        participant->state = BENCH_PARTICIPANT_JOINED;
    } else if (type == MESSAGE_ANSWER && participant->state == BENCH_PARTICIPANT_OFFERED) {
        on_answer(participant, message);
    } else if (type == MESSAGE_ERROR) {
        bench_participant_fail(participant, "the server says: %s",
                               json_string_value(json_object_get(message, "message")));
    } else if (type == MESSAGE_CONNECTION_REQUEST) {
        bench_participant_fail(participant, "the router lost the connection");
    }
    json_decref(message);
}

static void heddle_join(struct bench_participant *participant)
{
    const struct heddle *heddle = participant->host->adapter_state;
    struct ws_listener listener = {on_opened, on_message, on_closed, participant};
    participant->websocket = ws_client_new(participant->host->loop, heddle->url.host, heddle->url.port, "/ws",
                                           MESSAGE_SUBPROTOCOL, &listener);
}

static json_t *make_lines(struct bench_participant *participant)
{
    json_t *sends = json_array(), *receives = json_array();
    participant->lines =
        mem_array(participant->sends.count + participant->receive_count + 1, sizeof *participant->lines);
    for (size_t i = 0; i < participant->sends.count; i++) {
        bool is_video = participant->sends.sources[i].is_video;
        const struct negotiate_line *line = bench_participant_add_line(participant, is_video, true);
        json_array_append_new(sends, json_pack("{s:s, s:s, s:b}", "mid", line->mid, "source",
                                               is_video ? "camera" : "microphone", "muted", 0));
    }
    for (size_t i = 0; i < participant->receive_count; i++) {
        const struct negotiate_line *line =
            bench_participant_add_line(participant, participant->receives[i].is_video, false);
        json_array_append_new(
            receives, json_pack("{s:s, s:s}", "mid", line->mid, "publication", participant->receives[i].publication));
    }
    if (participant->sends.data)
        bench_participant_add_data_line(participant);
    return json_pack("{s:s, s:s, s:i, s:o, s:o}", "type", "offer", "target", MESSAGE_ROUTER, "generation", 1, "sends",
                     sends, "receives", receives);
}

static void heddle_connect(struct bench_participant *participant)
{
    char candidate[BENCH_PARTICIPANT_CANDIDATE_MAX];
    const char *candidates[1];
    struct negotiate_local local;
    json_t *message = make_lines(participant);
    bench_participant_local(participant, &local, candidate, candidates);
    participant->offer = mem_alloc(OFFER_SIZE_MAX);
    if (negotiate_offer(&local, participant->lines, participant->line_count, NULL, &participant->rng,
                        participant->offer, OFFER_SIZE_MAX) < 0) {
        bench_participant_fail(participant, "the offer does not fit");
        json_decref(message);
        return;
    }
    json_object_set_new(message, "sdp", json_string(participant->offer));
    send_object(participant, message);
}

static void heddle_view(struct bench_participant *participant, unsigned width, unsigned height)
{
    json_t *slots = json_array();
    for (size_t i = 0; i < participant->receive_count; i++) {
        if (participant->receives[i].is_video)
            json_array_append_new(slots, json_pack("{s:s, s:s, s:i, s:i, s:i}", "mid",
                                                   participant->lines[participant->sends.count + i].mid, "show",
                                                   participant->receives[i].publication, "width", (int)width, "height",
                                                   (int)height, "priority", 1));
    }
    send_object(participant, json_pack("{s:s, s:o}", "type", "receive", "slots", slots));
}

const struct adapter adapter_heddle = {
    .name = "heddle",
    .start = heddle_start,
    .stop = heddle_stop,
    .pid = heddle_pid,
    .version = heddle_version,
    .join = heddle_join,
    .connect = heddle_connect,
    .view = heddle_view,
};
