/* RTP headers: nothing that was parsed points outside the packet, and writing the fixed header gives the bytes back. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/wire/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_header(const struct rtp_header *header, const uint8_t *data, size_t size)
{
    uint8_t out[RTP_HEADER_SIZE];
    bool has_extension = (data[0] & 0x10) != 0;
    size_t end = (size_t)header->payload_offset + header->payload_length + header->padding_length;
    CHECK(end == size);
    if (has_extension)
        CHECK(header->extension_offset + header->extension_length == header->payload_offset);
    else
        CHECK(header->extension_profile == 0 && header->extension_length == 0);
    rtp_write_fixed(out, header, has_extension);
    CHECK(out[0] == (data[0] & 0xd0)); /* without padding bit and CSRC count */
    CHECK(memcmp(out + 1, data + 1, RTP_HEADER_SIZE - 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rtp_header header, protected;
    int error = rtp_parse_protected(&protected, data, size);
    if (error == 0) {
        CHECK(protected.padding_length == 0);
        check_header(&protected, data, size);
    }
    if (rtp_parse(&header, data, size) == 0) {
        CHECK(error == 0);
        CHECK(header.payload_offset == protected.payload_offset);
        check_header(&header, data, size);
    }
    if (packet_classify(data, size) == PACKET_RTP)
        CHECK(data[0] >> 6 == 2);
    return 0;
}
