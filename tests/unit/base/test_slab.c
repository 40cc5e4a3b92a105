#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/random.h"
#include "transport/base/slab.h"

#define MANY 4000

static void *blocks[MANY];

static void take_all(struct slab *slab)
{
    for (size_t i = 0; i < MANY; i++)
        assert_non_null(blocks[i] = slab_take(slab));
}

static void give_all(struct slab *slab)
{
    for (size_t i = 0; i < MANY; i++)
        slab_give(slab, blocks[i]);
}

static void test_blocks_are_apart_and_aligned(void **state)
{
    static const size_t sizes[] = {1, 16, 17, 400, 1700, 16384};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct slab slab;
        slab_init(&slab, sizes[s]);
        take_all(&slab);
        for (size_t i = 0; i < MANY; i++) {
            assert_int_equal((uintptr_t)blocks[i] % 16, 0);
            memset(blocks[i], (int)(i & 0xff), sizes[s]);
        }
        for (size_t i = 0; i < MANY; i++) {
            const uint8_t *bytes = blocks[i];
            assert_int_equal(bytes[0], i & 0xff);
            assert_int_equal(bytes[sizes[s] - 1], i & 0xff);
        }
        give_all(&slab);
        slab_fini(&slab);
    }
}

static void test_what_was_given_last_is_taken_first(void **state)
{
    struct slab slab;
    (void)state;
    slab_init(&slab, 100);
    take_all(&slab);
    size_t before = slab_bytes(&slab);
    for (size_t i = 0; i < 100; i++) {
        void *block = blocks[i * 7];
        slab_give(&slab, block);
        assert_ptr_equal(slab_take(&slab), block);
    }
    give_all(&slab);
    take_all(&slab);
    assert_int_equal(slab_bytes(&slab), before);
    give_all(&slab);
    slab_fini(&slab);
}

static void test_a_peak_goes_back_and_what_breathes_stays(void **state)
{
    struct slab slab;
    (void)state;
    slab_init(&slab, 1700);
    take_all(&slab);
    size_t peak = slab_bytes(&slab);
    slab_trim(&slab);
    give_all(&slab);
    slab_trim(&slab); /* they were in use until just now */
    assert_int_equal(slab_bytes(&slab), peak);
    take_all(&slab);
    give_all(&slab);
    slab_trim(&slab); /* and again since then */
    assert_int_equal(slab_bytes(&slab), peak);
    slab_trim(&slab);
    assert_true(slab_bytes(&slab) <= peak / 2 + 65536);
    for (unsigned i = 0; i < 12; i++)
        slab_trim(&slab);
    assert_int_equal(slab_bytes(&slab), 0);
    take_all(&slab);
    give_all(&slab);
    slab_fini(&slab);
}

static void test_a_page_with_one_used_block_stays(void **state)
{
    struct slab slab;
    (void)state;
    slab_init(&slab, 1700);
    take_all(&slab);
    memset(blocks[5], 0x5a, 1700);
    for (size_t i = 0; i < MANY; i++)
        if (i != 5)
            slab_give(&slab, blocks[i]);
    for (unsigned i = 0; i < 20; i++)
        slab_trim(&slab);
    assert_int_equal(slab_bytes(&slab), 65536);
    assert_int_equal(((uint8_t *)blocks[5])[1699], 0x5a);
    slab_give(&slab, blocks[5]);
    slab_fini(&slab);
}

static void test_random_use_loses_nothing(void **state)
{
    struct slab slab;
    struct rng rng;
    (void)state;
    slab_init(&slab, 300);
    rng_init(&rng, 7);
    memset(blocks, 0, sizeof blocks);
    for (unsigned i = 0; i < 200000; i++) {
        size_t at = rng_below(&rng, MANY);
        if (blocks[at] != NULL) {
            assert_int_equal(*(size_t *)blocks[at], at);
            slab_give(&slab, blocks[at]);
            blocks[at] = NULL;
        } else {
            blocks[at] = slab_take(&slab);
            *(size_t *)blocks[at] = at;
        }
        if (i % 1000 == 0)
            slab_trim(&slab);
    }
    for (size_t i = 0; i < MANY; i++)
        if (blocks[i] != NULL)
            slab_give(&slab, blocks[i]);
    slab_fini(&slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_apart_and_aligned),
        cmocka_unit_test(test_what_was_given_last_is_taken_first),
        cmocka_unit_test(test_a_peak_goes_back_and_what_breathes_stays),
        cmocka_unit_test(test_a_page_with_one_used_block_stays),
        cmocka_unit_test(test_random_use_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
