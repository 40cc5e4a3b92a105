#include "tests/support/rtcp.h"

bool rtcp_is_pli(const struct rtcp_packet *packet)
{
    return packet->type == RTCP_PSFB && packet->count == PSFB_PLI;
}

unsigned rtcp_count_plis(const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    unsigned count = 0;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        count += rtcp_is_pli(&packet);
    return count;
}
