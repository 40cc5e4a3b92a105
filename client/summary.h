/* The object that --json prints, from the statistics of the library. */
#ifndef HEDDLE_CLIENT_SUMMARY_H
#define HEDDLE_CLIENT_SUMMARY_H

#include <jansson.h>

#include "client/include/heddle_client.h"

/* The caller's (json_decref). `cpu_s`: CPU seconds of the process. */
json_t *summary_make(const struct heddle_client *client, double cpu_s);

#endif
