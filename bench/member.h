/* One participant of a load: it joins by the server's own signaling (bench/adapter.h), connects with real ICE checks,
 * DTLS and SRTP, sends what its sources make and counts what comes in, with real feedback (NACK, RR, SR,
 * transport-wide). It does not decode; one packet of many is decrypted to check it and to read its delay. */
#ifndef HEDDLE_BENCH_MEMBER_H
#define HEDDLE_BENCH_MEMBER_H

#include <netinet/in.h>
#include <uv.h>

#include "bench/delays.h"
#include "bench/media_source.h"
#include "bench/swarm_socket.h"
#include "transport/peer/peer.h"

#define MEMBER_SOURCES_MAX 2
#define MEMBER_LAYERS_MAX 3

enum member_state {
    MEMBER_IDLE,
    MEMBER_JOINING,
    MEMBER_JOINED,
    MEMBER_OFFERED,
    MEMBER_CONNECTING,
    MEMBER_CONNECTED,
    MEMBER_FAILED
};

struct member_totals {
    uint64_t packets_received, bytes_received; /* RTP as it was before SRTP; retransmissions and padding included */
    uint64_t retransmissions, padding_packets; /* of these */
    uint64_t packets_sent, bytes_sent;         /* by the sources, retransmissions included */
    uint64_t keyframe_requests, nacks_sent;
    uint64_t decrypted, decrypt_errors;
};

struct adapter;

/* Shared by all members of a swarm. */
struct member_host {
    uv_loop_t *loop;
    struct swarm_socket *socket;
    struct identity *identity;
    const struct adapter *adapter;
    void *adapter_state;
    const char *srtp_profiles; /* NULL: the default order */
    unsigned sample_every;     /* 1: each packet */
    struct member_totals totals;
    struct delays delays; /* of sampled packets, since they were last cleared */
};

/* What a member sends: bitrates, frame rates and sizes; the rest is negotiated. */
struct member_sends {
    size_t count;
    struct media_source_config sources[MEMBER_SOURCES_MAX];
    unsigned layers; /* of video, in simulcast: each has half the width and a quarter of the bitrate of the next */
};

/* What it receives. `publication` is "<publisher's id>/camera" or "/microphone". */
struct member_receive {
    char publication[96];
    bool is_video;
};

struct member;

struct member *member_new(struct member_host *host, unsigned index, const char *room, const char *name, uint64_t seed);
void member_free(struct member *member);

void member_join(struct member *member);
/* Once it has joined. Everything is copied. */
void member_connect(struct member *member, const struct member_sends *sends, const struct member_receive *receives,
                    size_t receive_count);

enum member_state member_get_state(const struct member *member);
const char *member_id(const struct member *member); /* "" before it has joined */
const char *member_error(const struct member *member);
const char *member_profile(const struct member *member); /* of SRTP; "" before it is connected */
/* All the publications it asked for deliver packets; when the last of them started (0: not yet). */
bool member_has_media(const struct member *member);
usec_t member_media_at(const struct member *member);
usec_t member_join_at(const struct member *member);
uint64_t member_lost(const struct member *member); /* packets that never came, of all its tracks */
uint64_t member_signaling_bytes(const struct member *member);
/* The simulcast layer last seen on the first video track, and when it changed. */
uint8_t member_layer(const struct member *member, usec_t *since);

/* Shows what it receives at this size; servers that cannot be told do nothing. */
void member_view(struct member *member, unsigned width, unsigned height);

/* Connected members start silent. */
void member_set_sending(struct member *member, bool sending, usec_t now);
/* Only the lowest `layers` simulcast layers go on. */
void member_limit_layers(struct member *member, unsigned layers, usec_t now);

/* A datagram for this member came in. */
void member_datagram(struct member *member, uint8_t *data, size_t length, usec_t arrival);
/* Media that is due; for members with sources, often. */
void member_send_media(struct member *member, usec_t now);
/* ICE, DTLS timers and feedback; every 50 ms or so. */
void member_tick(struct member *member, usec_t now);

#endif
