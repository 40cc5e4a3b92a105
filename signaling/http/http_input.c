#include "signaling/http/http_input.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

bool http_input_begin(struct http_input *input, struct unfinished_input *all, size_t expected)
{
    if (unfinished_input_set(all, &input->unfinished, expected) != NULL) {
        (void)unfinished_input_set(all, &input->unfinished, 0);
        return false;
    }
    input->data = mem_alloc(expected + 1);
    input->length = 0;
    input->expected = expected;
    return true;
}

void http_input_add(struct http_input *input, const void *data, size_t length)
{
    CHECK(length <= input->expected - input->length);
    if (length > 0)
        memcpy(input->data + input->length, data, length);
    input->length += length;
}

void http_input_complete(struct http_input *input, struct unfinished_input *all)
{
    (void)unfinished_input_set(all, &input->unfinished, 0);
}

void http_input_fini(struct http_input *input, struct unfinished_input *all)
{
    http_input_complete(input, all);
    free(input->data);
    input->data = NULL;
    input->length = input->expected = 0;
}
