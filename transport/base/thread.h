/* Threads that a library makes in a program that knows nothing of them. */
#ifndef HEDDLE_BASE_THREAD_H
#define HEDDLE_BASE_THREAD_H

#include <pthread.h>

/* With all signals blocked: these are for the program's own threads. 0, or an errno. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *argument);
/* A condition whose waits end by the monotonic clock. */
void thread_condition_init(pthread_cond_t *condition);

#endif
