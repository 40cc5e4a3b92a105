/* What a worker counts and measures, as tables of the structs in router/base/types.h and worker_types.h. Names of
 * participants, codecs and states are no numbers: they are read from the structs. */
#ifndef HEDDLE_ROUTER_WORKER_STATISTIC_TABLES_H
#define HEDDLE_ROUTER_WORKER_STATISTIC_TABLES_H

#include "transport/base/statistic.h"

extern const struct statistic_table worker_statistics;      /* of struct worker_stats */
extern const struct statistic_table connection_statistics;  /* of struct connection_stats */
extern const struct statistic_table direction_statistics;   /* of struct direction_stats */
extern const struct statistic_table publication_statistics; /* of struct publication_stats */
extern const struct statistic_table encoding_statistics;    /* of one of publication_stats.encoding_bps */
extern const struct statistic_table slot_statistics;        /* of struct slot_stats */

#endif
