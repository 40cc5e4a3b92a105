/* A flash and a beep: made at one time, they are placed at one time, whatever clocks and network do in ten minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "client/record/stream_clock.h"
#include "transport/base/random.h"

#define MS USEC_PER_MSEC
#define RUNS (600 * USEC_PER_SEC)
#define WALL (INT64_C(1700000000) * USEC_PER_SEC) /* the reports' clock, when ours is at 0 */
#define APART_MAX (40 * MS)

struct source {
    uint32_t rate, first;
    double drift_ppm; /* how much faster than its rate says its timestamps go */
    usec_t interval, report_interval;
    usec_t made, report_at;
    usec_t delay, jitter, report_error; /* of frames; of what reports say, either way */
    unsigned report_loss_percent;
    struct stream_clock clock;
    int64_t placed;
};

static uint32_t timestamp_of(const struct source *source, usec_t made)
{
    return source->first + (uint32_t)(int64_t)((double)made * (1 + source->drift_ppm / 1e6) * source->rate / 1e6);
}

static usec_t random_usec(struct rng *rng, usec_t below)
{
    return below > 0 ? (usec_t)(rng_next(rng) % (uint64_t)below) : 0;
}

/* What comes until `now`, frame by frame, with the reports before each. */
static void run_until(struct source *source, struct report_clock *reports, struct rng *rng, usec_t until)
{
    for (; source->made <= until; source->made += source->interval) {
        while (source->report_at <= source->made) {
            usec_t error = random_usec(rng, 2 * source->report_error + 1) - source->report_error;
            if (random_usec(rng, 100) >= (usec_t)source->report_loss_percent) {
                usec_t arrival = source->report_at + random_usec(rng, 5 * MS);
                stream_clock_report(&source->clock, report_clock_read(reports, WALL + source->report_at, arrival),
                                    timestamp_of(source, source->report_at + error));
            }
            source->report_at += source->report_interval;
        }
        usec_t arrival = source->made + source->delay + random_usec(rng, source->jitter);
        source->placed =
            stream_clock_place(&source->clock, timestamp_of(source, source->made), arrival + reports->ahead);
    }
}

static struct source make(uint32_t rate, double drift_ppm, usec_t interval, usec_t report_interval, struct rng *rng)
{
    struct source source = {.rate = rate,
                            .first = (uint32_t)rng_next(rng),
                            .drift_ppm = drift_ppm,
                            .interval = interval,
                            .report_interval = report_interval,
                            .report_at = report_interval / 2,
                            .delay = 30 * MS,
                            .jitter = 50 * MS,
                            .report_error = 4 * MS,
                            .report_loss_percent = 10};
    stream_clock_init(&source.clock, rate);
    return source;
}

/* The worst of a run from `from` on: how far apart they are placed, and how far from when they were made. */
static void run(uint64_t seed, double drift_ppm, bool has_reports, usec_t from, usec_t *apart, usec_t *off)
{
    struct rng rng;
    struct report_clock reports = {.ahead = WALL};
    rng_init(&rng, seed);
    struct source video = make(90000, drift_ppm, 40 * MS, USEC_PER_SEC, &rng);
    struct source audio = make(48000, -drift_ppm, 20 * MS, 5 * USEC_PER_SEC, &rng);
    if (!has_reports)
        video.report_at = audio.report_at = USEC_NEVER;
    *apart = *off = 0;
    for (usec_t flash = USEC_PER_SEC; flash < RUNS; flash += USEC_PER_SEC) {
        run_until(&video, &reports, &rng, flash);
        run_until(&audio, &reports, &rng, flash);
        if (flash < from)
            continue;
        *apart = usec_max(*apart, llabs(video.placed - audio.placed));
        *off = usec_max(*off, usec_max(llabs(video.placed - WALL - flash), llabs(audio.placed - WALL - flash)));
    }
}

static void a_flash_and_its_beep_stay_together_for_ten_minutes(void **state)
{
    usec_t worst = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (double drift_ppm = -300; drift_ppm <= 300; drift_ppm += 150) {
            usec_t apart, off;
            run(seed, drift_ppm, true, 6 * USEC_PER_SEC, &apart, &off);
            worst = usec_max(worst, usec_max(apart, off));
            if (apart > APART_MAX || off > APART_MAX)
                fail_msg("seed %d, %.0f ppm: %d ms apart, %d ms off", (int)seed, drift_ppm, (int)(apart / MS),
                         (int)(off / MS));
        }
    print_message("at most %d ms\n", (int)(worst / MS));
}

static void before_a_report_the_arrival_tells(void **state)
{
    usec_t apart, off;
    (void)state;
    run(1, 0, false, USEC_PER_SEC, &apart, &off);
    assert_true(off < 90 * MS && apart < APART_MAX);
    run(1, 300, false, USEC_PER_SEC, &apart, &off); /* that is what reports are for */
    assert_true(apart > 2 * APART_MAX);
}

static void a_pause_stays_a_pause(void **state)
{
    static const struct {
        const char *what;
        bool goes_on; /* the timestamps, meanwhile */
        usec_t length;
    } rows[] = {
        {"its clock goes on", true, 60 * USEC_PER_SEC},
        {"its clock stood still", false, 60 * USEC_PER_SEC},
        {"longer than timestamps last", true, 20 * 3600 * USEC_PER_SEC},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stream_clock clock;
        stream_clock_init(&clock, 90000);
        int64_t before = stream_clock_place(&clock, 0, WALL);
        stream_clock_report(&clock, WALL, 0);
        uint32_t after = rows[i].goes_on ? (uint32_t)(rows[i].length * 9 / 100) : 3600;
        usec_t pause = stream_clock_place(&clock, after, WALL + rows[i].length) - before;
        if (llabs(pause - rows[i].length) > APART_MAX)
            fail_msg("%s: %lld ms", rows[i].what, (long long)(pause / MS));
    }
}

static void small_corrections_are_made_little_by_little(void **state)
{
    struct stream_clock clock;
    (void)state;
    stream_clock_init(&clock, 48000);
    (void)stream_clock_place(&clock, 0, WALL);
    stream_clock_report(&clock, WALL, 0);
    assert_int_equal(stream_clock_place(&clock, 48000, WALL + USEC_PER_SEC), WALL + USEC_PER_SEC);
    stream_clock_report(&clock, WALL + USEC_PER_SEC + 20 * MS, 48000);
    assert_int_equal(stream_clock_place(&clock, 48000, WALL + USEC_PER_SEC), WALL + USEC_PER_SEC + 5 * MS);
    stream_clock_report(&clock, WALL + USEC_PER_SEC + 100 * MS, 48000);
    assert_int_equal(stream_clock_place(&clock, 48000, WALL + USEC_PER_SEC), WALL + USEC_PER_SEC + 100 * MS);
}

/* What a publisher's clocks can do; frames come each 20 ms without delay. */
static void no_frame_is_placed_long_before_or_after_it_comes(void **state)
{
    static const struct {
        const char *what;
        int64_t report_off;    /* what reports say, in ticks, beside what is true */
        double speed;          /* of the timestamps */
        uint32_t report_drift; /* ticks more with each report */
    } rows[] = {
        {"reports of hours ago", 1500000000, 1, 0},  {"reports of what is to come", -1500000000, 1, 0},
        {"reports of a second ago", 48000, 1, 0},    {"reports of a second to come", -48000, 1, 0},
        {"reports that run away", 0, 1, 4800},       {"reports that stay behind", 0, 1, 0u - 4800},
        {"timestamps that run away", 0, 45, 0},      {"timestamps that stand still", 0, 0, 0},
        {"timestamps that go backwards", 0, -20, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stream_clock clock;
        uint32_t off = (uint32_t)rows[i].report_off;
        stream_clock_init(&clock, 48000);
        for (usec_t now = 0; now < 120 * USEC_PER_SEC; now += 20 * MS) {
            uint32_t timestamp = (uint32_t)(int64_t)(rows[i].speed * (double)now * 0.048);
            if (now % USEC_PER_SEC == 500 * MS)
                stream_clock_report(&clock, WALL + now, timestamp + (off += rows[i].report_drift));
            int64_t made = stream_clock_place(&clock, timestamp, WALL + now) - WALL;
            if (made > now + 500 * MS || made < now - 5 * USEC_PER_SEC)
                fail_msg("%s: after %d ms at %lld ms", rows[i].what, (int)(now / MS), (long long)(made / MS));
        }
    }
}

static void another_machine_s_clock_is_learned(void **state)
{
    struct report_clock clock = {.ahead = WALL}; /* theirs is an hour off, and a way takes 30 ms */
    const int64_t theirs = WALL + 3600 * USEC_PER_SEC;
    (void)state;
    assert_int_equal(report_clock_read(&clock, theirs, 30 * MS), WALL + 30 * MS);
    assert_int_equal(report_clock_read(&clock, theirs + USEC_PER_SEC, USEC_PER_SEC + 2 * MS),
                     WALL + USEC_PER_SEC + 30 * MS);
    assert_int_equal(clock.ahead, WALL + 28 * MS); /* it came faster */
    (void)report_clock_read(&clock, theirs + 2 * USEC_PER_SEC, 2 * USEC_PER_SEC + 66 * MS);
    assert_int_equal(clock.ahead, WALL + 27 * MS); /* and slower */
    /* Somebody has set it: time goes on here. */
    assert_int_equal(report_clock_read(&clock, WALL, 3 * USEC_PER_SEC), WALL + 3 * USEC_PER_SEC + 27 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flash_and_its_beep_stay_together_for_ten_minutes),
        cmocka_unit_test(before_a_report_the_arrival_tells),
        cmocka_unit_test(a_pause_stays_a_pause),
        cmocka_unit_test(small_corrections_are_made_little_by_little),
        cmocka_unit_test(no_frame_is_placed_long_before_or_after_it_comes),
        cmocka_unit_test(another_machine_s_clock_is_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
