/* The parts of the object that --json prints: each is a struct of the library as JSON. Pure. */
#ifndef HEDDLE_CLIENT_SUMMARY_PARTS_H
#define HEDDLE_CLIENT_SUMMARY_PARTS_H

#include <jansson.h>

#include "client/include/heddle_client.h"

/* All are the caller's (json_decref). `cpu_s`: CPU seconds of the process. */
json_t *summary_totals(const struct heddle_client_stats *stats, double cpu_s);
json_t *summary_remote(const struct heddle_client_remote *remote);
json_t *summary_connection(const struct heddle_client_connection *connection);
json_t *summary_recovery(const struct heddle_client_recovery *recovery);
json_t *summary_switch(const struct heddle_client_switch *change);

#endif
