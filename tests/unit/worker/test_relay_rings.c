/* The rings between workers: each pair has its own, what is sent comes out whole and in order, by turns from all that
 * sent something, a full one takes no more and says so, and only who was sent something is woken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/worker/relay_rings.h"
#include "transport/base/bytes.h"

#define WORKERS 3

struct fixture {
    uv_loop_t loop;
    uv_async_t wake_up[WORKERS];
    unsigned woken[WORKERS];
    struct relay_rings *rings;
};

static void on_wake_up(uv_async_t *async)
{
    *(unsigned *)async->data += 1;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    memset(f, 0, sizeof *f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->rings = relay_rings_new(WORKERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_int_equal(uv_async_init(&f->loop, &f->wake_up[i], on_wake_up), 0);
        f->wake_up[i].data = &f->woken[i];
        relay_rings_attach(f->rings, i, &f->wake_up[i]);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < WORKERS; i++)
        uv_close((uv_handle_t *)&f->wake_up[i], NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    relay_rings_free(f->rings);
    return 0;
}

static bool send_text(const struct relay_endpoint *endpoint, const char *head, const char *body)
{
    return endpoint->ops->send(endpoint->user, (struct span){(const uint8_t *)head, strlen(head)},
                               (struct span){(const uint8_t *)body, strlen(body)});
}

static void take_text(struct fixture *f, unsigned to, unsigned from, const char *expected)
{
    struct relay_received received;
    assert_true(relay_rings_next(f->rings, to, &received));
    assert_int_equal(received.from, from);
    assert_int_equal(received.message.length, strlen(expected));
    assert_memory_equal(received.message.data, expected, strlen(expected));
    relay_rings_done(f->rings, to, &received);
}

static void each_pair_has_its_own(void **state)
{
    struct fixture *f = *state;
    struct relay_received received;
    struct relay_endpoint to_two = relay_rings_endpoint(f->rings, 0, 2);
    struct relay_endpoint back = relay_rings_endpoint(f->rings, 2, 0);
    struct relay_endpoint other = relay_rings_endpoint(f->rings, 1, 2);
    assert_int_equal(relay_rings_workers(f->rings), WORKERS);
    assert_false(relay_rings_next(f->rings, 2, &received));
    assert_true(send_text(&to_two, "one", ""));
    assert_true(send_text(&to_two, "two ", "parts"));
    assert_true(send_text(&other, "from ", "one"));
    assert_true(send_text(&back, "", "back"));
    take_text(f, 2, 0, "one");
    take_text(f, 2, 1, "from one");
    take_text(f, 2, 0, "two parts");
    take_text(f, 0, 2, "back");
    for (unsigned i = 0; i < WORKERS; i++)
        assert_false(relay_rings_next(f->rings, i, &received));
}

/* Worker 0 sends faster than its messages are taken. */
static void none_waits_for_another_that_sends_more(void **state)
{
    struct fixture *f = *state;
    struct relay_endpoint busy = relay_rings_endpoint(f->rings, 0, 2), other = relay_rings_endpoint(f->rings, 1, 2);
    assert_true(send_text(&busy, "much", ""));
    for (unsigned round = 0; round < 10; round++) {
        assert_true(send_text(&busy, "much", ""));
        assert_true(send_text(&busy, "much", ""));
        assert_true(send_text(&other, "little", ""));
        take_text(f, 2, 0, "much");
        take_text(f, 2, 1, "little");
    }
}

static void who_was_sent_something_is_woken_once(void **state)
{
    struct fixture *f = *state;
    struct relay_endpoint endpoints[WORKERS];
    for (unsigned to = 0; to < WORKERS; to++)
        endpoints[to] = relay_rings_endpoint(f->rings, 0, to);
    assert_true(send_text(&endpoints[1], "a", ""));
    assert_true(send_text(&endpoints[1], "b", ""));
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned to = 0; to < WORKERS; to++)
            endpoints[to].ops->flush(endpoints[to].user);
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(f->woken[0], 0);
    assert_int_equal(f->woken[1], 1);
    assert_int_equal(f->woken[2], 0);
}

static void a_full_one_takes_no_more_until_something_is_taken(void **state)
{
    struct fixture *f = *state;
    static uint8_t body[1200];
    struct relay_endpoint endpoint = relay_rings_endpoint(f->rings, 0, 1), other = relay_rings_endpoint(f->rings, 0, 2);
    struct relay_received received;
    uint8_t head[4];
    uint32_t sent = 0, taken = 0;
    for (; sent < 1000000; sent++) {
        put_u32(head, sent);
        if (!endpoint.ops->send(endpoint.user, (struct span){head, sizeof head}, (struct span){body, sizeof body}))
            break;
    }
    assert_in_range(sent, 3000, 4000); /* 4 MB */
    assert_true(send_text(&other, "room here", ""));
    endpoint.ops->flush(endpoint.user); /* also who is too slow is woken */
    uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(f->woken[1], 1);
    for (; relay_rings_next(f->rings, 1, &received); taken++) {
        assert_int_equal(received.message.length, sizeof head + sizeof body);
        assert_int_equal(get_u32(received.message.data), taken);
        relay_rings_done(f->rings, 1, &received);
        if (taken == 10)
            assert_true(endpoint.ops->send(endpoint.user, (struct span){head, sizeof head}, (struct span){body, 1200}));
    }
    assert_int_equal(taken, sent + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_pair_has_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_waits_for_another_that_sends_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_was_sent_something_is_woken_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_one_takes_no_more_until_something_is_taken, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
