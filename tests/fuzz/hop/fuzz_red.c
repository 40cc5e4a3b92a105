/* RED: whatever the block headers say, the newest block lies inside the payload; and headers that are written anew
 * read the same but for what they call the codec. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/hop/redundancy.h"
#include "transport/wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OTHER_NAME 77

static void rename_and_compare(const struct frame_info *info, const uint8_t *data, size_t size)
{
    struct frame_info again;
    uint8_t *copy = mem_alloc(size);
    memcpy(copy, data, size);
    codec_format(CODEC_RED)->rewrap(copy, data, info->wrapper_length, OTHER_NAME);
    CHECK(frame_parse(&again, CODEC_RED, copy, size) == 0);
    CHECK(again.inside_payload_type == OTHER_NAME);
    CHECK(again.wrapper_length == info->wrapper_length && again.descriptor_length == info->descriptor_length);
    size_t head = info->wrapper_length;
    CHECK(memcmp(copy + head, data + head, size - head) == 0);
    free(copy);
}

/* They lie one behind the other between the headers and the newest block. */
static void look_at_older(const struct frame_info *info, const uint8_t *data)
{
    struct redundant_block blocks[3];
    size_t count = redundancy_split(data, info, blocks, 3);
    CHECK(count <= 3 && count <= info->wrapper_length / 4u);
    const uint8_t *end = data + info->descriptor_length;
    for (size_t i = count; i-- > 0; end = blocks[i].data) {
        CHECK(blocks[i].data + blocks[i].length == end);
        CHECK(blocks[i].data >= data + info->wrapper_length);
        CHECK(blocks[i].payload_type < 128 && blocks[i].timestamp_offset <= REDUNDANCY_OLDER_OFFSET_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_info info;
    int error = frame_parse(&info, CODEC_RED, data, size);
    CHECK(error == 0 || error == ERR_TRUNCATED);
    if (error != 0 || size == 0)
        return 0;
    CHECK(info.wrapper_length >= 1 && info.wrapper_length % 4 == 1);
    CHECK(info.wrapper_length <= info.descriptor_length && info.descriptor_length <= size);
    CHECK(info.inside_payload_type < 128);
    CHECK(!info.has_layers && info.picture_id_bits == 0);
    rename_and_compare(&info, data, size);
    look_at_older(&info, data);
    return 0;
}
