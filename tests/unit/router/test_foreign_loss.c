/* What never reached the router, or was refused there, is no loss of a viewer's link, though its reports say so. */
#include "tests/unit/router/bare_viewer.h"

#define START_BPS 600000 /* what a link is taken for before it is measured */

static void what_never_went_out_is_not_the_links_loss(void **state)
{
    static const struct {
        const char *name;
        unsigned up_loss, down_loss;
        usec_t frame_interval;
        size_t frame_bytes;
        double loss; /* of the viewer's link */
        bool falls;  /* the estimate */
    } cases[] = {
        {"nothing is lost", 0, 0, 10 * MS, 450, 0, false},
        {"a quarter is lost on the way up", 4, 0, 10 * MS, 450, 0, false},
        {"a quarter is lost on the way down", 0, 4, 10 * MS, 450, 0.25, true},
        {"both", 4, 4, 10 * MS, 450, 0.25, true},
        {"twice as many pictures as are taken", 0, 0, 1600, 50, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bare_call *call = bare_call_new(false, false);
        struct participant_stats stats;
        struct slot_stats slot;
        double most = 0;
        call->up_loss = cases[i].up_loss;
        call->down_loss = cases[i].down_loss;
        call->frame_interval = cases[i].frame_interval;
        call->frame_bytes = cases[i].frame_bytes;
        for (unsigned second = 0; second < 10; second++) {
            bare_call_run(call, USEC_PER_SEC);
            if (second > 2) /* few packets come when the estimate has fallen */
                continue;
            assert_int_equal(participant_slots(call->viewer, &slot, 1), 1);
            most = slot.loss > most ? slot.loss : most;
        }
        participant_get_stats(call->viewer, &stats);
        if (most < cases[i].loss - 0.06 || most > cases[i].loss * 1.3 + 0.01)
            fail_msg("%s: %.2f lost", cases[i].name, most);
        if ((stats.estimate_bps < START_BPS) != cases[i].falls)
            fail_msg("%s: the estimate is %llu", cases[i].name, (unsigned long long)stats.estimate_bps);
        bare_call_free(call);
    }
}

/* What was refused came: its sender is neither told that it was lost nor asked for it again. */
static void what_was_refused_is_not_asked_for(void **state)
{
    struct bare_call *call = bare_call_new(false, false);
    struct participant_stats stats;
    (void)state;
    call->frame_interval = 1600;
    call->frame_bytes = 50;
    bare_call_run(call, 5 * USEC_PER_SEC);
    participant_get_stats(call->publisher, &stats);
    assert_true(stats.over_budget > 500);
    assert_int_equal(stats.in.lost, 0);
    assert_int_equal(receive_stream_lost(&call->stream), 0);
    bare_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_never_went_out_is_not_the_links_loss),
        cmocka_unit_test(what_was_refused_is_not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
