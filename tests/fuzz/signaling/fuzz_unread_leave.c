/* Any bytes as what a broken socket still holds: nothing but a whole, masked `leave` counts. */
#include <stdint.h>

#include "signaling/session/unread_leave.h"
#include "transport/base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool has_left = unread_leave_find(data, size, 0);
    CHECK(!has_left || size >= 2 + 4 + sizeof "{\"type\":\"leave\"}" - 1);
    for (size_t skip = 1; skip < 16; skip++)
        (void)unread_leave_find(data, size, skip);
    return 0;
}
