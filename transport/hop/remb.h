/* The REMBs of one connection (draft-alvestrand-rmcat-remb-03), received and sent. Received ones are added up. Each is
 * about the streams that it lists: some stacks send one for the whole connection, others (aiortc) one for each stream.
 * One that shares a stream with an older one replaces it; one that lists nothing is about all. Each counts for
 * REMB_LIFETIME at most. Pure; allocates nothing after remb_new(). */
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
/* The sum of all that count; 0: there is none (a REMB of 0 counts as 1 bit a second). */
uint64_t remb_bps(struct remb *remb, usec_t now);
/* When the next of them stops counting; USEC_NEVER: there is none. */
usec_t remb_next(const struct remb *remb);

#define REMB_LINES_MAX 16
#define REMB_SILENCE (2 * USEC_PER_SEC) /* an m-line without media for so long has no share */

/* The streams of an m-line that we receive. */
struct remb_line {
    uint32_t ssrcs[MEDIA_ENCODINGS_MAX];
    unsigned count;
};

/* Writes REMBs that tell the sender what it may send in total. By the draft, and in libwebrtc, which ignores the list,
 * a REMB is about the sum of all streams; in aiortc it is about each stream in the list. So for several m-lines there
 * is one REMB for each with its share, and then, in the same compound packet, one with the total and an empty list:
 * libwebrtc uses the last one, and aiortc ignores that. 0, or ERR_NO_SPACE: then nothing was written. */
int remb_write(struct rtcp_writer *writer, uint32_t sender_ssrc, uint64_t bitrate_bps, const struct remb_line *lines,
               size_t count);

#endif
