#include "signaling/http/unfinished_input.h"

#include <stdbool.h>
#include <stdlib.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

struct unfinished_address {
    size_t bytes;
};

void unfinished_input_init(struct unfinished_input *input, const struct unfinished_limits *limits)
{
    *input = (struct unfinished_input){.limits = *limits};
    map_init(&input->addresses);
}

void unfinished_input_fini(struct unfinished_input *input)
{
    CHECK(input->bytes == 0 && input->addresses.count == 0);
    map_fini(&input->addresses);
}

static void insert_first(struct unfinished_input *input, struct unfinished_message *message)
{
    message->next = input->first;
    if (message->next != NULL)
        message->next->before = message;
    input->first = message;
}

static void unlink_it(struct unfinished_input *input, struct unfinished_message *message)
{
    if (message->before != NULL)
        message->before->next = message->next;
    else
        input->first = message->next;
    if (message->next != NULL)
        message->next->before = message->before;
    message->next = message->before = NULL;
}

/* Among the connections of one address, or (NULL) among all. */
static struct unfinished_message *find_largest(const struct unfinished_input *input, const uint64_t *address)
{
    struct unfinished_message *largest = NULL;
    for (struct unfinished_message *message = input->first; message != NULL; message = message->next)
        if ((address == NULL || message->address == *address) && (largest == NULL || message->bytes > largest->bytes))
            largest = message;
    return largest;
}

/* What its address holds now. */
static size_t count(struct unfinished_input *input, const struct unfinished_message *message, size_t bytes)
{
    struct unfinished_address *of = map_get(&input->addresses, message->address);
    if (of == NULL) {
        of = mem_alloc(sizeof *of);
        map_put(&input->addresses, message->address, of);
    }
    input->bytes += bytes - message->bytes;
    of->bytes += bytes - message->bytes;
    if (of->bytes > 0)
        return of->bytes;
    (void)map_remove(&input->addresses, message->address);
    free(of);
    return 0;
}

struct unfinished_message *unfinished_input_set(struct unfinished_input *input, struct unfinished_message *message,
                                                size_t bytes)
{
    if (bytes == message->bytes)
        return NULL;
    size_t of_address = count(input, message, bytes);
    if (message->bytes == 0)
        insert_first(input, message);
    else if (bytes == 0)
        unlink_it(input, message);
    bool has_grown = bytes > message->bytes;
    message->bytes = bytes;
    if (has_grown && of_address > input->limits.address)
        return find_largest(input, &message->address);
    return has_grown && input->bytes > input->limits.all ? find_largest(input, NULL) : NULL;
}
