/* A command to a worker, and an event of one: what is read is written as the same bytes again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "router/worker/command.h"
#include "router/worker/event_message.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_read(int error)
{
    CHECK(error == 0 || error == ERR_TRUNCATED || error == ERR_INVALID || error == ERR_UNSUPPORTED);
    return error == 0;
}

static void as_command(const uint8_t *data, size_t size)
{
    struct command command;
    if (is_read(command_read(&command, data, size))) {
        size_t capacity = command_size(&command);
        uint8_t *again = mem_alloc(capacity);
        CHECK(command_write(&command, again, capacity) == (int)size);
        CHECK(memcmp(again, data, size) == 0);
        free(again);
    }
    command_fini(&command);
}

static void as_event(const uint8_t *data, size_t size)
{
    struct worker_event event;
    if (is_read(worker_event_read(&event, data, size))) {
        size_t capacity = worker_event_size(&event);
        uint8_t *again = mem_alloc(capacity);
        CHECK(worker_event_write(&event, again, capacity) == (int)size);
        CHECK(memcmp(again, data, size) == 0);
        free(again);
    }
    worker_stats_free(event.stats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    as_command(data, size);
    as_event(data, size);
    return 0;
}
