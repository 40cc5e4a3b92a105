#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/mix/audio_mix.h"
#include "client/mix/canvas.h"
#include "transport/base/random.h"

#define MS USEC_PER_MSEC
#define PERIOD (500 * MS) /* a flash and a beep at the start of each */
#define LENGTH (100 * MS) /* three pictures */
#define RUNS (20 * USEC_PER_SEC)

/* A packet or a picture under way: made at one time, here at another. */
static usec_t arrival(usec_t made, struct rng *rng)
{
    return made + 20 * MS + (usec_t)(rng_next(rng) % (25 * MS));
}

/* What a participant sends comes by a network with jitter, video at 30 frames a second, and leaves in a picture of 25 a
 * second and in frames of 20 ms. The flash and the beep leave together. */
static void a_flash_and_its_beep_leave_together(void **state)
{
    static struct voice voice;
    static float frame[2 * VOICE_FRAME];
    static int16_t beep[2 * VOICE_FRAME], silence[2 * VOICE_FRAME], out[AUDIO_MIX_OUTPUTS][2 * VOICE_FRAME];
    const float *heard[LANES] = {frame};
    struct audio_mix mix = {0};
    struct canvas *canvas = canvas_new(640, 360);
    struct layout layout = layout_grid(1, 640, 360);
    struct picture *light = picture_new(320, 180), *dark = picture_new(320, 180);
    struct rng rng;
    usec_t audio_made = 0, video_made = 0, audio_here, video_here, flash_at = 0, beep_at = 0, worst = 0;
    unsigned pairs = 0;
    bool was_light = false, was_loud = false;
    (void)state;
    rng_init(&rng, 7);
    canvas_arrange(canvas, &layout, &(struct canvas_view){.key = 1}, 0);
    picture_fill(light, 0, 230);
    picture_fill(dark, 0, 20);
    for (size_t i = 0; i < 2 * VOICE_FRAME; i++)
        beep[i] = i / 40 % 2 == 0 ? 6000 : -6000;
    audio_here = arrival(0, &rng);
    video_here = arrival(0, &rng);
    for (usec_t now = 0; now < RUNS; now += 1 * MS) {
        while (audio_here <= now) {
            voice_put(&voice, audio_made % PERIOD < LENGTH ? beep : silence, VOICE_FRAME);
            audio_made += 20 * MS;
            audio_here = usec_max(arrival(audio_made, &rng), audio_here);
        }
        while (video_here <= now) {
            canvas_show(canvas, 1, video_made % PERIOD < LENGTH ? light : dark);
            video_made += USEC_PER_SEC / 30;
            video_here = usec_max(arrival(video_made, &rng), video_here);
        }
        if (now % (20 * MS) == 0) {
            voice_take(&voice, frame);
            audio_mix_frame(&mix, heard, out);
            int loudest = 0;
            for (size_t i = 0; i < 2 * VOICE_FRAME; i++)
                loudest = out[AUDIO_MIX_FOR_ALL][i] > loudest ? out[AUDIO_MIX_FOR_ALL][i] : loudest;
            if (loudest > 500 && !was_loud)
                beep_at = now;
            was_loud = loudest > 500;
        }
        if (now % (40 * MS) == 0) {
            const struct picture *picture = canvas_picture(canvas, now);
            bool is_light = picture->planes[0][180 * picture->strides[0] + 320] > 128;
            if (is_light && !was_light)
                flash_at = now;
            was_light = is_light;
        }
        if (now % PERIOD == PERIOD / 2 && flash_at != 0 && beep_at != 0 && now > 2 * PERIOD) {
            usec_t apart = beep_at > flash_at ? beep_at - flash_at : flash_at - beep_at;
            worst = usec_max(worst, apart);
            pairs++;
        }
    }
    if (worst > 60 * MS) /* people notice from 45 ms (sound first) or 125 ms (picture first) on: ITU-R BT.1359 */
        fail_msg("%u flashes, at worst %lld ms from their beeps", pairs, (long long)(worst / MS));
    assert_true(pairs > 30);
    picture_free(light);
    picture_free(dark);
    canvas_free(canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flash_and_its_beep_leave_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
