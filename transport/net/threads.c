#include "transport/net/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LOOKUP_THREADS 4 /* libuv's own number, unless the environment has another one */

static void *wait_for(void *lock)
{
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

bool threads_are_free(size_t count)
{
    pthread_t threads[THREADS_ASKED_MAX];
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    size_t started = 0;
    if (count > THREADS_ASKED_MAX)
        count = THREADS_ASKED_MAX;
    pthread_mutex_lock(&lock);
    while (started < count && pthread_create(&threads[started], NULL, wait_for, &lock) == 0)
        started++;
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return started == count;
}

bool threads_for_lookups(void)
{
    static atomic_bool are_there;
    if (atomic_load(&are_there))
        return true;
    const char *text = getenv("UV_THREADPOOL_SIZE");
    int count = text != NULL ? atoi(text) : LOOKUP_THREADS;
    if (!threads_are_free(count > 0 ? (size_t)count : 1))
        return false;
    atomic_store(&are_there, true);
    return true;
}
