/* The inside of a member, shared by member.c (path and media) and member_signaling.c. */
#ifndef HEDDLE_BENCH_MEMBER_INTERNAL_H
#define HEDDLE_BENCH_MEMBER_INTERNAL_H

#include "bench/member.h"
#include "bench/stun_client.h"
#include "client/websocket.h"
#include "signaling/proto/negotiate.h"
#include "transport/hop/nack.h"
#include "transport/hop/receive_stream.h"
#include "transport/hop/twcc_recorder.h"

#define MEMBER_HISTORY 256 /* packets a source keeps for retransmission */

/* One received SSRC. */
struct member_track {
    struct receive_stream stream;
    struct nack *nack;
    uint32_t rtx_ssrc;
    bool is_video;
};

struct member_source {
    struct media_source source;
    struct rtp_header last;
    uint32_t rtx_ssrc;
    uint8_t rtx_payload_type;
    uint16_t rtx_sequence;
    struct {
        uint16_t length;
        uint8_t data[MEDIA_SOURCE_PACKET_MAX];
    } * history; /* MEMBER_HISTORY entries by sequence number */
    uint64_t packets, bytes;
};

struct member {
    struct member_host *host;
    unsigned index;
    enum member_state state;
    struct rng rng;
    char room[65], name[65], id[33];
    char error[192];
    struct websocket *websocket;
    /* negotiation */
    char ufrag[9], pwd[25], session_id[21];
    char *offer;
    struct negotiate_line *lines;
    size_t line_count;
    struct negotiated negotiated;
    /* path */
    struct sockaddr_in server;
    struct stun_client stun;
    struct peer *peer;
    /* media */
    size_t source_count;
    struct media_source_config wanted[MEMBER_SOURCES_MAX];
    struct member_source sources[MEMBER_SOURCES_MAX];
    uint16_t transport_sequence;
    size_t track_count;
    struct member_track *tracks;
    uint32_t own_ssrc; /* of reports */
    struct twcc_recorder *recorder;
    usec_t next_report;
    uint64_t received;
};

void member_fail(struct member *member, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The answer came: the path can be opened. */
void member_open_path(struct member *member, usec_t now);

#endif
