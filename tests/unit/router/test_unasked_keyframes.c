/* Viewers that never ask for a keyframe: they get one after loss that nobody repairs, and after the first report; those
 * who repair everything, and those who report transport-wide and can ask, get none. */
#include "tests/unit/router/bare_viewer.h"

static void who_never_asks_gets_a_keyframe_after_loss(void **state)
{
    static const struct {
        const char *name;
        bool has_rtx, sends_nacks;
        unsigned down_loss;
        unsigned least, most; /* keyframes asked for in 20 s, after the first report */
    } cases[] = {
        {"nothing is lost", false, false, 0, 0, 0},
        {"loss, and no NACKs", false, false, 50, 4, 12},
        {"loss that RTX repairs", true, true, 50, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bare_call *call = bare_call_new(cases[i].has_rtx, false);
        call->sends_nacks = cases[i].sends_nacks;
        bare_call_run(call, 3 * USEC_PER_SEC);
        unsigned before = call->plis;
        call->down_loss = cases[i].down_loss;
        bare_call_run(call, 20 * USEC_PER_SEC);
        if (call->plis - before < cases[i].least || call->plis - before > cases[i].most)
            fail_msg("%s: %u keyframes", cases[i].name, call->plis - before);
        bare_call_free(call);
    }
}

static void one_lost_packet_is_enough(void **state)
{
    struct bare_call *call = bare_call_new(false, false);
    (void)state;
    bare_call_run(call, 3 * USEC_PER_SEC);
    unsigned before = call->plis;
    call->down_loss = 1;
    bare_call_run(call, 10 * MS);
    call->down_loss = 0;
    bare_call_run(call, 3 * USEC_PER_SEC);
    assert_int_equal(call->plis, before + 1);
    bare_call_run(call, 10 * USEC_PER_SEC);
    assert_int_equal(call->plis, before + 1);
    bare_call_free(call);
}

/* What came before the viewer was ready for it, it never missed. */
static void the_first_report_brings_a_keyframe(void **state)
{
    struct bare_call *call = bare_call_new(false, false);
    (void)state;
    bare_call_run(call, 900 * MS);
    unsigned before = call->plis;
    bare_call_run(call, 500 * MS);
    assert_int_equal(call->plis, before + 1);
    bare_call_free(call);
}

/* Some stacks show nothing that comes after a number that is missing. */
static void what_cannot_come_any_more_is_filled(void **state)
{
    (void)state;
    for (int has_feedback = 0; has_feedback < 2; has_feedback++) {
        struct bare_call *call = bare_call_new(true, has_feedback);
        bare_call_run(call, 3 * USEC_PER_SEC);
        call->down_loss = 1;
        bare_call_run(call, 10 * MS);
        call->down_loss = 0;
        bare_call_run(call, USEC_PER_SEC); /* no history goes back so far */
        uint16_t missing = call->last_lost;
        unsigned before = call->plis;
        call->lost[call->lost_count++] = missing;
        call->sends_nacks = true;
        bare_call_run(call, 3 * USEC_PER_SEC);
        assert_in_range(call->fillers, !has_feedback, has_feedback ? 0 : 2); /* at once, and with the next report */
        if (!has_feedback)
            assert_int_equal(call->last_filled, missing);
        assert_in_range(call->plis, before, before + !has_feedback);
        bare_call_free(call);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_never_asks_gets_a_keyframe_after_loss),
        cmocka_unit_test(one_lost_packet_is_enough),
        cmocka_unit_test(the_first_report_brings_a_keyframe),
        cmocka_unit_test(what_cannot_come_any_more_is_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
