/* How a member joins and negotiates. */
#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/member_internal.h"
#include "signaling/proto/message.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define OFFER_SIZE_MAX (192 * 1024)

static void send_object(struct member *member, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    websocket_send(member->websocket, text);
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
    struct member *member = user;
    member_fail(member, "the signaling socket closed: %s", reason);
}

/* The first UDP candidate of IPv4: "candidate:1 1 udp 2130706431 127.0.0.1 40000 typ host". */
static bool find_server(struct member *member)
{
    char address[64];
    unsigned port;
    for (size_t i = 0; i < member->negotiated.candidate_count; i++) {
        const char *text = member->negotiated.candidates[i];
        if (strcasestr(text, " udp ") == NULL || sscanf(text, "%*s %*s %*s %*s %63s %u", address, &port) != 2)
            continue;
        member->server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        if (inet_pton(AF_INET, address, &member->server.sin_addr) == 1)
            return true;
    }
    return false;
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
    else if (!find_server(member))
        member_fail(member, "the answer has no UDP candidate of IPv4");
    else
        member_open_path(member, clock_now());
    sdp_free(offer);
    sdp_free(answer);
}

static void on_message(void *user, const char *text, size_t length)
{
    struct member *member = user;
    struct message_error error;
    enum message_type type;
    json_t *message;
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

void member_join(struct member *member)
{
    struct websocket_listener listener = {on_opened, on_message, on_closed, member};
    member->state = MEMBER_JOINING;
    member->websocket = websocket_new(member->host->loop, member->host->url, true, &listener);
    websocket_open(member->websocket);
}

static struct negotiate_line *add_line(struct member *member, bool is_video, bool send)
{
    struct negotiate_line *line = &member->lines[member->line_count];
    *line = (struct negotiate_line){.kind = is_video ? MEDIA_VIDEO : MEDIA_AUDIO, .send = send, .receive = !send};
    snprintf(line->mid, sizeof line->mid, "%zu", member->line_count);
    if (send) {
        snprintf(line->stream_id, sizeof line->stream_id, "%s", member->id);
        snprintf(line->track_id, sizeof line->track_id, "%s-%s", member->id, is_video ? "camera" : "microphone");
        line->send_ssrc = rng_u32(&member->rng) | 1;
        line->send_rtx_ssrc = is_video ? rng_u32(&member->rng) | 1 : 0;
    }
    member->line_count++;
    return line;
}

static json_t *make_lines(struct member *member, const char *const *publications, const bool *is_video, size_t count)
{
    json_t *sends = json_array(), *receives = json_array();
    member->lines = mem_array(member->source_count + count, sizeof *member->lines);
    for (size_t i = 0; i < member->source_count; i++) {
        bool video = member->wanted[i].is_video;
        const struct negotiate_line *line = add_line(member, video, true);
        json_array_append_new(sends, json_pack("{s:s, s:s, s:b}", "mid", line->mid, "source",
                                               video ? "camera" : "microphone", "muted", 0));
    }
    for (size_t i = 0; i < count; i++) {
        const struct negotiate_line *line = add_line(member, is_video[i], false);
        json_array_append_new(receives, json_pack("{s:s, s:s}", "mid", line->mid, "publication", publications[i]));
    }
    return json_pack("{s:s, s:s, s:i, s:o, s:o}", "type", "offer", "target", MESSAGE_ROUTER, "generation", 1, "sends",
                     sends, "receives", receives);
}

void member_connect(struct member *member, const struct media_source_config *sources, size_t source_count,
                    const char *const *publications, const bool *is_video, size_t publication_count)
{
    char candidate[128], address[16];
    const char *candidates[] = {candidate};
    member->source_count = source_count;
    memcpy(member->wanted, sources, source_count * sizeof *sources);
    json_t *message = make_lines(member, publications, is_video, publication_count);
    swarm_socket_address(member->host->socket, member->index, address);
    snprintf(candidate, sizeof candidate, "candidate:1 1 udp 2130706431 %s %u typ host", address,
             swarm_socket_port(member->host->socket));
    struct negotiate_local local = {
        .ice_ufrag = member->ufrag,
        .ice_pwd = member->pwd,
        .fingerprint = identity_fingerprint(member->host->identity),
        .session_id = member->session_id,
        .session_version = 1,
        .cname = member->id,
        .candidates = candidates,
        .candidate_count = 1,
        .end_of_candidates = true,
    };
    member->offer = mem_alloc(OFFER_SIZE_MAX);
    int length =
        negotiate_offer(&local, member->lines, member->line_count, NULL, &member->rng, member->offer, OFFER_SIZE_MAX);
    if (length < 0) {
        member_fail(member, "the offer does not fit");
        json_decref(message);
        return;
    }
    json_object_set_new(message, "sdp", json_string(member->offer));
    member->state = MEMBER_OFFERED;
    send_object(member, message);
}
