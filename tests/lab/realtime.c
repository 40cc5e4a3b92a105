#include "tests/lab/realtime.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define TIMER_SLACK_NS 1000
#define NICE -15

void realtime_begin(void)
{
    struct sched_param lowest_of_realtime = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    (void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
    if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest_of_realtime) != 0)
        (void)setpriority(PRIO_PROCESS, 0, NICE);
}
