#include "client/media/coded_size.h"

#include "client/media/little_endian.h"
#include "transport/base/bits.h"
#include "transport/base/error.h"

#define VP8_KEYFRAME_HEADER 10
#define VP9_REFERENCES 3

static int read_vp8(struct coded_size *size, const uint8_t *data, size_t length)
{
    if (length == 0)
        return ERR_INVALID;
    if ((data[0] & 1) != 0)
        return 0; /* not a keyframe */
    if (length < VP8_KEYFRAME_HEADER)
        return ERR_INVALID;
    size->width = le_get_u16(data + 6) & 0x3fff; /* the two bits above are for scaling */
    size->height = le_get_u16(data + 8) & 0x3fff;
    return 0;
}

static void take_size(struct bits *bits, struct coded_size *size)
{
    size->width = bits_take(bits, 16) + 1;
    size->height = bits_take(bits, 16) + 1;
}

/* The size may be that of a reference, which was within the limits when it was decoded. */
static void take_size_with_references(struct bits *bits, struct coded_size *size)
{
    for (int i = 0; i < VP9_REFERENCES; i++)
        if (bits_take(bits, 1) == 1)
            return;
    take_size(bits, size);
}

static void take_key(struct bits *bits, struct coded_size *size)
{
    bits_take(bits, 24 + 3 + 1); /* sync code, color space and range */
    take_size(bits, size);
}

static void take_inter(struct bits *bits, struct coded_size *size, bool is_shown, bool is_resilient)
{
    bool is_intra_only = !is_shown && bits_take(bits, 1) == 1;
    if (!is_resilient)
        bits_take(bits, 2); /* reset_frame_context */
    if (is_intra_only) {
        bits_take(bits, 24 + 8); /* sync code, refresh_frame_flags */
        take_size(bits, size);
    } else {
        bits_take(bits, 8 + VP9_REFERENCES * 4); /* refresh_frame_flags; an index and a sign for each reference */
        take_size_with_references(bits, size);
    }
}

static int read_vp9(struct coded_size *size, const uint8_t *data, size_t length)
{
    struct bits bits = {.data = data, .count = length * 8};
    unsigned marker = bits_take(&bits, 2), profile = bits_take(&bits, 2); /* a profile of 0 is ours */
    if (marker != 2 || profile != 0)
        return ERR_INVALID;
    if (bits_take(&bits, 1) == 1) /* shows a frame that is there already */
        return bits.is_short ? ERR_INVALID : 0;
    bool is_inter = bits_take(&bits, 1) == 1;
    bool is_shown = bits_take(&bits, 1) == 1, is_resilient = bits_take(&bits, 1) == 1;
    if (is_inter)
        take_inter(&bits, size, is_shown, is_resilient);
    else
        take_key(&bits, size);
    return bits.is_short ? ERR_INVALID : 0;
}

int coded_size_read(struct coded_size *size, enum codec codec, const uint8_t *data, size_t length)
{
    *size = (struct coded_size){0};
    return codec == CODEC_VP8   ? read_vp8(size, data, length)
           : codec == CODEC_VP9 ? read_vp9(size, data, length)
                                : ERR_UNSUPPORTED;
}

bool coded_size_is_bearable(const struct coded_size *size)
{
    return size->width <= CODED_SIDE_MAX && size->height <= CODED_SIDE_MAX &&
           size->width * size->height <= CODED_PIXELS_MAX;
}
