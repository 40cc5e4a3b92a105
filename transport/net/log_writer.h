/* Where log lines go: a bounded queue, and a thread that writes it to a descriptor. Logging never waits for the reader
 * of the log (a pipe that nobody empties, a terminal stopped by Ctrl-S, a slow disk): what does not fit is dropped,
 * counted, and said as soon as there is room again. */
#ifndef HEDDLE_NET_LOG_WRITER_H
#define HEDDLE_NET_LOG_WRITER_H

#include <stddef.h>
#include <stdio.h>

#include "transport/base/time.h"

#define LOG_WRITER_BYTES ((size_t)256 * 1024)

struct log_writer;

/* `fd` is borrowed. NULL: no thread could be started. */
struct log_writer *log_writer_new(int fd);
/* The same for all that is printed to stderr from now on, by whatever thread, until the writer is freed: a program that
 * waits for who reads that would do nothing else meanwhile, not even end when it is told to. */
struct log_writer *log_writer_for_stderr(void);
/* One line with its line end, at most 4,096 bytes. From any thread; never waits. */
void log_writer_put(struct log_writer *writer, const char *line, size_t length);
/* Writes what is queued, for at most `timeout`. If the reader has not taken it by then, queue and thread are not freed:
 * the process is about to end. NULL is fine. */
void log_writer_free(struct log_writer *writer, usec_t timeout);

#endif
