/* Any bytes as a message that opens a data channel: what is read is written as a message of the same meaning. */
#include <string.h>

#include "transport/base/check.h"
#include "transport/peer/dcep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dcep_message message, again;
    uint8_t written[DCEP_OPEN_MAX];
    if (dcep_read(&message, data, size) != 0)
        return 0;
    CHECK(dcep_read(&again, written, dcep_write(&message, written)) == 0);
    CHECK(memcmp(&again, &message, sizeof again) == 0);
    return 0;
}
