/* A simulated call of one publisher and one viewer on a changing link: the publisher sends Opus and three encodings of
 * three temporal layers each; the viewer repairs, decodes and reports like a browser, with transport-wide feedback, or
 * with receiver reports and REMB only; between them the router, and the laboratory's model of a link. */
#ifndef HEDDLE_SIM_ONE_CALL_H
#define HEDDLE_SIM_ONE_CALL_H

#include "router/router.h"
#include "tests/lab/link_model.h"
#include "tests/sim/cubic.h"
#include "tests/support/publisher.h"
#include "tests/support/viewer.h"
#include "transport/base/random.h"
#include "transport/hop/rate_meter.h"
#include "transport/hop/receive_stream.h"

#define ENCODINGS 3
#define PHASES_MAX 4
#define SECONDS_MAX 300
#define SETTLED (10 * USEC_PER_SEC)
#define DELAY (10 * USEC_PER_MSEC)
#define QUEUE (300 * USEC_PER_MSEC)
#define FRAMES 256 /* of an encoding, remembered by the viewer */

struct sent {
    struct published_stream stream;
    uint32_t frame, key_frame;
    uint16_t tl0;
    usec_t resumed;
};

/* How the viewer tells what comes through. */
struct viewer_kind {
    bool has_feedback; /* transport-wide */
    usec_t report_interval;
    bool has_rtx, has_audio;
    bool has_remb;      /* as libwebrtc's receivers of old: by delay, and never more than half above what comes in */
    bool has_remb_each; /* stream: the audio has one of its own */
    uint64_t remb_bps;  /* not 0: always this one */
    usec_t remb_until;  /* 0: always */
};

struct scenario {
    const char *name;
    struct link_config link;
    usec_t end;
    struct viewer_kind viewer;
    /* The rate from a time on; the first one is the link's. */
    struct {
        usec_t at;
        double rate_bps;
    } phases[PHASES_MAX];
};

/* What the encodings take, and how long one takes to reach that when it is asked for again. */
struct publishing {
    double encoding_bps[ENCODINGS];
    usec_t ramp;
};

/* A TCP download over the viewer's link. */
struct download {
    usec_t from, until; /* given */
    struct cubic cubic;
};

/* What happened in one second. */
struct second {
    uint64_t offered, dropped, bytes;   /* of the link, whoever's */
    uint64_t viewer_bytes, media_bytes; /* without padding */
    double estimate_bps;
    usec_t queue; /* at its longest */
    uint64_t audio, audio_sent;
    unsigned decoded[ENCODINGS];
};

struct datagram {
    usec_t sent;
    uint16_t length;
    uint8_t data[PACKET_CAPACITY];
};

struct direction {
    struct link_model link;
    struct datagram *datagrams; /* IN_FLIGHT, by number */
    uint64_t next;
};

struct frame {
    bool is_known, is_decoded;
    uint32_t number, needs, timestamp;
    bool is_key;
    uint8_t parts;
    uint64_t here; /* parts, as bits */
};

/* The receiver's side of REMB. */
struct remb_receiver {
    struct rate_meter incoming;
    usec_t least_transit, transit; /* of the last packet */
    usec_t next, changed_at;
    double bps;
};

struct viewer {
    struct participant *participant;
    struct nack *nack;
    struct twcc_recorder *twcc;
    struct receive_stream stream, audio;
    struct remb_receiver remb;
    struct frame frames[ENCODINGS][FRAMES];
    uint32_t shown_timestamp;
    int encoding; /* of the last decoded frame; -1: none yet */
    usec_t last_decoded, longest_still, next_report;
};

struct sim {
    uint64_t seed;
    const struct scenario *scenario;
    struct publishing publishing;
    bool is_traced;
    struct rng rng;
    struct router *router;
    struct participant *publisher;
    struct sent encodings[ENCODINGS];
    unsigned asked; /* encodings, as bits */
    usec_t next_frame, next_audio, next_report, next_scene, key_at;
    struct published_stream audio;
    double scene; /* how much there is to encode, against the average */
    struct viewer viewer;
    struct direction down, up;
    struct download download;
    usec_t now;
    usec_t still_ms[PHASES_MAX], down_after, top_after; /* by phase; after the steps */
    uint64_t decoded[PHASES_MAX], decoded_top;
    struct second seconds[SECONDS_MAX];
    struct link_stats stats_before;
    uint64_t audio_sent;
    unsigned falls; /* to a lower encoding, on the good link */
};

/* Runs the scenario to its end; the caller frees the result with sim_free(). */
struct sim *simulate(const struct scenario *scenario, uint64_t seed, bool is_traced);
/* The same with other encodings (NULL: as a browser's were measured, at once) and beside a download (NULL: none). */
struct sim *simulate_call(const struct scenario *scenario, const struct publishing *publishing,
                          const struct download *download, uint64_t seed, bool is_traced);
void sim_free(struct sim *sim);
/* Of the scenario's phases the one that it is in. */
unsigned phase_of(const struct sim *sim);

#endif
