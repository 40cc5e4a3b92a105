/* The body of a request while it comes: bounded in bytes, and in memory of all together. Pure. */
#ifndef HEDDLE_SIGNALING_HTTP_INPUT_H
#define HEDDLE_SIGNALING_HTTP_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "signaling/http/unfinished_input.h"

/* Bodies that are not complete, of all requests together and of one address. */
#define HTTP_INPUT_ALL ((size_t)16 * 1024 * 1024)
#define HTTP_INPUT_ADDRESS (HTTP_INPUT_ALL / 4)

struct http_input {
    struct unfinished_message unfinished;
    char *data; /* `expected` bytes and a zero; NULL: none is awaited */
    size_t length, expected;
};

/* Awaits so many bytes, at least one. False: all together, or those of its address, hold too much already. */
bool http_input_begin(struct http_input *input, struct unfinished_input *all, size_t expected);
/* More of it, and no more than is awaited. */
void http_input_add(struct http_input *input, const void *data, size_t length);
/* It is complete, and counts no more; what is in it stays until the end. */
void http_input_complete(struct http_input *input, struct unfinished_input *all);
void http_input_fini(struct http_input *input, struct unfinished_input *all);

#endif
