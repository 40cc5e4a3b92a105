#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "client/rtp/ended_tracks.h"

static const struct receive_track_stats part = {.packets = 10, .bytes = 1000, .recovered = 2, .lost = 3};

static void what_ended_is_added_up_by_publication(void **state)
{
    (void)state;
    struct ended_tracks ended = {0};
    struct receive_track_stats sum = {0};
    assert_false(ended_tracks_sum(&ended, "p1/camera", &sum));
    ended_tracks_add(&ended, "p1/camera", &part);
    ended_tracks_add(&ended, "p2/camera", &part);
    ended_tracks_add(&ended, "p1/camera", &part);
    assert_true(ended_tracks_sum(&ended, "p1/camera", &sum));
    assert_int_equal(sum.packets, 20);
    assert_int_equal(sum.lost, 6);
    assert_int_equal(sum.recovered, 4);
}

static void a_track_that_brought_nothing_takes_no_place(void **state)
{
    (void)state;
    struct ended_tracks ended = {0};
    ended_tracks_add(&ended, "p1/camera", &(struct receive_track_stats){0});
    assert_int_equal(ended.count, 0);
    ended_tracks_add(&ended, "p1/camera", &(struct receive_track_stats){.lost = 1}); /* all of it was lost */
    assert_int_equal(ended.count, 1);
}

static void each_is_given_out_once_and_nothing_is_lost_when_there_are_too_many(void **state)
{
    (void)state;
    struct ended_tracks ended = {0};
    for (int i = 1; i <= 3 * ENDED_TRACKS_MAX; i++) {
        char publication[PUBLICATION_ID_MAX + 1];
        snprintf(publication, sizeof publication, "p%d/camera", i);
        ended_tracks_add(&ended, publication, &part);
    }
    assert_int_equal(ended.count, ENDED_TRACKS_MAX);
    struct ended_track track;
    uint64_t packets = 0;
    size_t nameless = 0;
    while (ended_tracks_take(&ended, &track)) {
        packets += track.stats.packets;
        nameless += track.publication[0] == '\0';
    }
    assert_int_equal(packets, 3 * ENDED_TRACKS_MAX * part.packets);
    assert_int_equal(nameless, 1);
    assert_false(ended_tracks_take(&ended, &track));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ended_is_added_up_by_publication),
        cmocka_unit_test(a_track_that_brought_nothing_takes_no_place),
        cmocka_unit_test(each_is_given_out_once_and_nothing_is_lost_when_there_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
