/* What is counted of a connection's media beside its tracks. */
#ifndef HEDDLE_CLIENT_RTP_SESSION_STATS_H
#define HEDDLE_CLIENT_RTP_SESSION_STATS_H

#include <stdint.h>

#include "transport/base/time.h"

struct rtp_session_stats {
    uint64_t unknown_packets, bad_packets, bad_rtcp;
    uint64_t feedbacks;                        /* transport-wide feedback packets that came in */
    uint64_t feedback_received, feedback_lost; /* packets they tell of */
    uint64_t remb_bps;                         /* the last one; 0: none */
    usec_t rtt;                                /* 0: not known */
};

#endif
