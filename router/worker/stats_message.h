/* How the statistics of a worker are written; the numbers are those of statistic_tables.h, in its order.
 *
 *   statistics   worker (2), request (8), counts of connections, publications and slots (4 each), worker's numbers,
 *                then the connections
 *   connection   id (8), room (text), participant (text), path (text), profile (text), connection's numbers, in's and
 *                out's numbers, counts of publications and slots (4 each), then those
 *   publication  id (text), flags (1: bit 0 video, 1 muted), codec (1), publication's numbers, encodings (1), bit/s of
 *                each (8), those asked for (1)
 *   slot         mid (text), publication (text), state (1), codec (1), slot's numbers */
#ifndef HEDDLE_ROUTER_WORKER_STATS_MESSAGE_H
#define HEDDLE_ROUTER_WORKER_STATS_MESSAGE_H

#include "router/worker/worker_types.h"

struct byte_reader;
struct byte_writer;

/* An upper bound of their length in bytes. */
size_t worker_stats_size(const struct worker_stats *stats);
void worker_stats_write(struct byte_writer *writer, const struct worker_stats *stats);
/* Reads into a new object, which worker_stats_free() frees, also if this returns false: a value is impossible. */
bool worker_stats_read(struct byte_reader *reader, struct worker_stats **stats);

#endif
