#include "client/media/picture_quality.h"

#include "client/media/pattern.h"

#define WINDOW 8U
#define STEP 4U
#define LOOK_EVERY (1 * USEC_PER_SEC)

static double window_ssim(const uint8_t *one, size_t one_stride, const uint8_t *other, size_t other_stride)
{
    static const double c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255, pixels = WINDOW * WINDOW;
    unsigned sum_one = 0, sum_other = 0, squares_one = 0, squares_other = 0, products = 0;
    for (size_t y = 0; y < WINDOW; y++) {
        for (size_t x = 0; x < WINDOW; x++) {
            unsigned a = one[y * one_stride + x], b = other[y * other_stride + x];
            sum_one += a;
            sum_other += b;
            squares_one += a * a;
            squares_other += b * b;
            products += a * b;
        }
    }
    double mean_one = sum_one / pixels, mean_other = sum_other / pixels;
    double variance_one = squares_one / pixels - mean_one * mean_one;
    double variance_other = squares_other / pixels - mean_other * mean_other;
    double covariance = products / pixels - mean_one * mean_other;
    return (2 * mean_one * mean_other + c1) * (2 * covariance + c2) /
           ((mean_one * mean_one + mean_other * mean_other + c1) * (variance_one + variance_other + c2));
}

double picture_ssim(const struct picture *one, const struct picture *other)
{
    double sum = 0;
    unsigned count = 0;
    for (unsigned y = 0; y + WINDOW <= one->height; y += STEP) {
        for (unsigned x = 0; x + WINDOW <= one->width; x += STEP, count++)
            sum += window_ssim(one->planes[0] + y * one->strides[0] + x, one->strides[0],
                               other->planes[0] + y * other->strides[0] + x, other->strides[0]);
    }
    return count > 0 ? sum / count : 1;
}

void picture_quality_look(struct picture_quality *quality, const struct picture *picture, uint32_t frame,
                          int64_t wall_us, usec_t now)
{
    if (quality->width == 0 || now < quality->next)
        return;
    struct picture *made = picture_new(quality->width, quality->height);
    struct picture *seen = picture_new(quality->width, quality->height);
    pattern_draw(made, frame, wall_us, 0); /* of the seed luma does not depend */
    picture_scale(seen, picture);
    quality->sum += picture_ssim(made, seen);
    quality->count++;
    quality->next = now + LOOK_EVERY;
    picture_free(made);
    picture_free(seen);
}

double picture_quality_mean(const struct picture_quality *quality)
{
    return quality->count > 0 ? quality->sum / quality->count : -1;
}
