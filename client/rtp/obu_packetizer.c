#include "client/rtp/obu_packetizer.h"

#include <string.h>

/* The aggregation header: Z (its first element continues an OBU), Y (its last one goes on), W (0: each element tells
 * its size), N (a coded video sequence begins). */
#define AGGREGATION_HEAD 1
#define CONTINUES 0x80
#define GOES_ON 0x40
#define NEW_SEQUENCE 0x08
#define ELEMENT_SIZE 2 /* what its size takes of a packet, at most */
#define ELEMENT_ROOM 8 /* with less, no other element is begun */

enum { OBU_TEMPORAL_DELIMITER = 2, OBU_TILE_LIST = 8, OBU_PADDING = 15 };
#define OBU_EXTENSION 0x04
#define OBU_SIZE 0x02
#define LEB128_MAX 8

/* LEB128 (AV1 specification section 4.10.5); false: it is not complete, or more than there is. */
static bool take_size(const uint8_t **at, const uint8_t *end, size_t *size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < LEB128_MAX && *at < end; i++) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            *size = (size_t)value;
            return value <= (uint64_t)(end - *at);
        }
    }
    return false;
}

/* False: there is none, or it is malformed, and then nothing more of the frame is sent. */
static bool read_obu(struct obu_packetizer *packetizer)
{
    const uint8_t *at = packetizer->rest, *end = packetizer->end;
    if (at >= end)
        return false;
    packetizer->head_left = (*at & OBU_EXTENSION) != 0 ? 2 : 1;
    if ((size_t)(end - at) < packetizer->head_left)
        return false;
    memcpy(packetizer->head, at, packetizer->head_left);
    at += packetizer->head_left;
    packetizer->left = (size_t)(end - at);
    if ((packetizer->head[0] & OBU_SIZE) != 0 && !take_size(&at, end, &packetizer->left))
        return false;
    packetizer->head[0] &= (uint8_t)~OBU_SIZE;
    packetizer->body = at;
    packetizer->rest = at + packetizer->left;
    return true;
}

static void take_obu(struct obu_packetizer *packetizer)
{
    while ((packetizer->has_obu = read_obu(packetizer))) {
        unsigned type = packetizer->head[0] >> 3 & 0x0f;
        if (type != OBU_TEMPORAL_DELIMITER && type != OBU_TILE_LIST && type != OBU_PADDING)
            return;
    }
    packetizer->rest = packetizer->end;
}

void obu_packetizer_frame(struct obu_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max)
{
    packetizer->payload_max = payload_max;
    packetizer->rest = frame->data;
    packetizer->end = frame->data + frame->length;
    packetizer->is_first = true;
    packetizer->is_keyframe = frame->keyframe;
    take_obu(packetizer);
}

/* How much of the OBU goes into `room` bytes. Where it would end with the packet, and another follows, some of it is
 * left: receivers take a packet that does not continue an OBU for the first of its frame. */
static size_t choose_part(const struct obu_packetizer *packetizer, size_t room)
{
    size_t whole = packetizer->head_left + packetizer->left;
    if (whole > room)
        return room;
    bool is_followed = packetizer->rest < packetizer->end;
    return is_followed && room - whole < ELEMENT_ROOM && whole > ELEMENT_ROOM ? whole - ELEMENT_ROOM / 2 : whole;
}

static size_t write_element(struct obu_packetizer *packetizer, size_t part, uint8_t *out)
{
    size_t at = 0;
    if (part >= 0x80)
        out[at++] = (uint8_t)((part & 0x7f) | 0x80);
    out[at++] = (uint8_t)(part >= 0x80 ? part >> 7 : part);
    memcpy(out + at, packetizer->head, packetizer->head_left);
    at += packetizer->head_left;
    part -= packetizer->head_left;
    packetizer->head_left = 0;
    memcpy(out + at, packetizer->body, part);
    packetizer->body += part;
    packetizer->left -= part;
    return at + part;
}

size_t obu_packetizer_next(struct obu_packetizer *packetizer, uint8_t *out, bool *is_last)
{
    size_t at = AGGREGATION_HEAD;
    if (!packetizer->has_obu)
        return 0;
    out[0] = (uint8_t)((packetizer->continues ? CONTINUES : 0) |
                       (packetizer->is_first && packetizer->is_keyframe ? NEW_SEQUENCE : 0));
    packetizer->is_first = packetizer->continues = false;
    while (packetizer->has_obu && !packetizer->continues && packetizer->payload_max - at >= ELEMENT_ROOM) {
        size_t part = choose_part(packetizer, packetizer->payload_max - at - ELEMENT_SIZE);
        at += write_element(packetizer, part, out + at);
        packetizer->continues = packetizer->left > 0;
        if (packetizer->left == 0)
            take_obu(packetizer);
    }
    if (packetizer->continues)
        out[0] |= GOES_ON;
    *is_last = !packetizer->has_obu;
    return at;
}
