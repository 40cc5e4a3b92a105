/* How long a picture was under way is read off its test pattern, in a mix off the first tile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/call/remote.h"
#include "client/media/layout.h"
#include "client/media/pattern.h"
#include "client/media/vpx_encoder.h"

#define WIDTH 640
#define HEIGHT 360
#define DELAY (70 * USEC_PER_MSEC)
#define WALL 1700000000000000

/* A pattern that was made DELAY ago in the first of so many tiles; nothing in the others. */
static void draw_mix(struct picture *picture, size_t tiles, uint32_t frame, int64_t wall_us)
{
    struct layout_tile tile = layout_grid(tiles, WIDTH, HEIGHT).tiles[0];
    struct picture part = {.width = tile.width, .height = tile.height};
    for (int i = 0; i < 3; i++) {
        unsigned shift = i == 0 ? 0 : 1;
        picture_fill(picture, i, i == 0 ? 16 : 128);
        part.strides[i] = picture->strides[i];
        part.planes[i] = picture->planes[i] + (tile.y >> shift) * picture->strides[i] + (tile.x >> shift);
    }
    pattern_draw(&part, frame, wall_us - DELAY, 5);
}

/* Of ten pictures of so many tiles, by somebody who knows of `known`. */
static void show(size_t tiles, size_t known, struct remote_stats *stats)
{
    struct vpx_encoder_config config = {
        .width = WIDTH, .height = HEIGHT, .frames_per_second = 25, .bitrate_bps = 1500000, .temporal_layers = 1};
    struct vpx_encoder *encoder = vpx_encoder_new(&config);
    struct picture *picture = picture_new(WIDTH, HEIGHT);
    struct decode_budget budget = {0};
    struct remote *remote = remote_new(&budget, "p1", "Mixer");
    struct remote_connection connection = {.via = 1, .is_current = true};
    remote_set_tiles(remote, known);
    for (uint32_t i = 0; i < 10; i++) {
        usec_t now = USEC_PER_SEC + i * 40 * USEC_PER_MSEC;
        struct coded_frame coded;
        struct remote_picture result;
        draw_mix(picture, tiles, 3 * i, WALL + now);
        assert_int_equal(vpx_encoder_encode(encoder, picture, i * 3600, i == 0, &coded), 1);
        struct session_frame frame = {
            .kind = MEDIA_VIDEO,
            .codec = CODEC_VP8,
            .frame = {.data = coded.data, .length = coded.length, .keyframe = coded.keyframe, .arrival = now},
        };
        remote_video(remote, connection, &frame, now, WALL + now, &result);
        assert_non_null(result.picture);
    }
    remote_get_stats(remote, stats, 2 * USEC_PER_SEC);
    picture_free(picture);
    vpx_encoder_free(encoder);
    remote_free(remote);
}

static void the_delay_of_a_mix_is_that_of_its_first_tile(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 4, 5, 7, 9};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct remote_stats stats;
        show(counts[i], counts[i], &stats);
        assert_int_equal(stats.video.pattern_frames, 10);
        assert_int_equal(stats.video.delay_p50_ms, 70);
        assert_int_equal(stats.video.delay_p95_ms, 70);
        assert_int_equal(stats.video.pattern_missed, 0); /* the mixer leaves pictures out as it likes */
    }
}

static void of_a_whole_picture_it_is_the_pictures_and_pictures_are_counted(void **state)
{
    (void)state;
    struct remote_stats stats;
    show(1, 0, &stats);
    assert_int_equal(stats.video.delay_p50_ms, 70);
    assert_int_equal(stats.video.pattern_missed, 9 * 2);
}

static void of_another_layout_nothing_is_read(void **state)
{
    (void)state;
    struct remote_stats stats;
    show(4, 0, &stats);
    assert_int_equal(stats.video.pattern_frames, 0);
    show(4, 9, &stats);
    assert_int_equal(stats.video.delay_p50_ms, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delay_of_a_mix_is_that_of_its_first_tile),
        cmocka_unit_test(of_a_whole_picture_it_is_the_pictures_and_pictures_are_counted),
        cmocka_unit_test(of_another_layout_nothing_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
