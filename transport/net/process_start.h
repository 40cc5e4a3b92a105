/* What a process got from whoever started it, and what may not decide how it behaves. */
#ifndef HEDDLE_NET_PROCESS_START_H
#define HEDDLE_NET_PROCESS_START_H

#include <stdbool.h>

/* The first thing that a program does. If it was started with one of the descriptors 0, 1, 2 closed, its first socket
 * would get that number, and the log would be written into it: /dev/null is opened there. Signals that its parent had
 * blocked would never come, not even the one that is to end it. */
void process_start(void);
/* Keeps the memory, with the keys of calls, out of core dumps and from other programs of the same user; returns whether
 * that is so. Not by a limit of size: the kernel does not ask for that when a program collects core dumps (core(5)). */
bool process_close_memory(void);
/* Whether it was started so that this signal does nothing, as nohup does it with SIGHUP. */
bool process_ignores(int signal_number);

#endif
