/* The inside of a participant, for its parts (path, signaling, what it sends, what it receives), and how all of them
 * send a datagram and fail. */
#ifndef HEDDLE_BENCH_PARTICIPANT_STATE_H
#define HEDDLE_BENCH_PARTICIPANT_STATE_H

#include <netinet/in.h>

#include "bench/participant_types.h"
#include "bench/stun_client.h"
#include "bench/ws_client.h"
#include "signaling/proto/negotiate.h"
#include "transport/hop/nack.h"
#include "transport/hop/receive_stream.h"
#include "transport/hop/twcc_recorder.h"
#include "transport/peer/peer.h"

#define BENCH_PARTICIPANT_HISTORY 256 /* packets an encoding keeps for retransmission */
#define BENCH_PARTICIPANT_PROTECTED_MAX (MEDIA_SOURCE_PACKET_MAX + 2 + SRTP_OVERHEAD_MAX)

/* One received publication: its packets and its retransmissions. */
struct bench_participant_track {
    struct receive_stream stream, rtx;
    struct nack *nack;
    usec_t started;
    bool is_video;
    uint8_t encoding;
    usec_t encoding_since;
};

struct bench_participant_kept {
    uint16_t length;
    uint8_t data[MEDIA_SOURCE_PACKET_MAX];
};

struct bench_participant_data;

/* One sent SSRC. */
struct bench_participant_encoding {
    struct media_source source;
    uint32_t rtx_ssrc;
    uint8_t rtx_payload_type;
    uint16_t rtx_sequence;
    uint32_t packets, payload_bytes;
    struct bench_participant_kept *history; /* BENCH_PARTICIPANT_HISTORY entries by sequence number */
};

struct bench_participant {
    struct bench_participant_host *host;
    unsigned index;
    enum bench_participant_state state;
    struct rng rng;
    char room[65], name[33], id[33];
    char error[192];
    /* what it is to send and receive */
    struct bench_participant_sends sends;
    struct bench_participant_receive *receives;
    size_t receive_count;
    usec_t join_at;
    /* signaling: the adapter's */
    struct ws_client *websocket;
    uint64_t handle_id, private_id; /* of Janus */
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
    struct bench_participant_encoding encodings[BENCH_PARTICIPANT_ENCODINGS_MAX + 1];
    uint16_t transport_sequence;
    size_t track_count, tracks_started;
    struct bench_participant_track *tracks;
    struct extension_map extensions; /* of what comes in: ids are the same in all m-lines of a BUNDLE group */
    uint32_t own_ssrc;               /* of reports */
    struct twcc_recorder *recorder;
    usec_t next_report, media_at;
    uint64_t received;
    struct bench_participant_data *data; /* NULL: it has no data channel */
};

/* The RIDs of its encodings. */
extern const char bench_participant_rids[BENCH_PARTICIPANT_ENCODINGS_MAX][2];

void bench_participant_fail(struct bench_participant *participant, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bench_participant_send_datagram(struct bench_participant *participant, uint8_t *data, size_t length);
/* Protects what was written, in place, and sends it. Nothing written: nothing is sent. */
void bench_participant_send_rtcp(struct bench_participant *participant, struct rtcp_writer *writer);

#endif
