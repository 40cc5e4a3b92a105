/* The side that needs a program for a room: it asks the machines that listen, is there for as long as the program runs
 * on one of them, and ends with its status. To the server it is like the program itself. */
#ifndef HEDDLE_SIGNALING_ASKER_H
#define HEDDLE_SIGNALING_ASKER_H

#include <uv.h>

#include "signaling/queue/queue.h"
#include "signaling/queue/work.h"

struct asker;

/* `work` without its number, which is drawn. Text of `url` is borrowed. NULL: `reason` says why. */
struct asker *asker_new(uv_loop_t *loop, const char *url, const struct work *work, char reason[QUEUE_REASON_MAX]);
/* The program is told to end. A recorder is waited for, until it has completed its files; so is who may just now take
 * what was asked for. */
void asker_stop(struct asker *asker);
/* When the loop is empty: 0, 1 for a program that failed, was refused, or could not be had, or PROGRAM_IS_LOST. */
int asker_status(const struct asker *asker);
void asker_free(struct asker *asker);

#endif
