/* The log of a program that serves: lines with time, level and context, on stderr. */
#ifndef HEDDLE_NET_LOG_LINES_H
#define HEDDLE_NET_LOG_LINES_H

#include "transport/base/log.h"
#include "transport/net/log_writer.h"

/* Lines of log.h go to the writer from now on, each kind of them within its budget. Call it before there are threads
 * that log; the writer is borrowed. */
void log_lines_start(struct log_writer *writer, enum log_level level);
/* The same for a program that serves a room beside its server, in whose log they are: `room` and `role` are part of
 * each line's context, as "daily/recorder", or "daily/recorder/router" for the context "router". Borrowed. */
void log_lines_start_for(struct log_writer *writer, enum log_level level, const char *room, const char *role);
/* Ends that, and frees the writer when what is queued is written (log_writer_free). */
void log_lines_stop(struct log_writer *writer, usec_t timeout);

#endif
