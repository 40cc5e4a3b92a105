/* One participant of a load: it joins by the real signaling protocol, connects with real ICE checks, DTLS and SRTP,
 * sends what its sources make and counts what comes in, with real feedback (NACK, RR, transport-wide). It does not
 * decode; every SAMPLE_EVERY-th packet is decrypted to check it and to read its delay. */
#ifndef HEDDLE_BENCH_MEMBER_H
#define HEDDLE_BENCH_MEMBER_H

#include <netinet/in.h>
#include <uv.h>

#include "bench/media_source.h"
#include "bench/swarm_socket.h"
#include "client/url.h"
#include "transport/peer/peer.h"

#define MEMBER_SOURCES_MAX 2
#define MEMBER_SAMPLE_EVERY 32

enum member_state {
    MEMBER_IDLE,
    MEMBER_JOINING,
    MEMBER_JOINED,
    MEMBER_OFFERED,
    MEMBER_CONNECTING,
    MEMBER_CONNECTED,
    MEMBER_FAILED
};

/* Shared by all members of a swarm. */
struct member_host {
    uv_loop_t *loop;
    struct swarm_socket *socket;
    struct identity *identity;
    const struct url *url;
    const char *srtp_profiles; /* NULL: the default order */
    /* totals of all members */
    uint64_t packets_received, bytes_received, packets_sent, bytes_sent, packets_lost, retransmissions, decrypt_errors;
    /* delays of sampled packets, in microseconds, since they were last taken */
    uint32_t *delays_us;
    size_t delay_count, delay_capacity;
};

struct member;

struct member *member_new(struct member_host *host, unsigned index, const char *room, const char *name, uint64_t seed);
void member_free(struct member *member);

void member_join(struct member *member);
/* Sends `source_count` sources (video first, "camera" and "microphone"; bitrates in the configurations) and receives
 * every named publication. Once the member has joined. */
void member_connect(struct member *member, const struct media_source_config *sources, size_t source_count,
                    const char *const *publications, const bool *is_video, size_t publication_count);

enum member_state member_get_state(const struct member *member);
const char *member_id(const struct member *member); /* "" before it has joined */
const char *member_error(const struct member *member);
/* All the publications it asked for deliver packets. */
bool member_has_media(const struct member *member);

/* A datagram for this member came in. */
void member_datagram(struct member *member, uint8_t *data, size_t length, usec_t now);
/* Media that is due; for members with sources, often. */
void member_send_media(struct member *member, usec_t now);
/* ICE, DTLS timers and feedback; every 50 ms or so. */
void member_tick(struct member *member, usec_t now);

#endif
