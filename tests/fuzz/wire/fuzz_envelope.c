/* Any bytes as a frame of a data channel: what is read is written as the same bytes again. */
#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/wire/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span frame = {data, size};
    while (frame.length > 0) {
        struct envelope envelope;
        struct span before = frame;
        if (envelope_read(&frame, &envelope) != 0)
            break;
        size_t length = before.length - frame.length;
        CHECK(length == envelope_size(&envelope) && length <= ENVELOPE_MAX);
        uint8_t *again = mem_alloc(length);
        CHECK(envelope_write(&envelope, again) == length);
        CHECK(memcmp(again, before.data, length) == 0);
        free(again);
    }
    return 0;
}
