/* What comes in on one m-line of one connection: packets become frames in order, lost ones are asked for again (NACK),
 * reception is reported. Feed packets, then drain frames and feedback. Pure. */
#ifndef HEDDLE_CLIENT_RECEIVE_TRACK_H
#define HEDDLE_CLIENT_RECEIVE_TRACK_H

#include "client/rtp/frame_buffer.h"
#include "transport/hop/receive_estimate.h"
#include "transport/wire/media.h"
#include "transport/wire/rtcp.h"

struct receive_track;

/* `media` as negotiated; copied. */
struct receive_track *receive_track_new(const struct media *media);
void receive_track_free(struct receive_track *track);
enum media_kind receive_track_kind(const struct receive_track *track);
uint32_t receive_track_ssrc(const struct receive_track *track); /* 0: not known yet */

/* What the packet's arrival tells of the network link, if REMB was negotiated with its sender; false: it was not. To be
 * called before receive_track_packet(). */
bool receive_track_measure(const struct receive_track *track, const struct packet *packet, struct arrival *arrival);
/* A parsed packet of this m-line in the clear; an RTX packet is unwrapped in place. 0, or an error that was counted. */
int receive_track_packet(struct receive_track *track, struct packet *packet, usec_t now);
/* This m-line, a shared slot, carries another publication from now on: packets that are held are dropped. */
void receive_track_reset(struct receive_track *track);
bool receive_track_sr(struct receive_track *track, const struct rtcp_sender_info *info, usec_t now);
void receive_track_set_rtt(struct receive_track *track, usec_t rtt);
/* The decoder is stuck: it needs a keyframe. */
void receive_track_request_keyframe(struct receive_track *track);

bool receive_track_frame(struct receive_track *track, struct received_frame *frame, usec_t now);
/* The codec of the frame last given out. */
enum codec receive_track_codec(const struct receive_track *track);
/* The stream that it is of, and the last sender report of that. */
struct receive_track_origin {
    uint32_t ssrc, clock_rate;
    bool has_report;
    int64_t written_us; /* by the wall clock of who wrote it */
    uint32_t timestamp; /* of the stream at that time */
    usec_t arrival;
};
struct receive_track_origin receive_track_origin(const struct receive_track *track);
/* Sequence numbers to ask for again now. */
size_t receive_track_nack(struct receive_track *track, uint16_t *lost, size_t capacity, usec_t now);
/* True when a PLI is to be sent now. */
bool receive_track_pli(struct receive_track *track, usec_t now);
bool receive_track_report(struct receive_track *track, struct rtcp_report_block *block, usec_t now);
usec_t receive_track_next(const struct receive_track *track); /* when to drain again at the latest */

struct receive_track_stats {
    uint64_t packets, bytes, recovered, nacks, keyframe_requests, bad;
    int64_t lost;
    double jitter_ms;
};
void receive_track_get_stats(const struct receive_track *track, struct receive_track_stats *stats);
/* The same, and counts from zero again: what comes from now on belongs to another publication. */
void receive_track_take_stats(struct receive_track *track, struct receive_track_stats *stats);
/* Adds counters; jitter stays the sum's. */
void receive_track_stats_add(struct receive_track_stats *sum, const struct receive_track_stats *part);

#endif
