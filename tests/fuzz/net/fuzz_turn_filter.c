/* What a TURN server sends: as a datagram, and as a stream. The first byte chooses how the stream is cut into reads. */
#include <stdint.h>

#include "transport/base/check.h"
#include "transport/net/turn_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t step = size > 0 ? 1u + data[0] : 1, passed = 0;
    struct turn_stream stream = {0};
    uint8_t out[256 + TURN_ANSWER_MAX];
    if (size > 0)
        (void)turn_filter_accepts(data + 1, size - 1);
    for (size_t at = 1; at < size; at += step) {
        ssize_t more = turn_stream_take(&stream, data + at, size - at < step ? size - at : step, out);
        if (more < 0)
            break;
        passed += (size_t)more;
    }
    CHECK(passed < size || size == 0);
    return 0;
}
