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

static void test_what_was_free_before_does_not_count(void **state)
{
    static const struct {
        size_t free_bytes, used_bytes;
        bool is_due;
    } steps[] = {
        {3 * MB, 10 * MB, false},   {5 * MB, 10 * MB, true},     {5 * MB, 10 * MB, false},
        {8 * MB, 10 * MB, false},   {9 * MB, 10 * MB, true},     {2 * MB, 17 * MB, false}, /* taken again */
        {5 * MB, 14 * MB, false},   {6 * MB, 13 * MB, true},     {60 * MB, 800 * MB, false},
        {106 * MB, 800 * MB, true}, {106 * MB, 800 * MB, false}, {0, 0, false},
    };
    struct heap_trim trim = {0};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (heap_trim_is_due(&trim, steps[i].free_bytes, steps[i].used_bytes) != steps[i].is_due)
            fail_msg("step %zu: %d", i, !steps[i].is_due);
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
        cmocka_unit_test(test_what_was_free_before_does_not_count),
#ifndef HAS_OWN_ALLOCATOR
        cmocka_unit_test(test_pages_between_blocks_in_use_go_back),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
