/* A message of another core, and the state that it may carry: what is read is written as the same bytes again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "router/relay/relay_message.h"
#include "router/relay/relay_state.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_state(struct span bytes)
{
    struct relay_state *state = mem_alloc(sizeof *state);
    uint8_t *again = mem_alloc(RELAY_STATE_MAX);
    int error = relay_state_read(state, bytes.data, bytes.length);
    CHECK(error == 0 || error == ERR_TRUNCATED || error == ERR_INVALID);
    if (error == 0) {
        CHECK(relay_state_write(state, again, RELAY_STATE_MAX) == (int)bytes.length);
        CHECK(memcmp(again, bytes.data, bytes.length) == 0);
    }
    free(again);
    free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct relay_message message;
    uint8_t head[RELAY_HEAD_MAX];
    int error = relay_message_read(&message, data, size);
    CHECK(error == 0 || error == ERR_TRUNCATED || error == ERR_INVALID || error == ERR_UNSUPPORTED);
    if (error != 0)
        return 0;
    int length = relay_message_write(&message, head, sizeof head);
    CHECK(length > 0 && (size_t)length + message.body.length == size);
    CHECK(memcmp(head, data, (size_t)length) == 0);
    CHECK(message.body.length == 0 || message.body.data == data + length);
    if (message.kind == RELAY_PUBLISHER)
        read_state(message.body);
    return 0;
}
