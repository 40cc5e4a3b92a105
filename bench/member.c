#include "bench/member.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/adapter.h"
#include "bench/member_internal.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/peer/srtp.h"
#include "transport/wire/rtcp.h"

#define REPORT_INTERVAL USEC_PER_SEC
#define FEEDBACK_INTERVAL (50 * USEC_PER_MSEC)

struct member *member_new(struct member_host *host, unsigned index, const char *room, const char *name, uint64_t seed)
{
    struct member *member = mem_alloc(sizeof *member);
    member->host = host;
    member->index = index;
    rng_init(&member->rng, seed);
    snprintf(member->room, sizeof member->room, "%s", room);
    snprintf(member->name, sizeof member->name, "%s", name);
    random_secure_text(member->ufrag, sizeof member->ufrag - 1);
    random_secure_text(member->pwd, sizeof member->pwd - 1);
    snprintf(member->session_id, sizeof member->session_id, "%u", rng_u32(&member->rng));
    member->own_ssrc = rng_u32(&member->rng) | 1;
    return member;
}

void member_free(struct member *member)
{
    if (member == NULL)
        return;
    ws_client_free(member->websocket);
    for (size_t i = 0; i < member->track_count; i++)
        nack_free(member->tracks[i].nack);
    member_close_sources(member);
    negotiated_fini(&member->negotiated);
    peer_free(member->peer);
    if (member->recorder != NULL)
        twcc_recorder_free(member->recorder);
    free(member->receives);
    free(member->tracks);
    free(member->lines);
    free(member->offer);
    free(member);
}

void member_fail(struct member *member, const char *format, ...)
{
    va_list arguments;
    if (member->state == MEMBER_FAILED)
        return;
    va_start(arguments, format);
    vsnprintf(member->error, sizeof member->error, format, arguments);
    va_end(arguments);
    member->state = MEMBER_FAILED;
}

enum member_state member_get_state(const struct member *member)
{
    return member->state;
}

const char *member_id(const struct member *member)
{
    return member->id;
}

const char *member_error(const struct member *member)
{
    return member->error;
}

const char *member_profile(const struct member *member)
{
    return member->state == MEMBER_CONNECTED ? srtp_profile_name(peer_profile(member->peer)) : "";
}

uint64_t member_signaling_bytes(const struct member *member)
{
    return member->websocket != NULL ? ws_client_bytes(member->websocket) : 0;
}

usec_t member_join_at(const struct member *member)
{
    return member->join_at;
}

void member_join(struct member *member)
{
    member->state = MEMBER_JOINING;
    member->join_at = clock_now();
    member->host->adapter->join(member);
}

void member_connect(struct member *member, const struct member_sends *sends, const struct member_receive *receives,
                    size_t receive_count)
{
    member->sends = *sends;
    member->receive_count = receive_count;
    member->receives = mem_array(receive_count + 1, sizeof *receives);
    if (receive_count > 0)
        memcpy(member->receives, receives, receive_count * sizeof *receives);
    member->state = MEMBER_OFFERED;
    member->host->adapter->connect(member);
}

void member_view(struct member *member, unsigned width, unsigned height)
{
    if (member->host->adapter->view != NULL)
        member->host->adapter->view(member, width, height);
}

void member_local(const struct member *member, struct negotiate_local *local, char candidate[MEMBER_CANDIDATE_MAX],
                  const char **candidates)
{
    char address[16];
    swarm_socket_address(member->host->socket, member->index, address);
    snprintf(candidate, MEMBER_CANDIDATE_MAX, "candidate:1 1 udp 2130706431 %s %u typ host", address,
             swarm_socket_port(member->host->socket));
    candidates[0] = candidate;
    *local = (struct negotiate_local){
        .ice_ufrag = member->ufrag,
        .ice_pwd = member->pwd,
        .fingerprint = identity_fingerprint(member->host->identity),
        .session_id = member->session_id,
        .session_version = 1,
        .cname = member->name,
        .candidates = candidates,
        .candidate_count = 1,
        .end_of_candidates = true,
    };
}

/* "candidate:1 1 udp 2130706431 127.0.0.1 40000 typ host" */
bool member_find_server(struct member *member)
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

struct negotiate_line *member_add_line(struct member *member, bool is_video, bool send)
{
    static const char rids[MEMBER_LAYERS_MAX][2] = {"l", "m", "h"};
    struct negotiate_line *line = &member->lines[member->line_count];
    *line = (struct negotiate_line){.kind = is_video ? MEDIA_VIDEO : MEDIA_AUDIO, .send = send, .receive = !send};
    snprintf(line->mid, sizeof line->mid, "%zu", member->line_count);
    if (send) {
        snprintf(line->stream_id, sizeof line->stream_id, "%s", member->name);
        snprintf(line->track_id, sizeof line->track_id, "%s-%s", member->name, is_video ? "camera" : "microphone");
        line->send_ssrc = rng_u32(&member->rng) | 1;
        line->send_rtx_ssrc = is_video ? rng_u32(&member->rng) | 1 : 0;
        if (is_video && member->sends.layers > 1) {
            line->send_rid_count = member->sends.layers;
            for (unsigned i = 0; i < member->sends.layers; i++)
                memcpy(line->send_rids[i], rids[i], sizeof rids[i]);
        }
    }
    member->line_count++;
    return line;
}

void member_send_raw(struct member *member, uint8_t *data, size_t length)
{
    (void)swarm_socket_send(member->host->socket, member->index, &member->server, data, length, 0);
}

void member_protect_rtcp(struct member *member, struct rtcp_writer *writer)
{
    size_t length = writer->length;
    if (length > 0 && peer_protect_rtcp(member->peer, writer->out, &length) == 0)
        member_send_raw(member, writer->out, length);
}

void member_open_path(struct member *member, usec_t now)
{
    const struct negotiated *agreed = &member->negotiated;
    struct peer_config config = {
        .identity = member->host->identity,
        .is_dtls_client = agreed->is_dtls_client,
        .srtp_profiles = member->host->srtp_profiles,
    };
    memcpy(config.remote_fingerprint_algorithm, agreed->fingerprint_algorithm,
           sizeof config.remote_fingerprint_algorithm);
    memcpy(config.remote_fingerprint, agreed->fingerprint, sizeof config.remote_fingerprint);
    member_open_tracks(member);
    member_open_sources(member, now);
    member->recorder = twcc_recorder_new(FEEDBACK_INTERVAL);
    member->peer = peer_new(&config, now);
    if (member->peer == NULL) {
        member_fail(member, "DTLS cannot be set up");
        return;
    }
    stun_client_init(&member->stun, member->ufrag, member->pwd, agreed->remote_ufrag, agreed->remote_pwd, &member->rng,
                     now);
    member->state = MEMBER_CONNECTING;
    member_tick(member, now);
}

static void follow_peer(struct member *member, usec_t now)
{
    uint8_t datagram[1500];
    size_t length;
    while ((length = peer_poll(member->peer, datagram, sizeof datagram)) > 0)
        member_send_raw(member, datagram, length);
    if (peer_state(member->peer) == PEER_FAILED)
        member_fail(member, "DTLS failed");
    if (peer_state(member->peer) == PEER_CLOSED)
        member_fail(member, "the server closed the connection");
    if (peer_state(member->peer) == PEER_CONNECTED && member->state == MEMBER_CONNECTING) {
        member->state = MEMBER_CONNECTED;
        member->tag_length = srtp_profile_is_aead(peer_profile(member->peer)) ? 16 : 10;
        member->next_report = now + (usec_t)rng_below(&member->rng, (uint64_t)REPORT_INTERVAL);
    }
}

static void receive_stun(struct member *member, const uint8_t *data, size_t length, usec_t now)
{
    uint8_t answer[1500];
    size_t answer_length = stun_client_answer(&member->stun, data, length, &member->server, answer, sizeof answer);
    if (answer_length > 0)
        member_send_raw(member, answer, answer_length);
    if (stun_client_input(&member->stun, data, length, now)) {
        peer_start(member->peer, now);
        follow_peer(member, now);
    }
}

void member_datagram(struct member *member, uint8_t *data, size_t length, usec_t arrival)
{
    if (member->peer == NULL)
        return;
    switch (packet_classify(data, length)) {
    case PACKET_RTP:
        member_receive_rtp(member, data, length, arrival);
        break;
    case PACKET_RTCP:
        member_receive_rtcp(member, data, length, arrival);
        break;
    case PACKET_DTLS:
        (void)peer_input(member->peer, data, length, arrival);
        follow_peer(member, arrival);
        break;
    case PACKET_STUN:
        receive_stun(member, data, length, arrival);
        break;
    case PACKET_UNKNOWN:
        break;
    }
}

void member_tick(struct member *member, usec_t now)
{
    uint8_t out[1500];
    if (member->peer == NULL || member->state == MEMBER_FAILED)
        return;
    size_t length = stun_client_poll(&member->stun, out, sizeof out, now);
    if (length > 0)
        member_send_raw(member, out, length);
    if (peer_next(member->peer) <= now) {
        peer_timeout(member->peer, now);
        follow_peer(member, now);
    }
    if (member->state != MEMBER_CONNECTED)
        return;
    member_send_feedback(member, now);
    if (member->next_report <= now) {
        member->next_report = now + REPORT_INTERVAL;
        member_send_receiver_reports(member, now);
        member_send_sender_reports(member, now);
    }
}
