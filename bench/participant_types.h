/* The configuration and the counters of the participants of a load. */
#ifndef HEDDLE_BENCH_PARTICIPANT_TYPES_H
#define HEDDLE_BENCH_PARTICIPANT_TYPES_H

#include <uv.h>

#include "bench/delays.h"
#include "bench/media_source.h"
#include "bench/swarm_socket.h"

#define BENCH_PARTICIPANT_SOURCES_MAX 2
#define BENCH_PARTICIPANT_ENCODINGS_MAX 3

enum bench_participant_state {
    BENCH_PARTICIPANT_IDLE,
    BENCH_PARTICIPANT_JOINING,
    BENCH_PARTICIPANT_JOINED,
    BENCH_PARTICIPANT_OFFERED,
    BENCH_PARTICIPANT_CONNECTING,
    BENCH_PARTICIPANT_CONNECTED,
    BENCH_PARTICIPANT_FAILED
};

struct bench_participant_totals {
    uint64_t packets_received, bytes_received; /* RTP as it was before SRTP; retransmissions and padding included */
    uint64_t retransmissions, padding_packets; /* of these */
    uint64_t packets_sent, bytes_sent;         /* by the sources, retransmissions included */
    uint64_t keyframe_requests, nacks_sent;
    uint64_t decrypted, decrypt_errors;
    /* Of data channels; lost: for one receiver; again: sent to one who lacked it. */
    uint64_t messages_sent, messages_received, messages_lost, messages_again;
};

struct adapter;

/* Shared by all participants of a swarm. */
struct bench_participant_host {
    uv_loop_t *loop;
    struct swarm_socket *socket;
    struct identity *identity;
    const struct adapter *adapter;
    void *adapter_state;
    const char *srtp_profiles; /* NULL: the default order */
    unsigned sample_every;     /* 1: each packet */
    struct bench_participant_totals totals;
    struct delays delays;         /* of sampled packets, since they were last cleared */
    struct delays message_delays; /* of messages of data channels, likewise */
};

/* What a participant sends: bitrates, frame rates and sizes; the rest is negotiated. */
struct bench_participant_sends {
    size_t count;
    struct media_source_config sources[BENCH_PARTICIPANT_SOURCES_MAX];
    unsigned encodings; /* of video, in simulcast: each has half the width and a quarter of the bitrate of the next */
    bool data;          /* it has a data channel */
};

/* What it receives. `publication` is "<publisher's id>/camera" or "/microphone". */
struct bench_participant_receive {
    char publication[96];
    bool is_video;
};

#endif
