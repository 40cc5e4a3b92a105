/* A participant's side of a simulated call: publishes Opus and VP8 with three temporal layers, answers NACK and PLI,
 * and receives every other participant's publications, with NACK, RTX and reports. What it received is kept for
 * checking. */
#ifndef HEDDLE_SIM_CLIENT_H
#define HEDDLE_SIM_CLIENT_H

#include "router/relay.h"
#include "tests/sim/network.h"
#include "tests/support/publisher.h"
#include "tests/support/viewer.h"
#include "transport/hop/nack.h"
#include "transport/hop/receive_stream.h"

#define CLIENTS_MAX 32
#define RECORDS_MAX 2048 /* packets of one received stream */
#define FRAME_MAX 8      /* packets of the largest frame */
#define SENT_MAX 4096    /* packets of one sent stream */
#define NOTE_SIZE 23     /* what a payload begins with, after the VP8 descriptor */
#define FILLER_MAX 300   /* what follows that */
#define MARK 0x5eed1e55u /* begins the note */
#define WALL_EPOCH INT64_C(1700000000000000)

enum { STREAM_AUDIO, STREAM_VIDEO, STREAMS };
static const uint32_t clock_rates[STREAMS] = {48000, 90000};
static const char *const sources[STREAMS] = {"microphone", "camera"};

/* Payload types and extension ids: one set for what goes up, another for what comes down. */
enum { UP_OPUS = 111, UP_VP8 = 96, UP_RTX = 97, DOWN_OPUS = 63, DOWN_VP8 = 100, DOWN_RTX = 101 };
enum { UP_MID = 1, UP_TWCC = 2, UP_LEVEL = 3, DOWN_MID = 9, DOWN_TWCC = 8, DOWN_LEVEL = 7 };

struct record {
    bool is_here;
    bool is_key, marker;
    uint8_t index, count; /* of the frame's packets */
    uint8_t tl0;
    uint16_t picture;
    uint32_t frame;
    uint32_t timestamp;
    int64_t captured;
};

struct received {
    uint32_t ssrc, rtx_ssrc;
    char mid[MEDIA_MID_MAX + 1];
    unsigned from; /* client */
    int stream;
    bool started;
    bool has_key; /* a whole keyframe: what came before it cannot be decoded */
    int64_t first, highest;
    struct receive_stream stats;
    struct nack *nack;
    struct record *records; /* by number - first */
    uint64_t recovered, contradictions, foreign;
};

struct sent_packet {
    struct published_packet packet;
    uint8_t payload[NOTE_SIZE + FILLER_MAX];
};

struct sent {
    struct published_stream stream;
    uint32_t rtx_ssrc;
    uint16_t rtx_sequence;
    uint32_t frame, picture, tl0;
    bool needs_key;
    bool reported;               /* an RR named it: mids are left out */
    struct sent_packet *history; /* SENT_MAX */
    uint64_t keyframes, resent;
};

#define CORES_MAX 3 /* that a room is spread over */

struct sim_client {
    unsigned index;
    struct participant *participant; /* NULL: not in the room */
    struct router *router;
    struct network *network;
    const struct network_link *up;
    struct rng rng;
    struct sent sent[STREAMS];
    bool sends[STREAMS]; /* published */
    struct received received[CLIENTS_MAX * STREAMS];
    size_t received_count;
    usec_t next_audio, next_video, next_report, next_nack, next_pli;
    uint16_t transport_sequence;
    uint64_t twcc_packets, errors;
    usec_t started; /* the publisher's clock runs from here, at an offset of its own */
    int64_t wall_offset;
};

/* `up`: its link to the router. */
void sim_client_init(struct sim_client *client, unsigned index, struct router *router, struct network *network,
                     const struct network_link *up, uint64_t seed);
void sim_client_fini(struct sim_client *client);
/* Joins the room of `count` clients, and is ready. */
void sim_client_join(struct sim_client *client, unsigned count, usec_t now);
/* Tells the router what it sends and receives, as an answered offer would. */
void sim_client_configure(struct sim_client *client, unsigned count, usec_t now);
/* Does what is due: media (if it may), reports, NACKs, PLIs. */
void sim_client_tick(struct sim_client *client, usec_t now, bool may_send);
usec_t sim_client_next(const struct sim_client *client);
/* What comes in from the router. */
void sim_client_rtp(struct sim_client *client, const uint8_t *data, size_t length, usec_t now);
void sim_client_rtcp(struct sim_client *client, const uint8_t *data, size_t length, usec_t now);
/* Whether a keyframe begins at `number`, and all of it is here. */
bool sim_client_has_key(const struct received *received, int64_t number);

#endif
