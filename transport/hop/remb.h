/* The REMBs of one connection (draft-alvestrand-rmcat-remb-03), both ways. Those that come are added up. Each is about
 * the streams that it lists: some stacks send one for the whole connection, others (aiortc) one for each stream. One
 * that shares a stream with an older one replaces it; one that lists nothing is about all. None counts for longer than
 * REMB_LIFETIME. Pure; allocates nothing after remb_new(). */
#ifndef HEDDLE_HOP_REMB_H
#define HEDDLE_HOP_REMB_H

#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/wire/media.h"
#include "transport/wire/rtcp.h"

#define REMB_LIFETIME (5 * USEC_PER_SEC) /* five times the longest interval of libwebrtc's */

struct remb;

struct remb *remb_new(void);
void remb_free(struct remb *remb);
/* `ssrcs`: the streams that it is about, as many as a packet can list (REMB_SSRCS_MAX). */
void remb_put(struct remb *remb, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count, usec_t now);
/* The sum of those that count; 0: none does (a REMB of 0 counts as 1 bit a second). */
uint64_t remb_bps(struct remb *remb, usec_t now);
/* When the next of them stops counting; USEC_NEVER: none is there. */
usec_t remb_next(const struct remb *remb);

#define REMB_LINES_MAX 16
#define REMB_SILENCE (2 * USEC_PER_SEC) /* a line that is silent for so long has no share */

/* The streams of an m-line that somebody sends us. */
struct remb_line {
    uint32_t ssrcs[MEDIA_ENCODINGS_MAX];
    unsigned count;
};

/* Tells their sender what it may send in all. By the draft, and in libwebrtc, which does not look at the list, that is
 * the sum of what it sends; aiortc takes it for each stream that is listed. So of several lines each is told its
 * share, and then, in the same compound packet, the total is told and lists nothing: who takes a REMB for all goes by
 * the last one, who goes by the list is not meant by that. 0, or ERR_NO_SPACE: then nothing was written. */
int remb_write(struct rtcp_writer *writer, uint32_t sender_ssrc, uint64_t bitrate_bps, const struct remb_line *lines,
               size_t count);

#endif
