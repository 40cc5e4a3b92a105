/* Heddle, seen by the load generator: signaling/PROTOCOL.md, one WebSocket for each member. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/adapter.h"
#include "bench/child_process.h"
#include "bench/member.h"
#include "bench/member_negotiation.h"
#include "client/url.h"
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

static void send_object(struct member *member, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    ws_client_send(member->websocket, text);
    free(text);
    json_decref(object);
}

static void on_opened(void *user)
{
    struct member *member = user;
    send_object(member, json_pack("{s:s, s:s, s:s}", "type", "join", "room", member->room, "name", member->name));
}

static void on_closed(void *user, const char *reason)
{
    member_fail(user, "the signaling socket closed: %s", reason);
}

static void on_answer(struct member *member, const json_t *message)
{
    struct sdp *offer = NULL, *answer = NULL;
    struct sdp_error error = {0};
    const char *text = json_string_value(json_object_get(message, "sdp"));
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
    free(member->offer);
    member->offer = NULL;
}

/* Everybody is told of everybody: in a large room most messages are news of others. They are not worth a parse. */
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
    struct member *member = user;
    struct refusal error;
    enum message_type type;
    json_t *message;
    if (is_news(text, length))
        return;
    if (message_parse(&message, &type, MESSAGE_TO_CLIENT, text, length, &error) != 0) {
        member_fail(member, "a message breaks the protocol: %s: %s", error.field, error.expected);
        return;
    }
    if (type == MESSAGE_JOINED) {
        snprintf(member->id, sizeof member->id, "%s", json_string_value(json_object_get(message, "participant")));
        member->state = MEMBER_JOINED;
    } else if (type == MESSAGE_ANSWER && member->state == MEMBER_OFFERED) {
        on_answer(member, message);
    } else if (type == MESSAGE_ERROR) {
        member_fail(member, "the server says: %s", json_string_value(json_object_get(message, "message")));
    } else if (type == MESSAGE_CONNECTION_REQUEST) {
        member_fail(member, "the router lost the connection");
    }
    json_decref(message);
}

static void heddle_join(struct member *member)
{
    const struct heddle *heddle = member->host->adapter_state;
    struct ws_listener listener = {on_opened, on_message, on_closed, member};
    member->websocket =
        ws_client_new(member->host->loop, heddle->url.host, heddle->url.port, "/ws", MESSAGE_SUBPROTOCOL, &listener);
}

static json_t *make_lines(struct member *member)
{
    json_t *sends = json_array(), *receives = json_array();
    member->lines = mem_array(member->sends.count + member->receive_count + 1, sizeof *member->lines);
    for (size_t i = 0; i < member->sends.count; i++) {
        bool is_video = member->sends.sources[i].is_video;
        const struct negotiate_line *line = member_add_line(member, is_video, true);
        json_array_append_new(sends, json_pack("{s:s, s:s, s:b}", "mid", line->mid, "source",
                                               is_video ? "camera" : "microphone", "muted", 0));
    }
    for (size_t i = 0; i < member->receive_count; i++) {
        const struct negotiate_line *line = member_add_line(member, member->receives[i].is_video, false);
        json_array_append_new(
            receives, json_pack("{s:s, s:s}", "mid", line->mid, "publication", member->receives[i].publication));
    }
    return json_pack("{s:s, s:s, s:i, s:o, s:o}", "type", "offer", "target", MESSAGE_ROUTER, "generation", 1, "sends",
                     sends, "receives", receives);
}

static void heddle_connect(struct member *member)
{
    char candidate[MEMBER_CANDIDATE_MAX];
    const char *candidates[1];
    struct negotiate_local local;
    json_t *message = make_lines(member);
    member_local(member, &local, candidate, candidates);
    member->offer = mem_alloc(OFFER_SIZE_MAX);
    if (negotiate_offer(&local, member->lines, member->line_count, NULL, &member->rng, member->offer, OFFER_SIZE_MAX) <
        0) {
        member_fail(member, "the offer does not fit");
        json_decref(message);
        return;
    }
    json_object_set_new(message, "sdp", json_string(member->offer));
    send_object(member, message);
}

static void heddle_view(struct member *member, unsigned width, unsigned height)
{
    json_t *slots = json_array();
    for (size_t i = 0; i < member->receive_count; i++) {
        if (member->receives[i].is_video)
            json_array_append_new(slots, json_pack("{s:s, s:s, s:i, s:i, s:i}", "mid",
                                                   member->lines[member->sends.count + i].mid, "show",
                                                   member->receives[i].publication, "width", (int)width, "height",
                                                   (int)height, "priority", 1));
    }
    send_object(member, json_pack("{s:s, s:o}", "type", "receive", "slots", slots));
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
