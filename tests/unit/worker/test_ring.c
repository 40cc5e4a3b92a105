#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "router/worker/ring.h"
#include "transport/base/random.h"

#define CAPACITY 4096
#define RECORDS 200000

static int put(struct ring *ring, uint8_t fill, size_t length)
{
    uint8_t *at = ring_reserve(ring, length);
    if (at == NULL)
        return 0;
    memset(at, fill, length);
    ring_put(ring);
    return 1;
}

static void expect(struct ring *ring, uint8_t fill, size_t length)
{
    size_t got;
    const uint8_t *at = ring_front(ring, &got);
    assert_non_null(at);
    assert_int_equal(got, length);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(at[i], fill);
    ring_take(ring);
}

static void keeps_order_and_lengths(void **state)
{
    static const size_t lengths[] = {0, 1, 7, 8, 9, 100, 1500};
    struct ring *ring = ring_new(CAPACITY);
    size_t length;
    (void)state;
    assert_null(ring_front(ring, &length));
    for (int round = 0; round < 50; round++) { /* the places move on, so records begin everywhere */
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
            assert_int_equal(put(ring, (uint8_t)(round + (int)i), lengths[i]), 1);
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
            expect(ring, (uint8_t)(round + (int)i), lengths[i]);
        assert_null(ring_front(ring, &length));
    }
    ring_free(ring);
    ring_free(NULL);
}

static void refuses_what_does_not_fit(void **state)
{
    struct ring *ring = ring_new(CAPACITY);
    size_t count = 0;
    (void)state;
    assert_null(ring_reserve(ring, CAPACITY)); /* never */
    while (put(ring, (uint8_t)count, 1000))
        count++;
    assert_int_equal(count, CAPACITY / 1008);
    expect(ring, 0, 1000);
    assert_int_equal(put(ring, (uint8_t)count, 1000), 1); /* what was taken makes room */
    for (size_t i = 1; i <= count; i++)
        expect(ring, (uint8_t)i, 1000);
    ring_free(ring);
}

static size_t length_of(uint32_t number)
{
    return sizeof number + number * 37 % 1200;
}

static void *produce(void *user)
{
    for (uint32_t number = 0; number < RECORDS;) {
        uint8_t *at = ring_reserve(user, length_of(number));
        if (at == NULL) {
            sched_yield(); /* the other thread may have no processor of its own */
            continue;
        }
        memset(at, (int)(number & 0xff), length_of(number));
        memcpy(at, &number, sizeof number);
        ring_put(user);
        number++;
    }
    return NULL;
}

/* Two threads; every record must come once, whole and in order. */
static void two_threads(void **state)
{
    struct ring *ring = ring_new(CAPACITY);
    pthread_t producer;
    (void)state;
    assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
    for (uint32_t expected = 0; expected < RECORDS;) {
        size_t length;
        uint32_t number;
        const uint8_t *at = ring_front(ring, &length);
        if (at == NULL) {
            sched_yield();
            continue;
        }
        memcpy(&number, at, sizeof number);
        if (number != expected || length != length_of(number) ||
            (length > sizeof number && at[length - 1] != (number & 0xff)))
            fail_msg("record %u came as %u, %zu bytes", expected, number, length);
        ring_take(ring);
        expected++;
    }
    assert_int_equal(pthread_join(producer, NULL), 0);
    ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_lengths),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
