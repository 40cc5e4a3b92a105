/* The RTCP a participant is sent: reports, keyframe requests, NACKs, transport-wide feedback. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_RTCP_OUT_H
#define HEDDLE_ROUTER_ROOM_RTCP_OUT_H

#include "router/room/room.h"

#define REPORT_INTERVAL (1 * USEC_PER_SEC)

/* Marks what each stream has to report. */
void rtcp_out_reports(struct participant *participant);

#endif
