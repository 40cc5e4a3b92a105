#include "client/rtp/h264_packetizer.h"

#include <string.h>

#define START_CODE 3
/* Section 5.8: the unit's header is spread over the first two bytes of each fragment. */
#define FRAGMENT_HEAD 2
#define FU_A 28
#define FU_START 0x80
#define FU_END 0x40
#define TYPE 0x1f

static const uint8_t *find_start_code(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= START_CODE; at++)
        if (at[0] == 0 && at[1] == 0 && at[2] == 1)
            return at;
    return end;
}

/* H.264 annex B: zeros may stand before a start code, and no unit ends with one. */
static void take_unit(struct h264_packetizer *packetizer)
{
    packetizer->left = 0;
    while (packetizer->left == 0 && packetizer->rest < packetizer->end) {
        const uint8_t *code = find_start_code(packetizer->rest, packetizer->end);
        packetizer->unit = code < packetizer->end ? code + START_CODE : code;
        packetizer->rest = find_start_code(packetizer->unit, packetizer->end);
        const uint8_t *last = packetizer->rest;
        while (last > packetizer->unit && last[-1] == 0)
            last--;
        packetizer->left = (size_t)(last - packetizer->unit);
    }
    packetizer->is_fragmented = packetizer->left > packetizer->payload_max;
    packetizer->is_start = true;
    if (packetizer->left > 0)
        packetizer->header = packetizer->unit[0];
    if (packetizer->is_fragmented) {
        packetizer->unit++;
        packetizer->left--;
    }
}

void h264_packetizer_frame(struct h264_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max)
{
    packetizer->payload_max = payload_max;
    packetizer->rest = frame->data;
    packetizer->end = frame->data + frame->length;
    take_unit(packetizer);
}

static size_t write_fragment(struct h264_packetizer *packetizer, uint8_t *out)
{
    size_t room = packetizer->payload_max - FRAGMENT_HEAD;
    size_t part = packetizer->left < room ? packetizer->left : room;
    bool is_end = part == packetizer->left;
    out[0] = (uint8_t)((packetizer->header & ~TYPE) | FU_A);
    out[1] = (uint8_t)((packetizer->header & TYPE) | (packetizer->is_start ? FU_START : 0) | (is_end ? FU_END : 0));
    memcpy(out + FRAGMENT_HEAD, packetizer->unit, part);
    packetizer->is_start = false;
    packetizer->unit += part;
    packetizer->left -= part;
    return FRAGMENT_HEAD + part;
}

static size_t write_whole(struct h264_packetizer *packetizer, uint8_t *out)
{
    size_t length = packetizer->left;
    memcpy(out, packetizer->unit, length);
    packetizer->left = 0;
    return length;
}

size_t h264_packetizer_next(struct h264_packetizer *packetizer, uint8_t *out, bool *is_last)
{
    if (packetizer->left == 0)
        return 0;
    size_t length = packetizer->is_fragmented ? write_fragment(packetizer, out) : write_whole(packetizer, out);
    if (packetizer->left == 0)
        take_unit(packetizer);
    *is_last = packetizer->left == 0;
    return length;
}
