/* Dependency descriptors, one after the other: the structure of one is used by the next. The first byte is the length
 * of each. */
#include <stddef.h>
#include <stdint.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/wire/dependency.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dependency_structure structure = {0};
    struct dependency frame;
    while (size > 0) {
        size_t length = data[0] < size - 1 ? data[0] : size - 1;
        int error = dependency_parse(&frame, &structure, data + 1, length);
        CHECK(error == 0 || error == ERR_TRUNCATED || error == ERR_INVALID || error == ERR_NOT_FOUND);
        CHECK(structure.template_count <= DEPENDENCY_TEMPLATES_MAX && structure.target_count <= DEPENDENCY_TARGETS_MAX);
        CHECK(error != 0 || frame.spatial_id < structure.spatial_count);
        data += length + 1;
        size -= length + 1;
    }
    return 0;
}
