/* The body of a request while it comes: bounded in bytes, in memory of all together, and in time. Pure. */
#ifndef HEDDLE_SIGNALING_HTTP_INPUT_H
#define HEDDLE_SIGNALING_HTTP_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "signaling/http/unfinished_input.h"
#include "transport/base/time.h"

/* Bodies that are not complete, of all requests together and of one address. */
#define HTTP_INPUT_ALL ((size_t)16 * 1024 * 1024)
#define HTTP_INPUT_ADDRESS (HTTP_INPUT_ALL / 4)
#define HTTP_INPUT_TIME (10 * USEC_PER_SEC) /* for all of a body */

struct http_input {
    struct unfinished_message unfinished;
    char *data; /* `expected` bytes and a zero; NULL: none is awaited */
    size_t length, expected;
    usec_t until;
};

/* Awaits so many bytes, at least one. False: all together, or those of its address, hold too much already. */
bool http_input_begin(struct http_input *input, struct unfinished_input *all, size_t expected, usec_t now);
/* More of it. False: it is not awaited, or comes too late. */
bool http_input_add(struct http_input *input, const void *data, size_t length, usec_t now);
/* It is complete, and counts no more; what is in it stays until the end. */
void http_input_complete(struct http_input *input, struct unfinished_input *all);
void http_input_fini(struct http_input *input, struct unfinished_input *all);

#endif
