/* When each frame of an RTP stream was made, on one clock for all streams: that of who writes the sender reports,
 * which to a recorder is the router. A report says which timestamp was at which time of that clock; between reports
 * the stream's own rate counts, and as a stream's rate is never quite what it says, each report corrects what the one
 * before had set: a little at a time, so that reports that are some milliseconds off do not make the sound jump.
 * Before the first report, and when reports or timestamps make no sense, the arrival of the frames tells: no frame is
 * placed more than five seconds before it comes, nor more than half a second after that. Pure. */
#ifndef HEDDLE_CLIENT_STREAM_CLOCK_H
#define HEDDLE_CLIENT_STREAM_CLOCK_H

#include <stdbool.h>

#include "transport/base/time.h"

/* The clock of who writes the reports, which may be wrong, or set meanwhile: it is read as our own wall clock was at
 * the start, and goes on from there as theirs goes. */
struct report_clock {
    bool is_known;
    int64_t correction; /* what their clock says too much */
    int64_t ahead;      /* the time of day less ours, as the fastest reports say; first, as our wall clock says */
};

/* When the report was written. */
int64_t report_clock_read(struct report_clock *clock, int64_t written_us, usec_t arrival);

struct stream_clock {
    uint32_t rate; /* timestamps a second, as agreed */
    bool is_started, has_report;
    uint32_t timestamp; /* the last one */
    int64_t ticks;      /* of it, counted from the first one on */
    int64_t arrival;    /* of its frame, on the reports' clock */
    double start_us;    /* when the count was at 0, on the reports' clock */
};

/* Another stream begins: another SSRC. */
void stream_clock_init(struct stream_clock *clock, uint32_t rate);
/* A sender report: at `written_us`, as the clock was read, the stream was at `timestamp`. One that cannot be true is
 * not believed. */
void stream_clock_report(struct stream_clock *clock, int64_t written_us, uint32_t timestamp);
/* When the frame was made, on the reports' clock. `arrival` is on that clock, too. */
int64_t stream_clock_place(struct stream_clock *clock, uint32_t timestamp, int64_t arrival);

#endif
