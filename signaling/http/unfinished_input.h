/* Memory for messages that have begun to come but are not complete. One message is small; those of thousands of
 * sockets together are not, and a sender need not complete its message. When all connections together hold too much, or
 * those of one address, the one that holds most is ended. Pure: the owner of the connections ends them. */
#ifndef HEDDLE_SIGNALING_UNFINISHED_INPUT_H
#define HEDDLE_SIGNALING_UNFINISHED_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "transport/base/map.h"

struct unfinished_limits {
    size_t all, address; /* bytes; of one address (budget_key_of()) */
};

/* What one connection holds; embedded in the owner's object. Zeroed but for its address: nothing. */
struct unfinished_message {
    struct unfinished_message *next, *before; /* of those that hold something */
    uint64_t address;
    size_t bytes;
};

struct unfinished_input {
    struct unfinished_limits limits;
    size_t bytes;
    struct map addresses; /* to struct unfinished_address */
    struct unfinished_message *first;
};

void unfinished_input_init(struct unfinished_input *input, const struct unfinished_limits *limits);
void unfinished_input_fini(struct unfinished_input *input); /* no connection may hold anything any more */
/* `message` holds so many bytes from now on. Returns NULL, or the connection to be ended (it may be the same one): call
 * this with 0 bytes for it. */
struct unfinished_message *unfinished_input_set(struct unfinished_input *input, struct unfinished_message *message,
                                                size_t bytes);

#endif
