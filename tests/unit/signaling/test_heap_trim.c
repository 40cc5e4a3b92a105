#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "signaling/process/heap_trim.h"

#define MB ((size_t)1 << 20)
#define BLOCK ((size_t)8192)
#define BLOCKS 4096 /* 32 MB */

static void test_an_eighth_and_four_megabytes_are_worth_it(void **state)
{
    static const struct {
        size_t free_bytes, used_bytes;
        bool is_worth_it;
    } rows[] = {
        {0, 0, false},
        {4 * MB - 1, 10 * MB, false},
        {4 * MB, 10 * MB, true},
        {4 * MB, 32 * MB, true},
        {4 * MB, 33 * MB, false},
        {99 * MB, 800 * MB, false},
        {100 * MB, 800 * MB, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (heap_trim_is_worth_it(rows[i].free_bytes, rows[i].used_bytes) != rows[i].is_worth_it)
            fail_msg("row %zu: %d", i, !rows[i].is_worth_it);
}

#ifndef HEDDLE_SANITIZED
static size_t resident_bytes(void)
{
    size_t all, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%zu %zu", &all, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* A small block, and one that is mapped for itself. */
static void test_what_is_allocated_is_used(void **state)
{
    static const size_t sizes[] = {64 << 10, 4 << 20};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t before = heap_size().used_bytes;
        void *volatile block = malloc(sizes[i]);
        assert_non_null(block);
        size_t with = heap_size().used_bytes;
        assert_in_range(with, before + sizes[i], before + sizes[i] + 8192);
        free(block);
        assert_int_equal(heap_size().used_bytes, before);
    }
}

/* One block in sixteen stays, so that the heap's end never comes down. */
static void fill_and_free(void *blocks[BLOCKS])
{
    for (size_t i = 0; i < BLOCKS; i++) {
        if (blocks[i] == NULL)
            assert_non_null(blocks[i] = malloc(BLOCK));
        memset(blocks[i], 1, BLOCK);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        if (i % 16 != 15) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
}

/* Also what was used and freed again since the last look, though no more is free than then. */
static void test_pages_between_blocks_in_use_go_back(void **state)
{
    static void *blocks[BLOCKS];
    struct heap_trim trim = {0};
    usec_t now = 1;
    (void)state;
    for (int round = 0; round < 3; round++, now = trim.next) {
        fill_and_free(blocks);
        size_t before = resident_bytes();
        heap_trim_timeout(&trim, now);
        assert_true(before - resident_bytes() > 20 * MB);
        assert_true(trim.next >= now + HEAP_TRIM_INTERVAL);
        fill_and_free(blocks);
        before = resident_bytes();
        heap_trim_timeout(&trim, trim.next - 1); /* too early */
        assert_true(resident_bytes() + MB > before);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_eighth_and_four_megabytes_are_worth_it),
#ifndef HEDDLE_SANITIZED
        cmocka_unit_test(test_what_is_allocated_is_used),
        cmocka_unit_test(test_pages_between_blocks_in_use_go_back),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
