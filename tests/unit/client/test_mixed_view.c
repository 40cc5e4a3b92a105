#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/call/mixed_view.h"

#define MS USEC_PER_MSEC
#define S USEC_PER_SEC

static usec_t gap;

static bool mix(struct mixed_view *view, enum media_kind kind, usec_t now)
{
    return mixed_view_frame(view, kind, true, false, now, &gap);
}

static bool other(struct mixed_view *view, enum media_kind kind, bool has_all, usec_t now)
{
    return mixed_view_frame(view, kind, false, has_all, now, &gap);
}

static void everybody_is_shown_until_the_mix_comes(void **state)
{
    struct mixed_view view = {0};
    (void)state;
    assert_true(other(&view, MEDIA_VIDEO, true, 1 * S));
    assert_false(mixed_view_needs_mix(&view, 1 * S));
    mixed_view_request(&view, true, 2 * S);
    assert_true(mixed_view_needs_mix(&view, 2 * S) && mixed_view_needs_others(&view));
    assert_true(other(&view, MEDIA_VIDEO, true, 3 * S));
    assert_true(mix(&view, MEDIA_VIDEO, 3 * S + 30 * MS));
    assert_int_equal(gap, 30 * MS);
    assert_false(other(&view, MEDIA_VIDEO, true, 3 * S + 40 * MS)); /* the sound is still that of the others */
    assert_true(other(&view, MEDIA_AUDIO, true, 3 * S + 40 * MS));
    assert_true(mixed_view_needs_others(&view));
    assert_true(mix(&view, MEDIA_AUDIO, 3 * S + 50 * MS));
    assert_false(mixed_view_needs_others(&view));
}

static struct mixed_view mixed(usec_t now)
{
    struct mixed_view view = {0};
    mixed_view_request(&view, true, now);
    mix(&view, MEDIA_AUDIO, now);
    mix(&view, MEDIA_VIDEO, now);
    return view;
}

static void the_mix_is_shown_until_all_others_come(void **state)
{
    struct mixed_view view = mixed(1 * S);
    (void)state;
    mixed_view_request(&view, false, 5 * S);
    assert_true(mixed_view_needs_mix(&view, 5 * S) && mixed_view_needs_others(&view));
    assert_true(mix(&view, MEDIA_VIDEO, 5 * S));
    assert_false(other(&view, MEDIA_VIDEO, false, 5 * S + 10 * MS));
    assert_true(mix(&view, MEDIA_VIDEO, 5 * S + 20 * MS));
    assert_true(other(&view, MEDIA_VIDEO, true, 5 * S + 30 * MS));
    assert_int_equal(gap, 10 * MS);
    assert_false(mix(&view, MEDIA_VIDEO, 5 * S + 40 * MS));
    assert_true(mixed_view_needs_mix(&view, 5 * S + 40 * MS)); /* for its sound */
    mix(&view, MEDIA_AUDIO, 5 * S + 40 * MS);
    assert_true(other(&view, MEDIA_AUDIO, true, 5 * S + 50 * MS));
    assert_false(mixed_view_needs_mix(&view, 5 * S + 50 * MS));
}

/* The mixer died: whoever comes first is shown, without waiting for the others. */
static void a_mix_that_is_silent_holds_nobody_back(void **state)
{
    struct mixed_view view = mixed(1 * S);
    (void)state;
    mixed_view_request(&view, false, 1 * S + 50 * MS);
    assert_false(other(&view, MEDIA_VIDEO, false, 1 * S + MIXED_VIEW_SILENCE - 1));
    assert_true(other(&view, MEDIA_VIDEO, false, 1 * S + MIXED_VIEW_SILENCE));
}

static void a_mix_is_not_waited_with_for_ever(void **state)
{
    struct mixed_view view = mixed(1 * S);
    (void)state;
    mixed_view_request(&view, false, 2 * S);
    mix(&view, MEDIA_VIDEO, 2 * S + MIXED_VIEW_LIMIT);
    assert_false(mixed_view_needs_mix(&view, 2 * S + MIXED_VIEW_LIMIT));
    assert_true(other(&view, MEDIA_VIDEO, false, 2 * S + MIXED_VIEW_LIMIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_is_shown_until_the_mix_comes),
        cmocka_unit_test(the_mix_is_shown_until_all_others_come),
        cmocka_unit_test(a_mix_that_is_silent_holds_nobody_back),
        cmocka_unit_test(a_mix_is_not_waited_with_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
