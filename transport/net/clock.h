/* The only place that reads clocks. */
#ifndef HEDDLE_NET_CLOCK_H
#define HEDDLE_NET_CLOCK_H

#include "transport/base/time.h"

usec_t clock_now(void);      /* CLOCK_MONOTONIC */
int64_t clock_wall_us(void); /* since 1970; jumps when the clock is set: for time stamps and dates only */
/* Since 1970 by the wall clock at the first call, and monotonic from then on: the NTP time of RTCP, used to measure
 * round trips and for lip sync (RFC 3550 section 4). Any thread. */
int64_t clock_ntp_us(void);
int64_t clock_now_ns(void);        /* CLOCK_MONOTONIC; cheap enough to put around a batch of work */
int64_t clock_thread_cpu_ns(void); /* CPU time of the calling thread; a system call */

#endif
