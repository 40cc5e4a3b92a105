/* The inside of a member, for its parts (path, signaling, what it sends, what it receives), and how all of them send a
 * datagram and fail. */
#ifndef HEDDLE_BENCH_MEMBER_STATE_H
#define HEDDLE_BENCH_MEMBER_STATE_H

#include <netinet/in.h>

#include "bench/member_types.h"
#include "bench/stun_client.h"
#include "bench/ws_client.h"
#include "signaling/proto/negotiate.h"
#include "transport/hop/nack.h"
#include "transport/hop/receive_stream.h"
#include "transport/hop/twcc_recorder.h"
#include "transport/peer/peer.h"

#define MEMBER_HISTORY 256 /* packets an encoding keeps for retransmission */
#define MEMBER_PROTECTED_MAX (MEDIA_SOURCE_PACKET_MAX + 2 + SRTP_OVERHEAD_MAX)

/* One received publication: its packets and its retransmissions. */
struct member_track {
    struct receive_stream stream, rtx;
    struct nack *nack;
    usec_t started;
    bool is_video;
    uint8_t encoding;
    usec_t encoding_since;
};

struct member_kept {
    uint16_t length;
    uint8_t data[MEDIA_SOURCE_PACKET_MAX];
};

/* One sent SSRC. */
struct member_encoding {
    struct media_source source;
    uint32_t rtx_ssrc;
    uint8_t rtx_payload_type;
    uint16_t rtx_sequence;
    uint32_t packets, payload_bytes;
    struct member_kept *history; /* MEMBER_HISTORY entries by sequence number */
};

struct member {
    struct member_host *host;
    unsigned index;
    enum member_state state;
    struct rng rng;
    char room[65], name[33], id[33];
    char error[192];
    /* what it shall do */
    struct member_sends sends;
    struct member_receive *receives;
    size_t receive_count;
    usec_t join_at;
    /* signaling: the adapter's */
    struct ws_client *websocket;
    uint64_t handle, private_id;
    bool was_told_to_connect;
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
    size_t tag_length; /* of SRTP */
    /* media */
    bool is_sending;
    size_t encoding_count;
    struct member_encoding encodings[MEMBER_ENCODINGS_MAX + 1];
    uint16_t transport_sequence;
    size_t track_count, tracks_started;
    struct member_track *tracks;
    struct extension_map extensions; /* of what comes in: ids are the same all over a BUNDLE */
    uint32_t own_ssrc;               /* of reports */
    struct twcc_recorder *recorder;
    usec_t next_report, media_at;
    uint64_t received;
};

/* What its encodings are called, in the negotiation and in their packets. */
extern const char member_rids[MEMBER_ENCODINGS_MAX][2];

void member_fail(struct member *member, const char *format, ...) __attribute__((format(printf, 2, 3)));
void member_send_datagram(struct member *member, uint8_t *data, size_t length);
/* Protects what was written, in place, and sends it. Nothing written: nothing is sent. */
void member_send_rtcp(struct member *member, struct rtcp_writer *writer);

#endif
