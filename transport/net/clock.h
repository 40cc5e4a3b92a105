/* The only place that reads clocks. */
#ifndef HEDDLE_NET_CLOCK_H
#define HEDDLE_NET_CLOCK_H

#include "transport/base/time.h"

usec_t clock_now(void);      /* CLOCK_MONOTONIC */
int64_t clock_wall_us(void); /* since 1970; jumps when somebody sets it: for stamps and dates only */
/* Since 1970 as the wall clock had it at the first call, and never set from then on: the NTP time of RTCP, which round
 * trips and lip sync are measured by (RFC 3550 section 4). Any thread. */
int64_t clock_ntp_us(void);
int64_t clock_now_ns(void);        /* CLOCK_MONOTONIC; cheap enough to put around a batch of work */
int64_t clock_thread_cpu_ns(void); /* CPU time of the calling thread; a system call */

#endif
