/* Header extensions of both forms: values lie inside the block, and what was read can be written and read again.
 * The first byte chooses the form, the second the ids, the rest is the block. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/wire/extension.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCK_START (RTP_HEADER_SIZE + 4)
#define BLOCK_MAX 4096

/* A packet that is nothing but header and extension block; its length is exact, so that ASan sees a read past it. */
static uint8_t *make_packet(struct rtp_header *header, uint16_t profile, const uint8_t *block, size_t length)
{
    static const struct rtp_header fixed = {.payload_type = 96, .sequence = 1, .ssrc = 2};
    size_t padded = (length + 3) & ~(size_t)3;
    uint8_t *packet = mem_alloc(BLOCK_START + padded);
    rtp_write_fixed(packet, &fixed, true);
    put_u16(packet + RTP_HEADER_SIZE, profile);
    put_u16(packet + RTP_HEADER_SIZE + 2, (uint16_t)(padded / 4));
    if (length > 0)
        memcpy(packet + BLOCK_START, block, length);
    CHECK(rtp_parse(header, packet, BLOCK_START + padded) == 0);
    return packet;
}

static void write_and_compare(const struct extension_map *map, const struct extension_values *values,
                              const uint8_t *packet, bool two_byte)
{
    uint8_t out[RTP_HEADER_SIZE + BLOCK_MAX];
    struct extension_writer writer;
    struct extension_values again;
    struct rtp_header header;
    bool written[EXTENSION_COUNT];
    extension_writer_init(&writer, out + RTP_HEADER_SIZE, BLOCK_MAX, two_byte);
    for (int i = 0; i < EXTENSION_COUNT; i++) {
        int offset = extension_write(&writer, map->id[i], packet + values->at[i].offset, values->at[i].length);
        CHECK(!two_byte || offset >= 0);
        written[i] = offset > 0;
    }
    size_t length = extension_writer_finish(&writer);
    rtp_write_fixed(out, &(struct rtp_header){.payload_type = 96}, length > 0);
    CHECK(rtp_parse(&header, out, RTP_HEADER_SIZE + length) == 0);
    CHECK(extension_parse(&again, map, out, &header) == 0);
    for (int i = 0; i < EXTENSION_COUNT; i++) {
        CHECK(again.at[i].length == (written[i] ? values->at[i].length : 0));
        CHECK(memcmp(out + again.at[i].offset, packet + values->at[i].offset, again.at[i].length) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t profiles[] = {0xbede, 0x1000, 0x100f, 0xbede, 0x1234};
    struct extension_map map;
    struct extension_values values;
    struct rtp_header header;
    if (size < 2 || size - 2 > BLOCK_MAX)
        return 0;
    for (int i = 0; i < EXTENSION_COUNT; i++)
        map.id[i] = (uint8_t)(data[1] + i + 1); /* wraps: one of them may be 0, that is, not negotiated */
    uint16_t profile = profiles[data[0] % (sizeof profiles / sizeof profiles[0])];
    uint8_t *packet = make_packet(&header, profile, data + 2, size - 2);
    if (extension_parse(&values, &map, packet, &header) == 0) {
        for (int i = 0; i < EXTENSION_COUNT; i++) {
            size_t offset = values.at[i].offset;
            CHECK(values.at[i].length == 0 || map.id[i] != 0);
            CHECK(values.at[i].length == 0 || offset > header.extension_offset);
            CHECK(offset + values.at[i].length <= (size_t)header.extension_offset + header.extension_length);
        }
        write_and_compare(&map, &values, packet, true);
        write_and_compare(&map, &values, packet, false);
    }
    free(packet);
    return 0;
}
