/* A program that this one starts, and may start again when it has ended (respawn.h). Its process is in the loop. */
#ifndef HEDDLE_SIGNALING_PROGRAM_H
#define HEDDLE_SIGNALING_PROGRAM_H

#include <uv.h>

#include "signaling/respawn.h"

struct program {
    const char *room, *what; /* for the log: whose it is, and what; borrowed */
    uv_process_t process;
    bool has_process; /* until its handle is closed: so long the structure has to stay */
    bool is_running, is_ending;
    struct respawn respawn;
};

/* Whether it neither runs nor has to wait. */
bool program_may_start(const struct program *program, usec_t now);
/* `arguments` begin with the program's path; `variable`, "NAME=value", is added to its environment, which only it and
 * root can read, as arguments can everybody. */
void program_start(struct program *program, uv_loop_t *loop, char **arguments, char *variable, usec_t now);
/* Once for each run; nothing happens when it does not run. */
void program_end(struct program *program, int by_signal);

#endif
