#include "transport/wire/vp8_writer.h"

#include <string.h>

#include "transport/base/bytes.h"

size_t vp8_write_descriptor(uint8_t out[VP8_DESCRIPTOR_MAX], const struct vp8_part *part)
{
    uint8_t *at = out + 1;
    bool has_more = part->has_picture || part->has_layers;
    out[0] = (uint8_t)((has_more ? 0x80 : 0) | (part->is_needless ? 0x20 : 0) | (part->is_start ? 0x10 : 0));
    if (!has_more)
        return 1;
    *at++ = (uint8_t)((part->has_picture ? 0x80 : 0) | (part->has_layers ? 0x60 : 0));
    if (part->has_picture) {
        put_u16(at, (uint16_t)(0x8000 | (part->picture & 0x7fff)));
        at += 2;
    }
    if (part->has_layers) {
        *at++ = part->tl0;
        *at++ = (uint8_t)(part->temporal << 6 | (part->is_sync ? 0x20 : 0));
    }
    return (size_t)(at - out);
}

static void put_side(uint8_t *out, unsigned side)
{
    out[0] = (uint8_t)side;
    out[1] = (uint8_t)(side >> 8);
}

size_t vp8_write_head(uint8_t out[VP8_HEAD_SIZE], bool is_key, unsigned width, unsigned height)
{
    static const uint8_t key[] = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a}, delta[] = {0x11, 0x02, 0x00};
    memset(out, 0, VP8_HEAD_SIZE);
    memcpy(out, is_key ? key : delta, is_key ? sizeof key : sizeof delta);
    if (is_key) {
        put_side(out + 6, width);
        put_side(out + 8, height);
    }
    return VP8_HEAD_SIZE;
}

size_t vp8_write_part(uint8_t out[VP8_PART_MAX], const struct vp8_part *part)
{
    bool has_size = part->width > 0;
    size_t length = vp8_write_descriptor(out, part);
    return length +
           vp8_write_head(out + length, part->is_key, has_size ? part->width : 320, has_size ? part->height : 240);
}
