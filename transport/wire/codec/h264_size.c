/* H.264 section 7.3.2.1.1: all fields of a sequence parameter set up to the size. */
#include "transport/wire/codec/h264_size.h"

#include "transport/base/bits.h"

#define SET_MAX 128 /* the size is before this, but with more scaling lists than any encoder writes */
#define ORDER_CYCLE_MAX 255
#define MACROBLOCK 16

enum { CHROMA_NONE = 0, CHROMA_420 = 1, CHROMA_422 = 2, CHROMA_444 = 3 };

/* Without the bytes that keep start codes out (section 7.4.1): 00 00 03 stands for 00 00. */
static size_t unescape(uint8_t out[SET_MAX], const uint8_t *data, size_t length)
{
    size_t used = 0;
    unsigned zeros = 0;
    for (size_t i = 0; i < length && used < SET_MAX; i++) {
        bool is_escape = zeros >= 2 && data[i] == 3;
        zeros = data[i] == 0 ? zeros + 1 : 0;
        if (!is_escape)
            out[used++] = data[i];
    }
    return used;
}

/* ue(v), section 9.1. What is too long for a field of a real parameter set ends the reader. */
static unsigned take_unsigned(struct bits *bits)
{
    unsigned zeros = 0;
    while (!bits->is_short && bits_take(bits, 1) == 0)
        zeros++;
    if (zeros > 16)
        bits->is_short = true;
    return bits->is_short ? 0 : (1u << zeros) - 1 + bits_take(bits, zeros);
}

/* se(v), section 9.1.1. */
static int take_signed(struct bits *bits)
{
    int value = (int)take_unsigned(bits);
    return value % 2 != 0 ? (value + 1) / 2 : -value / 2;
}

/* Section 7.3.2.1.1.1. */
static void skip_scaling_list(struct bits *bits, unsigned size)
{
    int last = 8, next = 8;
    for (unsigned i = 0; i < size && next != 0 && !bits->is_short; i++) {
        next = (last + take_signed(bits)) & 0xff;
        last = next != 0 ? next : last;
    }
}

static bool has_chroma(unsigned profile_idc)
{
    static const uint8_t profiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
    for (size_t i = 0; i < sizeof profiles; i++)
        if (profiles[i] == profile_idc)
            return true;
    return false;
}

/* What the high profiles have; returns chroma_format_idc. */
static unsigned take_chroma(struct bits *bits)
{
    unsigned chroma = take_unsigned(bits);
    if (chroma == CHROMA_444)
        (void)bits_take(bits, 1); /* separate_colour_plane_flag */
    (void)take_unsigned(bits);    /* bit_depth_luma_minus8 */
    (void)take_unsigned(bits);    /* bit_depth_chroma_minus8 */
    (void)bits_take(bits, 1);     /* qpprime_y_zero_transform_bypass_flag */
    bool has_lists = bits_take(bits, 1) != 0;
    for (unsigned i = 0; has_lists && i < (chroma == CHROMA_444 ? 12u : 8u); i++)
        if (bits_take(bits, 1) != 0)
            skip_scaling_list(bits, i < 6 ? 16 : 64);
    return chroma;
}

static void skip_picture_order(struct bits *bits)
{
    unsigned type = take_unsigned(bits);
    if (type == 0)
        (void)take_unsigned(bits); /* log2_max_pic_order_cnt_lsb_minus4 */
    if (type != 1)
        return;
    (void)bits_take(bits, 1); /* delta_pic_order_always_zero_flag */
    (void)take_signed(bits);  /* offset_for_non_ref_pic */
    (void)take_signed(bits);  /* offset_for_top_to_bottom_field */
    unsigned count = take_unsigned(bits);
    for (unsigned i = 0; i < count && i < ORDER_CYCLE_MAX && !bits->is_short; i++)
        (void)take_signed(bits);
}

/* 0: nothing is left, or too much. */
static uint16_t side(unsigned macroblocks, unsigned cut)
{
    unsigned pixels = macroblocks * MACROBLOCK;
    return cut < pixels && pixels - cut <= UINT16_MAX ? (uint16_t)(pixels - cut) : 0;
}

bool h264_read_size(const uint8_t *data, size_t length, uint16_t *width, uint16_t *height)
{
    uint8_t bytes[SET_MAX];
    struct bits bits = {.data = bytes, .count = 8 * unescape(bytes, data, length)};
    unsigned profile_idc = bits_take(&bits, 8), cut[4] = {0};
    (void)bits_take(&bits, 16); /* constraints, level */
    (void)take_unsigned(&bits); /* seq_parameter_set_id */
    unsigned chroma = has_chroma(profile_idc) ? take_chroma(&bits) : CHROMA_420;
    (void)take_unsigned(&bits); /* log2_max_frame_num_minus4 */
    skip_picture_order(&bits);
    (void)take_unsigned(&bits); /* max_num_ref_frames */
    (void)bits_take(&bits, 1);  /* gaps_in_frame_num_value_allowed_flag */
    unsigned columns = take_unsigned(&bits) + 1, rows = take_unsigned(&bits) + 1;
    unsigned fields = bits_take(&bits, 1) != 0 ? 1 : 2; /* frame_mbs_only_flag */
    if (fields == 2)
        (void)bits_take(&bits, 1); /* mb_adaptive_frame_field_flag */
    (void)bits_take(&bits, 1);     /* direct_8x8_inference_flag */
    if (bits_take(&bits, 1) != 0)  /* left, right, top, bottom, in units of chroma samples */
        for (unsigned i = 0; i < 4; i++)
            cut[i] = take_unsigned(&bits);
    bool is_half_wide = chroma == CHROMA_420 || chroma == CHROMA_422, is_half_high = chroma == CHROMA_420;
    *width = side(columns, (cut[0] + cut[1]) * (is_half_wide ? 2 : 1));
    *height = side(rows * fields, (cut[2] + cut[3]) * (is_half_high ? 2 : 1) * fields);
    return !bits.is_short && *width != 0 && *height != 0;
}
