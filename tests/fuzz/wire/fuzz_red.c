/* RED: whatever the block headers say, the newest block lies inside the payload; and headers that are written anew
 * read the same but for what they call the codec. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/wire/frame.h"
#include "transport/wire/red.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OTHER_NAME 77

static void rename_and_compare(const struct frame_info *info, const uint8_t *data, size_t size)
{
    struct frame_info again;
    uint8_t *copy = mem_alloc(size);
    memcpy(copy, data, size);
    red_set_payload_type(copy, info->red_header_length, OTHER_NAME);
    CHECK(frame_parse(&again, CODEC_RED, copy, size) == 0);
    CHECK(again.red_payload_type == OTHER_NAME);
    CHECK(again.red_header_length == info->red_header_length && again.descriptor_length == info->descriptor_length);
    size_t head = info->red_header_length;
    CHECK(memcmp(copy + head, data + head, size - head) == 0);
    free(copy);
}

/* They lie one behind the other between the headers and the newest block. */
static void look_at_older(const struct frame_info *info, const uint8_t *data, size_t size)
{
    struct red_block blocks[3];
    size_t count = red_older_blocks(data, size, blocks, 3);
    CHECK(count <= 3 && count <= info->red_header_length / 4u);
    const uint8_t *end = data + info->descriptor_length;
    for (size_t i = count; i-- > 0; end = blocks[i].data) {
        CHECK(blocks[i].data + blocks[i].length == end);
        CHECK(blocks[i].data >= data + info->red_header_length);
        CHECK(blocks[i].payload_type < 128 && blocks[i].timestamp_offset <= RED_OLDER_OFFSET_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_info info;
    int error = frame_parse(&info, CODEC_RED, data, size);
    CHECK(error == 0 || error == ERR_TRUNCATED);
    if (error != 0 || size == 0)
        return 0;
    CHECK(info.red_header_length >= 1 && info.red_header_length % 4 == 1);
    CHECK(info.red_header_length <= info.descriptor_length && info.descriptor_length <= size);
    CHECK(info.red_payload_type < 128);
    CHECK(!info.has_layers && info.picture_id_bits == 0);
    rename_and_compare(&info, data, size);
    look_at_older(&info, data, size);
    return 0;
}
