#include "client/media/pattern.h"

#include <string.h>

#include "transport/base/bytes.h"

/* 10 bytes: frame number (3), time in us modulo 2^40 (5), checksum (2); one block per bit, by rows. */
#define CODE_BYTES 10
#define CODE_COLUMNS 20U
#define CODE_ROWS 4U
#define CODE_HEIGHT_SHARE 4U /* of the picture */
#define TIME_BITS 40
#define LUMA_ZERO 32
#define LUMA_ONE 224
#define LUMA_BORDER 128

static uint16_t checksum(const uint8_t *data, size_t length) /* CRC-16/CCITT */
{
    unsigned crc = 0xffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned)data[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
    }
    return (uint16_t)crc;
}

struct block {
    unsigned left, right, top, bottom;
};

static struct block block_at(const struct picture *picture, unsigned index)
{
    unsigned column = index % CODE_COLUMNS, row = index / CODE_COLUMNS;
    unsigned height = picture->height / CODE_HEIGHT_SHARE;
    return (struct block){picture->width * column / CODE_COLUMNS, picture->width * (column + 1) / CODE_COLUMNS,
                          height * row / CODE_ROWS, height * (row + 1) / CODE_ROWS};
}

static void fill(struct picture *picture, int plane, const struct block *block, uint8_t value)
{
    unsigned shift = plane == 0 ? 0 : 1;
    unsigned left = block->left >> shift, right = block->right >> shift;
    for (unsigned y = block->top >> shift; y < block->bottom >> shift; y++)
        memset(picture->planes[plane] + y * picture->strides[plane] + left, value, right - left);
}

static void draw_code(struct picture *picture, uint32_t frame, int64_t wall_us)
{
    uint8_t code[CODE_BYTES];
    uint64_t time = (uint64_t)wall_us & (((uint64_t)1 << TIME_BITS) - 1);
    put_u24(code, frame % PATTERN_FRAME_LIMIT);
    code[3] = (uint8_t)(time >> 32);
    put_u32(code + 4, (uint32_t)time);
    put_u16(code + 8, checksum(code, 8));
    for (unsigned i = 0; i < CODE_BYTES * 8; i++) {
        struct block block = block_at(picture, i);
        fill(picture, 0, &block, code[i / 8] & 0x80 >> i % 8 ? LUMA_ONE : LUMA_ZERO);
    }
    struct block strip = {0, picture->width, 0, picture->height / CODE_HEIGHT_SHARE};
    fill(picture, 1, &strip, 128);
    fill(picture, 2, &strip, 128);
}

/* A triangle wave of the given length, 0..127. */
static uint8_t wave(unsigned at, unsigned length)
{
    unsigned phase = at % length * 254 / length;
    return (uint8_t)(phase < 127 ? phase : 253 - phase);
}

/* A soft ramp that wanders to the left; each row is the same line a little later. */
static void draw_background(struct picture *picture, uint32_t frame)
{
    uint8_t line[2 * PICTURE_SIDE_MAX];
    unsigned width = picture->width;
    for (unsigned x = 0; x < 2 * width; x++)
        line[x] = (uint8_t)(64 + wave(x + frame * 3 % width, width));
    for (unsigned y = picture->height / CODE_HEIGHT_SHARE; y < picture->height; y++)
        memcpy(picture->planes[0] + y * picture->strides[0], line + y % width, width);
}

static unsigned bounce(unsigned at, unsigned range)
{
    if (range == 0)
        return 0;
    unsigned phase = at % (2 * range);
    return phase < range ? phase : 2 * range - phase;
}

/* Where it is depends on the frame alone, so that whoever has read its number can draw the picture again. */
static void draw_box(struct picture *picture, uint32_t frame, uint32_t seed)
{
    unsigned top = picture->height / CODE_HEIGHT_SHARE, side = picture->height / 6;
    unsigned left = bounce(frame * 5, picture->width - side);
    unsigned down = top + bounce(frame * 3, picture->height - top - side);
    struct block box = {left & ~1U, (left + side) & ~1U, down & ~1U, (down + side) & ~1U};
    fill(picture, 0, &box, 220);
    fill(picture, 1, &box, (uint8_t)(seed >> 8 & 0xff));
    fill(picture, 2, &box, (uint8_t)(255 - (seed >> 8 & 0xff)));
}

void pattern_draw(struct picture *picture, uint32_t frame, int64_t wall_us, uint32_t seed)
{
    picture_fill(picture, 1, (uint8_t)(80 + seed % 97));
    picture_fill(picture, 2, (uint8_t)(80 + seed / 97 % 97));
    draw_background(picture, frame);
    draw_box(picture, frame, seed);
    draw_code(picture, frame, wall_us);
}

/* The mean of the block's inner half: its borders are blurred by compression. */
static unsigned block_luma(const struct picture *picture, const struct block *block)
{
    unsigned width = block->right - block->left, height = block->bottom - block->top;
    unsigned left = block->left + width / 4, right = block->right - width / 4;
    unsigned top = block->top + height / 4, bottom = block->bottom - height / 4;
    unsigned sum = 0, count = 0;
    for (unsigned y = top; y < bottom; y++)
        for (unsigned x = left; x < right; x++, count++)
            sum += picture->planes[0][y * picture->strides[0] + x];
    return count > 0 ? sum / count : LUMA_BORDER;
}

bool pattern_read(const struct picture *picture, int64_t near_wall_us, uint32_t *frame, int64_t *wall_us)
{
    uint8_t code[CODE_BYTES] = {0};
    for (unsigned i = 0; i < CODE_BYTES * 8; i++) {
        struct block block = block_at(picture, i);
        if (block_luma(picture, &block) > LUMA_BORDER)
            code[i / 8] = (uint8_t)(code[i / 8] | 0x80 >> i % 8);
    }
    if (get_u16(code + 8) != checksum(code, 8))
        return false;
    uint64_t time = (uint64_t)code[3] << 32 | get_u32(code + 4);
    /* The nearest time with these low bits. */
    int64_t difference = (int64_t)((time - (uint64_t)near_wall_us) << (64 - TIME_BITS)) >> (64 - TIME_BITS);
    *frame = get_u24(code);
    *wall_us = near_wall_us + difference;
    return true;
}
