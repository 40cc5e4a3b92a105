#include "bench/participant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/adapter.h"
#include "bench/participant_data.h"
#include "bench/participant_receive.h"
#include "bench/participant_send.h"
#include "bench/participant_state.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/peer/srtp_keys.h"

#define REPORT_INTERVAL USEC_PER_SEC
#define FEEDBACK_INTERVAL (50 * USEC_PER_MSEC)

struct bench_participant *bench_participant_new(struct bench_participant_host *host, unsigned index, const char *room,
                                                const char *name, uint64_t seed)
{
    struct bench_participant *participant = mem_alloc(sizeof *participant);
    participant->host = host;
    participant->index = index;
    rng_init(&participant->rng, seed);
    snprintf(participant->room, sizeof participant->room, "%s", room);
    snprintf(participant->name, sizeof participant->name, "%s", name);
    random_secure_text(participant->ufrag, sizeof participant->ufrag - 1);
    random_secure_text(participant->pwd, sizeof participant->pwd - 1);
    snprintf(participant->session_id, sizeof participant->session_id, "%u", rng_u32(&participant->rng));
    participant->own_ssrc = rng_u32(&participant->rng) | 1;
    return participant;
}

void bench_participant_free(struct bench_participant *participant)
{
    if (participant == NULL)
        return;
    ws_client_free(participant->websocket);
    for (size_t i = 0; i < participant->track_count; i++)
        nack_free(participant->tracks[i].nack);
    bench_participant_close_sources(participant);
    bench_participant_close_data(participant);
    negotiated_fini(&participant->negotiated);
    peer_free(participant->peer);
    if (participant->recorder != NULL)
        twcc_recorder_free(participant->recorder);
    free(participant->receives);
    free(participant->tracks);
    free(participant->lines);
    free(participant->offer);
    free(participant);
}

enum bench_participant_state bench_participant_get_state(const struct bench_participant *participant)
{
    return participant->state;
}

const char *bench_participant_id(const struct bench_participant *participant)
{
    return participant->id;
}

const char *bench_participant_error(const struct bench_participant *participant)
{
    return participant->error;
}

const char *bench_participant_profile(const struct bench_participant *participant)
{
    return participant->state == BENCH_PARTICIPANT_CONNECTED ? srtp_profile_name(peer_profile(participant->peer)) : "";
}

uint64_t bench_participant_signaling_bytes(const struct bench_participant *participant)
{
    return participant->websocket != NULL ? ws_client_bytes(participant->websocket) : 0;
}

usec_t bench_participant_join_at(const struct bench_participant *participant)
{
    return participant->join_at;
}

bool bench_participant_has_media(const struct bench_participant *participant)
{
    return participant->state == BENCH_PARTICIPANT_CONNECTED && participant->tracks_started == participant->track_count;
}

usec_t bench_participant_media_at(const struct bench_participant *participant)
{
    return bench_participant_has_media(participant) ? participant->media_at : 0;
}

uint64_t bench_participant_lost(const struct bench_participant *participant)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < participant->track_count; i++)
        lost += receive_stream_lost(&participant->tracks[i].stream) + receive_stream_lost(&participant->tracks[i].rtx);
    return lost;
}

uint8_t bench_participant_encoding(const struct bench_participant *participant, usec_t *since)
{
    for (size_t i = 0; i < participant->track_count; i++) {
        if (!participant->tracks[i].is_video)
            continue;
        *since = participant->tracks[i].encoding_since;
        return participant->tracks[i].encoding;
    }
    *since = 0;
    return 0;
}

void bench_participant_join(struct bench_participant *participant)
{
    participant->state = BENCH_PARTICIPANT_JOINING;
    participant->join_at = clock_now();
    participant->host->adapter->join(participant);
}

void bench_participant_connect(struct bench_participant *participant, const struct bench_participant_sends *sends,
                               const struct bench_participant_receive *receives, size_t receive_count)
{
    participant->sends = *sends;
    participant->receive_count = receive_count;
    participant->receives = mem_array(receive_count + 1, sizeof *receives);
    if (receive_count > 0)
        memcpy(participant->receives, receives, receive_count * sizeof *receives);
    participant->state = BENCH_PARTICIPANT_OFFERED;
    participant->host->adapter->connect(participant);
}

void bench_participant_view(struct bench_participant *participant, unsigned width, unsigned height)
{
    if (participant->host->adapter->view != NULL)
        participant->host->adapter->view(participant, width, height);
}

void bench_participant_open_path(struct bench_participant *participant, usec_t now)
{
    const struct negotiated *agreed = &participant->negotiated;
    struct peer_config config = {
        .identity = participant->host->identity,
        .is_dtls_client = agreed->is_dtls_client,
        .srtp_profiles = participant->host->srtp_profiles,
    };
    memcpy(config.remote_fingerprint_algorithm, agreed->fingerprint_algorithm,
           sizeof config.remote_fingerprint_algorithm);
    memcpy(config.remote_fingerprint, agreed->fingerprint, sizeof config.remote_fingerprint);
    bench_participant_open_tracks(participant);
    bench_participant_open_sources(participant, now);
    participant->recorder = twcc_recorder_new(FEEDBACK_INTERVAL);
    participant->peer = peer_new(&config);
    if (participant->peer == NULL) {
        bench_participant_fail(participant, "DTLS cannot be set up");
        return;
    }
    bench_participant_open_data(participant, now);
    stun_client_init(&participant->stun, participant->ufrag, participant->pwd, agreed->remote_ufrag, agreed->remote_pwd,
                     &participant->rng, now);
    participant->state = BENCH_PARTICIPANT_CONNECTING;
    bench_participant_tick(participant, now);
}

static void follow_peer(struct bench_participant *participant, usec_t now)
{
    uint8_t datagram[1500];
    size_t length;
    while ((length = peer_poll(participant->peer, datagram, sizeof datagram)) > 0)
        bench_participant_send_datagram(participant, datagram, length);
    if (peer_state(participant->peer) == PEER_FAILED)
        bench_participant_fail(participant, "DTLS failed");
    if (peer_state(participant->peer) == PEER_CLOSED)
        bench_participant_fail(participant, "the server closed the connection");
    if (peer_state(participant->peer) == PEER_CONNECTED && participant->state == BENCH_PARTICIPANT_CONNECTING) {
        participant->state = BENCH_PARTICIPANT_CONNECTED;
        participant->tag_length = srtp_profile_is_aead(peer_profile(participant->peer)) ? 16 : 10;
        participant->next_report = now + (usec_t)rng_below(&participant->rng, (uint64_t)REPORT_INTERVAL);
    }
}

static void receive_stun(struct bench_participant *participant, const uint8_t *data, size_t length, usec_t now)
{
    uint8_t answer[1500];
    size_t answer_length =
        stun_client_answer(&participant->stun, data, length, &participant->server, answer, sizeof answer);
    if (answer_length > 0)
        bench_participant_send_datagram(participant, answer, answer_length);
    if (stun_client_input(&participant->stun, data, length, now)) {
        peer_start(participant->peer, now);
        follow_peer(participant, now);
    }
}

void bench_participant_datagram(struct bench_participant *participant, uint8_t *data, size_t length, usec_t arrival)
{
    if (participant->peer == NULL)
        return;
    switch (packet_classify(data, length)) {
    case PACKET_RTP:
        bench_participant_receive_rtp(participant, data, length, arrival);
        break;
    case PACKET_RTCP:
        bench_participant_receive_rtcp(participant, data, length, arrival);
        break;
    case PACKET_DTLS:
        (void)peer_input(participant->peer, data, length, arrival);
        bench_participant_receive_data(participant, arrival);
        follow_peer(participant, arrival);
        break;
    case PACKET_STUN:
        receive_stun(participant, data, length, arrival);
        break;
    case PACKET_UNKNOWN:
        break;
    }
}

usec_t bench_participant_send(struct bench_participant *participant, usec_t now)
{
    usec_t next = bench_participant_send_media(participant, now);
    if (participant->data == NULL || participant->state != BENCH_PARTICIPANT_CONNECTED)
        return next;
    if (peer_next(participant->peer) <= now) { /* SCTP's timers are finer than a tick */
        peer_timeout(participant->peer, now);
        bench_participant_receive_data(participant, now);
    }
    next = usec_min(next, bench_participant_send_data(participant, now));
    follow_peer(participant, now);
    return usec_min(next, peer_next(participant->peer));
}

void bench_participant_tick(struct bench_participant *participant, usec_t now)
{
    uint8_t out[1500];
    if (participant->peer == NULL || participant->state == BENCH_PARTICIPANT_FAILED)
        return;
    size_t length = stun_client_poll(&participant->stun, out, sizeof out, now);
    if (length > 0)
        bench_participant_send_datagram(participant, out, length);
    if (peer_next(participant->peer) <= now) {
        peer_timeout(participant->peer, now);
        follow_peer(participant, now);
    }
    if (participant->state != BENCH_PARTICIPANT_CONNECTED)
        return;
    bench_participant_send_feedback(participant, now);
    if (participant->next_report <= now) {
        participant->next_report = now + REPORT_INTERVAL;
        bench_participant_send_receiver_reports(participant, now);
        bench_participant_send_sender_reports(participant, now);
    }
}
