#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/out/egress_queue.h"

/* Opaque to the queue: it only compares them. */
#define SLOT(n) ((struct slot *)(uintptr_t)(n))

struct fixture {
    struct agenda agenda;
    struct agenda_entry entry;
    struct packet_pool *pool;
    struct egress_queue queue;
};

static void set_up(struct fixture *f)
{
    agenda_init(&f->agenda);
    schedule_reserve(&f->agenda.schedule, 1);
    agenda_enter(&f->agenda, &f->entry, TIMER_PARTICIPANT, f);
    agenda_set_ready(&f->entry, true);
    f->pool = packet_pool_new(64);
    egress_queue_init(&f->queue, &f->entry);
}

/* The pool checks that every packet came back. */
static void tear_down(struct fixture *f)
{
    egress_queue_fini(&f->queue);
    agenda_fini(&f->agenda);
    packet_pool_free(f->pool);
}

static void add(struct fixture *f, unsigned slot, uint16_t sequence)
{
    static const uint8_t bytes[1000];
    struct egress *item = egress_queue_add(&f->queue, false);
    assert_non_null(item);
    item->slot = SLOT(slot);
    item->packet = packet_copy(f->pool, bytes, sizeof bytes);
    item->rewrite.sequence = sequence;
}

static void what_is_added_marks_its_owner_and_goes_in_order(void **state)
{
    struct fixture f;
    const struct egress *items;
    (void)state;
    set_up(&f);
    f.entry.is_idle = true;
    for (uint16_t i = 0; i < 5; i++)
        add(&f, 1, i);
    assert_false(f.entry.is_idle);
    assert_ptr_equal(agenda_take(&f.agenda), &f.entry);
    assert_int_equal(egress_queue_take(&f.queue, &items, 0, 1), 5);
    for (uint16_t i = 0; i < 5; i++)
        assert_int_equal(items[i].rewrite.sequence, i);
    egress_queue_sent(&f.queue);
    assert_int_equal(packet_pool_in_use(f.pool), 0);
    assert_int_equal(egress_queue_next(&f.queue), USEC_NEVER);
    tear_down(&f);
}

static void what_must_wait_stays_and_wakes_its_owner(void **state)
{
    struct fixture f;
    const struct egress *items;
    (void)state;
    set_up(&f);
    for (uint16_t i = 0; i < 30; i++)
        add(&f, 1, i);
    usec_t now = USEC_PER_SEC;
    size_t first = egress_queue_take(&f.queue, &items, 400000, now);
    assert_in_range(first, 1, 29);
    egress_queue_sent(&f.queue);
    assert_true(egress_queue_next(&f.queue) > now);
    assert_int_equal(schedule_next(&f.agenda.schedule), egress_queue_next(&f.queue));
    assert_int_equal(packet_pool_in_use(f.pool), 30 - first);
    assert_int_equal(egress_queue_take(&f.queue, &items, 0, now), 30 - first);
    assert_int_equal(items[0].rewrite.sequence, first);
    tear_down(&f); /* also what was handed out and not sent */
}

static void a_slot_that_goes_takes_its_packets_along(void **state)
{
    struct fixture f;
    const struct egress *items;
    (void)state;
    set_up(&f);
    for (uint16_t i = 0; i < 9; i++)
        add(&f, i % 3u + 1, i);
    egress_queue_forget(&f.queue, SLOT(2));
    assert_int_equal(packet_pool_in_use(f.pool), 6);
    assert_int_equal(egress_queue_take(&f.queue, &items, 0, 1), 6);
    for (size_t i = 0; i < 6; i++)
        assert_ptr_not_equal(items[i].slot, SLOT(2));
    tear_down(&f);
}

static void places_that_a_burst_needed_are_given_back(void **state)
{
    struct fixture f;
    const struct egress *items;
    usec_t now = USEC_PER_SEC;
    (void)state;
    set_up(&f);
    for (uint16_t i = 0; i < 40; i++)
        add(&f, 1, i);
    size_t capacity = f.queue.capacity;
    for (uint16_t i = 0; i < 40; i++, now += 100 * USEC_PER_MSEC) {
        assert_in_range(egress_queue_take(&f.queue, &items, 0, now), i == 0 ? 40 : 3, 40);
        egress_queue_sent(&f.queue);
        for (uint16_t k = 0; k < 3; k++)
            add(&f, 1, (uint16_t)(100 + i * 3 + k));
        assert_in_range(f.queue.count, 3, f.queue.capacity);
    }
    assert_true(f.queue.capacity <= capacity / 4);
    assert_int_equal(egress_queue_take(&f.queue, &items, 0, now), 3);
    assert_int_equal(items[0].rewrite.sequence, 100 + 39 * 3);
    tear_down(&f);
}

static void a_full_queue_counts_what_it_refuses(void **state)
{
    struct fixture f;
    (void)state;
    set_up(&f);
    size_t taken = 0;
    while (taken < 100000 && egress_queue_add(&f.queue, false) != NULL)
        taken++;
    assert_in_range(taken, 1000, 20000);
    assert_int_equal(f.queue.drops, 1);
    assert_null(egress_queue_add(&f.queue, false));
    assert_int_equal(f.queue.drops, 2);
    egress_queue_clear(&f.queue);
    assert_non_null(egress_queue_add(&f.queue, false));
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_marks_its_owner_and_goes_in_order),
        cmocka_unit_test(what_must_wait_stays_and_wakes_its_owner),
        cmocka_unit_test(a_slot_that_goes_takes_its_packets_along),
        cmocka_unit_test(places_that_a_burst_needed_are_given_back),
        cmocka_unit_test(a_full_queue_counts_what_it_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
