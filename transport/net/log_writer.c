#include "transport/net/log_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "transport/base/memory.h"
#include "transport/base/thread.h"

#define CHUNK 4096

struct log_writer {
    int fd;
    pthread_t thread;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t changed;
    bool is_ending, has_ended;
    uint64_t dropped;
    FILE *stream, *replaced; /* of stderr; else NULL */
    size_t first, length;    /* of the queued bytes in the ring */
    char ring[LOG_WRITER_BYTES];
};

/* The next bytes to write; 0: the queue is empty and the writer ends. */
static size_t take(struct log_writer *writer, char out[CHUNK])
{
    pthread_mutex_lock(&writer->lock);
    while (writer->length == 0 && writer->dropped == 0 && !writer->is_ending)
        pthread_cond_wait(&writer->changed, &writer->lock);
    size_t count = writer->length < CHUNK ? writer->length : CHUNK;
    for (size_t i = 0; i < count; i++)
        out[i] = writer->ring[(writer->first + i) % LOG_WRITER_BYTES];
    writer->first = (writer->first + count) % LOG_WRITER_BYTES;
    writer->length -= count;
    if (count == 0 && writer->dropped > 0) {
        count = (size_t)snprintf(out, CHUNK, "%" PRIu64 " lines of the log were lost: its reader was too slow\n",
                                 writer->dropped);
        writer->dropped = 0;
    }
    pthread_mutex_unlock(&writer->lock);
    return count;
}

/* What cannot be written (a full disk, a reader that is gone) is lost; there is nowhere to say so. */
static void write_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            (void)poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        } else if (written == 0 || errno != EINTR) {
            return;
        }
    }
}

static void *run(void *argument)
{
    struct log_writer *writer = argument;
    char chunk[CHUNK];
    for (size_t length; (length = take(writer, chunk)) > 0;)
        write_all(writer->fd, chunk, length);
    pthread_mutex_lock(&writer->lock);
    writer->has_ended = true;
    pthread_cond_broadcast(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

struct log_writer *log_writer_new(int fd)
{
    struct log_writer *writer = mem_alloc(sizeof *writer);
    writer->fd = fd;
    pthread_mutex_init(&writer->lock, NULL);
    thread_condition_init(&writer->changed);
    if (thread_start(&writer->thread, run, writer) != 0) {
        free(writer);
        return NULL;
    }
    return writer;
}

void log_writer_put(struct log_writer *writer, const char *line, size_t length)
{
    pthread_mutex_lock(&writer->lock);
    if (length > CHUNK || length > LOG_WRITER_BYTES - writer->length) {
        writer->dropped++;
    } else {
        size_t at = (writer->first + writer->length) % LOG_WRITER_BYTES;
        size_t to_end = LOG_WRITER_BYTES - at < length ? LOG_WRITER_BYTES - at : length;
        memcpy(writer->ring + at, line, to_end);
        memcpy(writer->ring, line + to_end, length - to_end);
        writer->length += length;
    }
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
}

static ssize_t print(void *writer, const char *text, size_t length)
{
    for (size_t at = 0; at < length; at += CHUNK)
        log_writer_put(writer, text + at, length - at < CHUNK ? length - at : CHUNK);
    return (ssize_t)length;
}

struct log_writer *log_writer_for_stderr(void)
{
    struct log_writer *writer = log_writer_new(STDERR_FILENO);
    if (writer == NULL)
        return NULL;
    writer->stream = fopencookie(writer, "w", (cookie_io_functions_t){.write = print});
    if (writer->stream == NULL) {
        log_writer_free(writer, 0);
        return NULL;
    }
    setvbuf(writer->stream, NULL, _IONBF, 0);
    writer->replaced = stderr;
    stderr = writer->stream;
    return writer;
}

static void give_back_stderr(struct log_writer *writer)
{
    if (writer->stream == NULL)
        return;
    stderr = writer->replaced;
    fclose(writer->stream);
}

void log_writer_free(struct log_writer *writer, usec_t timeout)
{
    struct timespec until;
    if (writer == NULL)
        return;
    give_back_stderr(writer);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(timeout / USEC_PER_SEC);
    until.tv_nsec += (long)(timeout % USEC_PER_SEC * 1000);
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&writer->lock);
    writer->is_ending = true;
    pthread_cond_broadcast(&writer->changed);
    while (!writer->has_ended && pthread_cond_timedwait(&writer->changed, &writer->lock, &until) != ETIMEDOUT)
        ;
    bool has_ended = writer->has_ended;
    pthread_mutex_unlock(&writer->lock);
    if (!has_ended) {
        pthread_detach(writer->thread);
        return;
    }
    pthread_join(writer->thread, NULL);
    pthread_mutex_destroy(&writer->lock);
    pthread_cond_destroy(&writer->changed);
    free(writer);
}
