/* A program that this one starts, and may start again when it has ended (respawn.h). Its process is in the loop. */
#ifndef HEDDLE_SIGNALING_PROGRAM_H
#define HEDDLE_SIGNALING_PROGRAM_H

#include <uv.h>

#include "signaling/services/respawn.h"

#define PROGRAM_PATIENCE_MS 5000 /* a recorder completes its files */
#define PROGRAM_IS_LOST 3        /* the status of one that stood for another on a machine that is not heard any more */

struct program {
    const char *room, *what; /* for the log: whose it is, and what; borrowed */
    uv_process_t process;
    uv_timer_t patience; /* with a process that is to end */
    unsigned handles;    /* of these, until they are closed: so long the structure has to stay */
    bool is_running, is_ending, is_killed;
    int status; /* of its last run, as a shell tells it: 127 when it could not start, 128 and a signal */
    struct respawn respawn;
};

/* Whether it neither runs nor has to wait. */
bool program_may_start(const struct program *program, usec_t now);
/* `arguments` begin with the program's path; `variable`, "NAME=value", is added to its environment, which only it and
 * root can read, as arguments can everybody. */
void program_start(struct program *program, uv_loop_t *loop, char **arguments, char *variable, usec_t now);
/* Whether its process or what belongs to that is still in the loop. */
bool program_is_there(const struct program *program);
/* Once for each run; nothing happens when it does not run. One that does not end is killed after PROGRAM_PATIENCE_MS,
 * and is no longer waited for a second later, since a disk that hangs keeps a process even from that. */
void program_end(struct program *program, int by_signal);

#endif
