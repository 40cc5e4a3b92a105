/* Has the budgets of agent_intake.h obeyed. libnice has neither a limit nor a callback for what it reads, but all of it
 * comes by GLib's g_socket_receive_message(): receive_hook.c has a function of that name, which the dynamic linker
 * finds first. While no intake is set on a thread, it does what GLib's does. */
#ifndef HEDDLE_NET_RECEIVE_HOOK_H
#define HEDDLE_NET_RECEIVE_HOOK_H

#include <stdbool.h>

struct agent_intake;

/* False: a build in which libnice does not find our function; then nothing is limited. */
bool receive_hook_works(void);
/* What this thread reads from now on is limited by it; NULL: by nothing. */
void receive_hook_set(struct agent_intake *intake);

#endif
