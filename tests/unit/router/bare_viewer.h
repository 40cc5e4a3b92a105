/* A publisher of one video stream, and a viewer that is none of a browser's kind: receiver reports each second, perhaps
 * NACKs, and nothing else. What gets lost on the way to the router and on the way from it is the test's to say. */
#ifndef HEDDLE_TEST_BARE_VIEWER_H
#define HEDDLE_TEST_BARE_VIEWER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/publisher.h"
#include "tests/support/rtcp.h"
#include "tests/support/video_line.h"
#include "tests/support/viewer.h"
#include "transport/hop/receive_stream.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)

enum { UP_SSRC = 20, DOWN_SSRC = 1000, DOWN_RTX_SSRC, ID_TWCC = 5 };

struct bare_call {
    struct router *router;
    struct participant *publisher, *viewer;
    bool has_rtx, sends_nacks, has_feedback;
    usec_t frame_interval;
    size_t frame_bytes;
    unsigned up_loss, down_loss; /* of each so many packets one is lost; 0: none is */
    struct published_stream published;
    unsigned frames, plis, down_packets;
    unsigned fillers; /* empty packets on RTX */
    uint16_t last_lost, last_filled;
    bool needs_keyframe;
    struct receive_stream stream;
    uint16_t lost[64];
    unsigned lost_count;
    usec_t now, next_frame, next_report;
};

/* There is one; `has_feedback`: transport-wide. */
struct bare_call *bare_call_new(bool has_rtx, bool has_feedback);
void bare_call_free(struct bare_call *call);
/* Publishes, and answers what comes, for so long. */
void bare_call_run(struct bare_call *call, usec_t duration);

#endif
