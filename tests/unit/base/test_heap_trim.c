#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/base/heap_trim.h"

#define MB ((size_t)1 << 20)
#define BLOCK ((size_t)8192)
#define BLOCKS 4096 /* 32 MB */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_OWN_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_ALLOCATOR 1
#endif
#endif

static void test_it_is_due_when_the_process_has_grown_and_the_heap_has_not(void **state)
{
    static const struct {
        size_t before, resident, free_bytes, used_bytes; /* before: what was resident after the last trim */
        bool is_due;
    } rows[] = {
        {12 * MB, 12 * MB, 1 * MB, 5 * MB, false},  /* what is there is in use */
        {12 * MB, 20 * MB, 3 * MB, 10 * MB, false}, /* too little is free */
        {12 * MB, 20 * MB, 9 * MB, 10 * MB, true},
        {13 * MB, 13 * MB, 9 * MB, 10 * MB, false},     /* trimmed: free bytes without pages */
        {13 * MB, 16 * MB, 9 * MB, 10 * MB, false},     /* a little of it was used again, and is free again */
        {13 * MB, 17 * MB, 9 * MB, 10 * MB, true},      /* more of it */
        {700 * MB, 900 * MB, 99 * MB, 800 * MB, false}, /* an eighth of what is used is 100 MB */
        {700 * MB, 900 * MB, 101 * MB, 800 * MB, true},
        {850 * MB, 900 * MB, 101 * MB, 800 * MB, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct heap_trim trim = {.resident = rows[i].before};
        if (heap_trim_is_due(&trim, rows[i].resident, rows[i].free_bytes, rows[i].used_bytes) != rows[i].is_due)
            fail_msg("row %zu: %d", i, !rows[i].is_due);
    }
}

/* The first look has nothing to compare with, and the least that was seen is what counts. */
static void test_the_least_that_was_resident_counts(void **state)
{
    struct heap_trim trim = {0};
    (void)state;
    assert_true(heap_trim_is_due(&trim, 30 * MB, 20 * MB, 10 * MB));
    trim.resident = 14 * MB;
    assert_false(heap_trim_is_due(&trim, 11 * MB, 20 * MB, 5 * MB));
    assert_true(heap_trim_is_due(&trim, 15 * MB, 20 * MB, 10 * MB));
}

#ifndef HAS_OWN_ALLOCATOR
static size_t resident_bytes(void)
{
    size_t all, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%zu %zu", &all, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* One block in sixteen stays, so that the heap's end never comes down. */
static void test_pages_between_blocks_in_use_go_back(void **state)
{
    static void *blocks[BLOCKS];
    struct heap_trim trim = {0};
    (void)state;
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_non_null(blocks[i] = malloc(BLOCK));
        memset(blocks[i], 1, BLOCK);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        if (i % 16 != 15) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
    size_t before = resident_bytes();
    heap_trim_timeout(&trim, 1);
    assert_true(before - resident_bytes() > 20 * MB);
    assert_true(trim.next == 1 + HEAP_TRIM_INTERVAL);
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_due_when_the_process_has_grown_and_the_heap_has_not),
        cmocka_unit_test(test_the_least_that_was_resident_counts),
#ifndef HAS_OWN_ALLOCATOR
        cmocka_unit_test(test_pages_between_blocks_in_use_go_back),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
