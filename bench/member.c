#include "bench/member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/adapter.h"
#include "bench/member_receive.h"
#include "bench/member_send.h"
#include "bench/member_state.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/peer/srtp_keys.h"

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

bool member_has_media(const struct member *member)
{
    return member->state == MEMBER_CONNECTED && member->tracks_started == member->track_count;
}

usec_t member_media_at(const struct member *member)
{
    return member_has_media(member) ? member->media_at : 0;
}

uint64_t member_lost(const struct member *member)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < member->track_count; i++)
        lost += receive_stream_lost(&member->tracks[i].stream) + receive_stream_lost(&member->tracks[i].rtx);
    return lost;
}

uint8_t member_encoding(const struct member *member, usec_t *since)
{
    for (size_t i = 0; i < member->track_count; i++) {
        if (!member->tracks[i].is_video)
            continue;
        *since = member->tracks[i].encoding_since;
        return member->tracks[i].encoding;
    }
    *since = 0;
    return 0;
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
        member_send_datagram(member, datagram, length);
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
        member_send_datagram(member, answer, answer_length);
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
        member_send_datagram(member, out, length);
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
