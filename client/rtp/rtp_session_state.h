/* The inside of an RTP session, for its parts. */
#ifndef HEDDLE_CLIENT_RTP_SESSION_STATE_H
#define HEDDLE_CLIENT_RTP_SESSION_STATE_H

#include "client/rtp/ended_tracks.h"
#include "client/rtp/negotiation.h"
#include "client/rtp/receive_track.h"
#include "client/rtp/rtp_session_stats.h"
#include "client/rtp/send_track.h"
#include "client/rtp/uplink.h"
#include "transport/base/map.h"
#include "transport/hop/receive_estimate.h"
#include "transport/hop/twcc_recorder.h"

struct stream_out {
    char mid[MEDIA_MID_MAX + 1], source[SOURCE_MAX + 1];
    uint32_t ssrc; /* of its first encoding */
    struct send_track *track;
};

/* SSRCs of one m-line that were learned from packets, and not from its description: media and RTX, and the same two of
 * a sender that has just restarted. */
#define LEARNED_SSRCS 4

struct stream_in {
    char mid[MEDIA_MID_MAX + 1], publication[PUBLICATION_ID_MAX + 1];
    struct receive_track *track;
    usec_t measured_at; /* when its last packet came that counts for a REMB; 0: none did */
    uint32_t learned[LEARNED_SSRCS];
    size_t learned_count; /* of all times; the next one replaces the oldest */
};

struct rtp_session {
    struct packet_pool *pool;
    char cname[48];
    struct rng rng;
    uint32_t local_ssrc; /* of reports while we send nothing */
    struct media *media; /* of all m-lines, as negotiated */
    size_t media_count;
    struct stream_out outs[NEGOTIATION_SOURCES_MAX];
    size_t out_count;
    struct stream_in ins[NEGOTIATION_LINES_MAX];
    size_t in_count;
    struct ended_tracks ended;
    struct map by_ssrc; /* values: struct stream_in */
    struct twcc_recorder *recorder;
    struct uplink uplink;
    struct receive_estimate downlink; /* of video whose sender was promised REMBs */
    uint16_t transport_sequence;
    usec_t next_report, next_check;
    size_t next_in; /* drained in turn */
    struct twcc_feedback *feedback;
    struct rtp_session_stats stats;
};

#endif
