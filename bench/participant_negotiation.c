#include "bench/participant_negotiation.h"

#include <stdio.h>
#include <string.h>

#include "bench/participant.h"
#include "transport/net/candidate.h"
#include "transport/net/clock.h"

void bench_participant_local(const struct bench_participant *participant, struct negotiate_local *local,
                             char candidate[BENCH_PARTICIPANT_CANDIDATE_MAX], const char **candidates)
{
    char address[16];
    swarm_socket_address(participant->host->socket, participant->index, address);
    snprintf(candidate, BENCH_PARTICIPANT_CANDIDATE_MAX, "candidate:1 1 udp 2130706431 %s %u typ host", address,
             swarm_socket_port(participant->host->socket));
    candidates[0] = candidate;
    *local = (struct negotiate_local){
        .ice_ufrag = participant->ufrag,
        .ice_pwd = participant->pwd,
        .fingerprint = identity_fingerprint(participant->host->identity),
        .session_id = participant->session_id,
        .session_version = 1,
        .cname = participant->name,
        .candidates = candidates,
        .candidate_count = 1,
        .end_of_candidates = true,
        .sctp_port = participant->sends.data ? ASSOCIATION_PORT : 0,
        .max_message_size = ASSOCIATION_MESSAGE_MAX,
    };
}

bool bench_participant_find_server(struct bench_participant *participant)
{
    for (size_t i = 0; i < participant->negotiated.candidate_count; i++) {
        struct candidate candidate;
        if (candidate_parse(&candidate, participant->negotiated.candidates[i]) != 0 || candidate.is_tcp ||
            candidate.address.ss_family != AF_INET)
            continue;
        memcpy(&participant->server, &candidate.address, sizeof participant->server);
        return true;
    }
    return false;
}

void bench_participant_take_answer(struct bench_participant *participant, const char *text)
{
    struct sdp *offer = NULL, *answer = NULL;
    struct refusal refusal;
    if (sdp_parse(&offer, participant->offer, strlen(participant->offer), &refusal) != 0 ||
        sdp_parse(&answer, text, strlen(text), &refusal) != 0 ||
        negotiate_complete(offer, answer, participant->lines, participant->line_count, NULL, &participant->negotiated,
                           &refusal) != 0)
        bench_participant_fail(participant, "cannot use the answer: %s", refusal.text);
    else if (!bench_participant_find_server(participant))
        bench_participant_fail(participant, "the answer has no UDP candidate of IPv4");
    else
        bench_participant_open_path(participant, clock_now());
    sdp_free(offer);
    sdp_free(answer);
}

struct negotiate_line *bench_participant_add_line(struct bench_participant *participant, bool is_video, bool send)
{
    struct negotiate_line *line = &participant->lines[participant->line_count];
    *line = (struct negotiate_line){.kind = is_video ? MEDIA_VIDEO : MEDIA_AUDIO, .send = send, .receive = !send};
    snprintf(line->mid, sizeof line->mid, "%zu", participant->line_count);
    if (send) {
        snprintf(line->stream_id, sizeof line->stream_id, "%s", participant->name);
        snprintf(line->track_id, sizeof line->track_id, "%s-%s", participant->name, is_video ? "camera" : "microphone");
        line->send_ssrc = rng_u32(&participant->rng) | 1;
        line->send_rtx_ssrc = is_video ? rng_u32(&participant->rng) | 1 : 0;
        if (is_video && participant->sends.encodings > 1) {
            line->send_rid_count = participant->sends.encodings;
            for (unsigned i = 0; i < participant->sends.encodings; i++)
                memcpy(line->send_rids[i], bench_participant_rids[i], sizeof bench_participant_rids[i]);
        }
    }
    participant->line_count++;
    return line;
}

void bench_participant_add_data_line(struct bench_participant *participant)
{
    struct negotiate_line *line = &participant->lines[participant->line_count];
    *line = (struct negotiate_line){.is_data = true};
    snprintf(line->mid, sizeof line->mid, "%zu", participant->line_count++);
}
