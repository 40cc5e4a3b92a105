#include "bench/member_negotiation.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

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
    struct negotiate_line *line = &member->lines[member->line_count];
    *line = (struct negotiate_line){.kind = is_video ? MEDIA_VIDEO : MEDIA_AUDIO, .send = send, .receive = !send};
    snprintf(line->mid, sizeof line->mid, "%zu", member->line_count);
    if (send) {
        snprintf(line->stream_id, sizeof line->stream_id, "%s", member->name);
        snprintf(line->track_id, sizeof line->track_id, "%s-%s", member->name, is_video ? "camera" : "microphone");
        line->send_ssrc = rng_u32(&member->rng) | 1;
        line->send_rtx_ssrc = is_video ? rng_u32(&member->rng) | 1 : 0;
        if (is_video && member->sends.encodings > 1) {
            line->send_rid_count = member->sends.encodings;
            for (unsigned i = 0; i < member->sends.encodings; i++)
                memcpy(line->send_rids[i], member_rids[i], sizeof member_rids[i]);
        }
    }
    member->line_count++;
    return line;
}
