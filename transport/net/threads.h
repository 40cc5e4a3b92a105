/* Threads that libraries start by themselves: when they get none they end the program, so ask before. */
#ifndef HEDDLE_NET_THREADS_H
#define HEDDLE_NET_THREADS_H

#include <stdbool.h>
#include <stddef.h>

#define THREADS_ASKED_MAX 64

/* Whether so many more can be started now (at most THREADS_ASKED_MAX). */
bool threads_are_free(size_t count);
/* Whether libuv can look up names: it starts the threads for that with the first one. Any thread. */
bool threads_for_lookups(void);

#endif
