/* Real-time scheduling, for what emulates or measures a link. Linux, with CAP_SYS_NICE. */
#ifndef HEDDLE_LAB_REALTIME_H
#define HEDDLE_LAB_REALTIME_H

/* From here on the process runs as soon as it is due, before every ordinary one, and its timers are exact to about a
 * microsecond: an emulator or a probe that a busy machine delays would add jitter of its own. Where that is not allowed
 * it has the best ordinary priority that it may have. */
void realtime_begin(void);

#endif
