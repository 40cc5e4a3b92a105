/* A server's HTTP interface, asked from the bench's own thread: one request, one answer, the connection closes. */
#ifndef HEDDLE_BENCH_HTTP_GET_H
#define HEDDLE_BENCH_HTTP_GET_H

#include <jansson.h>
#include <stdint.h>

/* The JSON at http://127.0.0.1:`port``path`; NULL: no answer within some seconds, or no JSON. */
json_t *http_get_json(uint16_t port, const char *path);

#endif
