#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/in/speaker.h"

#define MS USEC_PER_MSEC

/* A packet each 20 ms from `from` to `to`. */
static usec_t speak(struct speaker *speaker, uint8_t level, usec_t from, usec_t duration)
{
    usec_t now = from;
    for (; now < from + duration; now += 20 * MS)
        speaker_level(speaker, level, now);
    return now;
}

static void test_speech_begins_soon_and_ends_after_a_hold(void **state)
{
    struct speaker speaker = {0};
    (void)state;
    usec_t now = speak(&speaker, SPEAKER_LEVEL_SILENT, USEC_PER_SEC, 500 * MS);
    assert_false(speaker.is_speaking);
    now = speak(&speaker, 25, now, 300 * MS);
    assert_true(speaker.is_speaking);
    now = speak(&speaker, SPEAKER_LEVEL_SILENT, now, 600 * MS); /* a pause between words */
    assert_true(speaker.is_speaking);
    now = speak(&speaker, 25, now, 300 * MS);
    assert_true(speaker.is_speaking);
    speak(&speaker, SPEAKER_LEVEL_SILENT, now, 3000 * MS);
    assert_false(speaker.is_speaking);
}

static void test_a_click_is_no_speech(void **state)
{
    struct speaker speaker = {0};
    (void)state;
    usec_t now = speak(&speaker, 110, USEC_PER_SEC, 500 * MS);
    speaker_level(&speaker, 20, now);
    assert_false(speaker.is_speaking);
}

static void test_background_noise_is_no_speech(void **state)
{
    struct speaker speaker = {0};
    (void)state;
    speak(&speaker, 55, USEC_PER_SEC, 5000 * MS);
    assert_false(speaker.is_speaking);
}

static void test_silence_without_packets_ends_speech(void **state)
{
    struct speaker speaker = {0};
    (void)state;
    usec_t now = speak(&speaker, 25, USEC_PER_SEC, 1000 * MS);
    speaker_update(&speaker, now + 500 * MS);
    assert_true(speaker.is_speaking);
    speaker_update(&speaker, now + 900 * MS);
    speaker_update(&speaker, now + 1900 * MS);
    assert_false(speaker.is_speaking);
}

static void test_order_has_hysteresis(void **state)
{
    struct speaker a = {.loudness = 80}, b = {.loudness = 84}, c = {.loudness = 95};
    struct speaker *list[] = {&a, &b, &c};
    (void)state;
    speakers_order(list, 3);
    assert_ptr_equal(list[0], &c);
    assert_ptr_equal(list[1], &a); /* b is hardly louder: a keeps its place */
    assert_ptr_equal(list[2], &b);
    b.loudness = 90;
    speakers_order(list, 3);
    assert_ptr_equal(list[0], &c);
    assert_ptr_equal(list[1], &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speech_begins_soon_and_ends_after_a_hold),
        cmocka_unit_test(test_a_click_is_no_speech),
        cmocka_unit_test(test_background_noise_is_no_speech),
        cmocka_unit_test(test_silence_without_packets_ends_speech),
        cmocka_unit_test(test_order_has_hysteresis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
