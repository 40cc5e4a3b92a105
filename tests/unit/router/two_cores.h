/* A publisher on core ORIGIN and a viewer on core VIEWERS, and what the two cores say to each other. */
#ifndef HEDDLE_UNIT_ROUTER_TWO_CORES_H
#define HEDDLE_UNIT_ROUTER_TWO_CORES_H

#include "router/relay.h"
#include "router/relay/relay_message.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
enum { ORIGIN, VIEWERS, CORES };
#define PUBLISHER UINT64_C(0xfedcba9876543210)
enum { VP9 = 98, ID_RID = 2 };
#define ENCODINGS 2
#define SSRC(encoding) (500u + (uint32_t)(encoding))

struct two_cores {
    struct router *routers[CORES];
    struct participant *origin, *viewer; /* the viewer is on VIEWERS */
    bool is_relayed;
    bool is_full;                           /* what carries from ORIGIN to VIEWERS takes nothing */
    unsigned states, medias, reports, gone; /* that ORIGIN said */
    int64_t report_wall_us;                 /* of the last report */
    struct media up, down;
    uint16_t sequence[ENCODINGS], picture;
    unsigned received, plis, plis_in_all;
    bool is_asking; /* the viewer sends a PLI with every frame */
    uint8_t sent_payload_type, last_payload_type;
    struct router_event slot; /* the last event of the viewer's */
    unsigned slot_events;
    uint16_t last_sequence;
    unsigned gaps, asked; /* the encodings that the publisher was asked for last */
    usec_t now;
};

/* Both have joined and are ready; nothing is relayed yet. */
struct two_cores *two_cores_start(void);
/* Both leave (the publisher unless `origin` is NULL), and nothing may be left. */
void two_cores_end(struct two_cores *f);
/* Tells its router what the participant sends: `up`. */
void two_cores_publish(struct two_cores *f, struct participant *participant);
/* The publisher is relayed to VIEWERS, or no more. */
void two_cores_relay(struct two_cores *f);
void two_cores_stop_relaying(struct two_cores *f);
size_t two_cores_relayed_on(const struct two_cores *f, unsigned core);
/* What the core has to say is given to the other one, or refused while that is full. */
void two_cores_deliver_from(struct two_cores *f, unsigned from);
/* Timers, messages and what goes out, of both. */
void two_cores_turn(struct two_cores *f);
/* One frame of one packet, of one encoding. */
void two_cores_send_frame(struct two_cores *f, unsigned encoding, bool is_key);
/* The viewer reports, as everybody who gets video must; and may ask for a keyframe. */
void two_cores_report(struct two_cores *f, bool asks);
/* These encodings (bits) are sent for a while, with a keyframe at the start and when a PLI came. */
void two_cores_play(struct two_cores *f, usec_t duration, unsigned encodings);
struct slot_stats two_cores_slot(const struct two_cores *f);
/* Writes the message and gives it to the core. */
int two_cores_say(struct two_cores *f, unsigned to, unsigned from, const struct relay_message *message);

#endif
