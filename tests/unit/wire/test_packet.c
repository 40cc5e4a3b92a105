#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/wire/packet.h"

static void test_copy_holds_the_bytes(void **state)
{
    static const size_t lengths[] = {0, 1, 255, 256, 257, 768, 769, 1240, 1241, PACKET_CAPACITY};
    struct packet_pool *pool = packet_pool_new(100);
    uint8_t data[PACKET_CAPACITY + 1];
    (void)state;
    memset(data, 0x5a, sizeof data);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct packet *packet = packet_copy(pool, data, lengths[i]);
        assert_non_null(packet);
        assert_int_equal(packet->length, lengths[i]);
        assert_memory_equal(packet->data, data, lengths[i]);
        packet_release(packet);
    }
    assert_null(packet_copy(pool, data, PACKET_CAPACITY + 1));
    assert_int_equal(packet_pool_in_use(pool), 0);
    packet_pool_free(pool);
}

static void test_new_packet_is_empty_and_has_full_capacity(void **state)
{
    struct packet_pool *pool = packet_pool_new(1);
    struct packet *packet = packet_new(pool);
    (void)state;
    assert_int_equal(packet->length, 0);
    memset(packet->data, 1, PACKET_CAPACITY); /* ASan watches */
    packet->length = 9;
    packet_release(packet);
    packet = packet_new(pool); /* the same buffer again */
    assert_int_equal(packet->length, 0);
    packet_release(packet);
    packet_pool_free(pool);
}

static void test_last_reference_gives_the_packet_back(void **state)
{
    struct packet_pool *pool = packet_pool_new(4);
    struct packet *packet = packet_copy(pool, (const uint8_t *)"a", 1);
    (void)state;
    assert_ptr_equal(packet_hold(packet), packet);
    packet_release(packet);
    assert_int_equal(packet_pool_in_use(pool), 1);
    assert_int_equal(packet->data[0], 'a');
    packet_release(packet);
    assert_int_equal(packet_pool_in_use(pool), 0);
    packet_release(NULL);
    packet_pool_free(pool);
}

static void test_limit_counts_packets_of_all_sizes(void **state)
{
    static const uint8_t data[PACKET_CAPACITY];
    static const size_t lengths[] = {10, 700, 1400};
    struct packet_pool *pool = packet_pool_new(3);
    struct packet *packets[3];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        packets[i] = packet_copy(pool, data, lengths[i]);
    assert_null(packet_copy(pool, data, 1));
    assert_null(packet_new(pool));
    packet_release(packets[1]);
    packets[1] = packet_new(pool);
    assert_non_null(packets[1]);
    for (size_t i = 0; i < 3; i++)
        packet_release(packets[i]);
    packet_pool_free(pool);
    packet_pool_free(NULL);
}

static void test_buffers_are_used_again(void **state)
{
    static const uint8_t data[300];
    struct packet_pool *pool = packet_pool_new(10);
    struct packet *first = packet_copy(pool, data, 100);
    (void)state;
    packet_release(first);
    struct packet *larger = packet_copy(pool, data, 300); /* does not fit the small one */
    struct packet *second = packet_copy(pool, data, 200);
    assert_ptr_not_equal(larger, first);
    assert_ptr_equal(second, first);
    packet_release(larger);
    packet_release(second);
    packet_pool_free(pool);
}

static void test_trimming_gives_back_a_peak_and_touches_nothing_in_use(void **state)
{
    static struct packet *packets[3000];
    static const uint8_t data[PACKET_CAPACITY] = {7};
    struct packet_pool *pool = packet_pool_new(3000);
    (void)state;
    for (size_t i = 0; i < 3000; i++)
        packets[i] = packet_copy(pool, data, i % PACKET_CAPACITY + 1);
    size_t peak = packet_pool_bytes(pool);
    for (size_t i = 1; i < 3000; i++)
        packet_release(packets[i]);
    for (unsigned i = 0; i < 20; i++)
        packet_pool_trim(pool);
    assert_true(peak > 2000000);
    assert_int_equal(packet_pool_bytes(pool), 65536); /* the page of the one that is left */
    assert_int_equal(packets[0]->data[0], 7);
    packet_release(packets[0]);
    packet_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy_holds_the_bytes),
        cmocka_unit_test(test_new_packet_is_empty_and_has_full_capacity),
        cmocka_unit_test(test_last_reference_gives_the_packet_back),
        cmocka_unit_test(test_limit_counts_packets_of_all_sizes),
        cmocka_unit_test(test_buffers_are_used_again),
        cmocka_unit_test(test_trimming_gives_back_a_peak_and_touches_nothing_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
