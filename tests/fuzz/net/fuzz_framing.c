/* RFC 4571 framing: the first byte chooses how the stream is cut into reads. */
#include <stdint.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/net/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct framing framing;
    size_t step = size > 0 ? 1u + data[0] : 1;
    framing_init(&framing);
    for (size_t at = 1; at < size; at += step) {
        size_t capacity, length, part = size - at < step ? size - at : step;
        uint8_t *frame, *space = framing_space(&framing, &capacity);
        CHECK(capacity >= part);
        memcpy(space, data + at, part);
        framing_added(&framing, part);
        int result;
        while ((result = framing_next(&framing, &frame, &length)) > 0) {
            CHECK(length <= FRAMING_MAX);
            memset(frame, 0, length); /* a frame may be written to */
        }
        if (result < 0)
            return 0;
    }
    return 0;
}
