#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/base/agenda.h"

#define COUNT 3

struct fixture {
    struct agenda agenda;
    struct agenda_entry entries[COUNT];
    int owners[COUNT];
};

static void set_up(struct fixture *f)
{
    agenda_init(&f->agenda);
    schedule_reserve(&f->agenda.schedule, COUNT);
    f->agenda.now = 1000;
    for (size_t i = 0; i < COUNT; i++) {
        agenda_enter(&f->agenda, &f->entries[i], TIMER_PARTICIPANT, &f->owners[i]);
        agenda_set_ready(&f->entries[i], true);
    }
}

static void the_marked_come_in_order_and_once(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    agenda_mark(&f.entries[1]);
    agenda_mark(&f.entries[0]);
    agenda_mark(&f.entries[1]);
    assert_ptr_equal(agenda_take(&f.agenda), &f.entries[1]);
    agenda_mark(&f.entries[1]); /* again, while the other waits */
    assert_ptr_equal(agenda_take(&f.agenda), &f.entries[0]);
    assert_ptr_equal(agenda_take(&f.agenda), &f.entries[1]);
    assert_null(agenda_take(&f.agenda));
    agenda_fini(&f.agenda);
}

static void who_is_not_ready_is_not_marked(void **state)
{
    struct fixture f;
    (void)state;
    for (size_t leaver = 0; leaver < COUNT; leaver++) {
        set_up(&f);
        for (size_t i = 0; i < COUNT; i++)
            agenda_mark(&f.entries[i]);
        agenda_set_ready(&f.entries[leaver], false);
        agenda_mark(&f.entries[leaver]);
        for (size_t i = 0; i < COUNT; i++)
            if (i != leaver)
                assert_ptr_equal(agenda_take(&f.agenda), &f.entries[i]);
        assert_null(agenda_take(&f.agenda));
        agenda_set_ready(&f.entries[leaver], true);
        agenda_mark(&f.entries[leaver]);
        assert_ptr_equal(agenda_take(&f.agenda), &f.entries[leaver]);
        agenda_fini(&f.agenda);
    }
}

static void who_leaves_is_neither_marked_nor_due(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    agenda_mark(&f.entries[2]);
    agenda_wake_by(&f.entries[2], 1500);
    agenda_wake_by(&f.entries[0], 2000);
    agenda_leave(&f.entries[2]);
    assert_null(agenda_take(&f.agenda));
    assert_int_equal(schedule_next(&f.agenda.schedule), 2000);
    agenda_fini(&f.agenda);
}

static void the_held_wait_until_they_are_marked_or_released(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    agenda_hold(&f.entries[0]); /* nobody is held unless that is allowed */
    assert_ptr_equal(agenda_take(&f.agenda), &f.entries[0]);
    f.agenda.hold_max = 300;
    assert_int_equal(agenda_release_at(&f.agenda), USEC_NEVER);
    agenda_hold(&f.entries[0]);
    f.agenda.now = 1100;
    agenda_hold(&f.entries[1]);
    agenda_hold(&f.entries[2]);
    agenda_hold(&f.entries[2]);
    assert_null(agenda_take(&f.agenda));
    assert_int_equal(agenda_release_at(&f.agenda), 1300); /* of the one that is held longest */
    agenda_mark(&f.entries[1]);
    agenda_hold(&f.entries[1]); /* it is marked already */
    assert_ptr_equal(agenda_take(&f.agenda), &f.entries[1]);
    assert_null(agenda_take(&f.agenda));
    agenda_leave(&f.entries[0]);
    agenda_release(&f.agenda);
    assert_ptr_equal(agenda_take(&f.agenda), &f.entries[2]);
    assert_null(agenda_take(&f.agenda));
    assert_int_equal(agenda_release_at(&f.agenda), USEC_NEVER);
    agenda_fini(&f.agenda);
}

static void the_earlier_time_counts(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    agenda_wake_by(&f.entries[0], 2000);
    agenda_wake_by(&f.entries[0], 3000);
    assert_int_equal(schedule_next(&f.agenda.schedule), 2000);
    agenda_wake_by(&f.entries[0], 1200);
    assert_int_equal(schedule_next(&f.agenda.schedule), 1200);
    agenda_fini(&f.agenda);
}

static void only_the_idle_are_woken(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    agenda_wake(&f.entries[0]);
    assert_int_equal(schedule_next(&f.agenda.schedule), USEC_NEVER);
    f.entries[0].is_idle = true;
    f.agenda.now = 5000;
    agenda_wake(&f.entries[0]);
    assert_false(f.entries[0].is_idle);
    assert_int_equal(f.entries[0].busy_at, 5000);
    assert_int_equal(schedule_next(&f.agenda.schedule), 5000);
    agenda_fini(&f.agenda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_marked_come_in_order_and_once),
        cmocka_unit_test(who_is_not_ready_is_not_marked),
        cmocka_unit_test(who_leaves_is_neither_marked_nor_due),
        cmocka_unit_test(the_held_wait_until_they_are_marked_or_released),
        cmocka_unit_test(the_earlier_time_counts),
        cmocka_unit_test(only_the_idle_are_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
