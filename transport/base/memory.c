#include "transport/base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No invariant is broken: an error in one line, without a core dump. The log might need memory, too. */
static _Noreturn void end_without(size_t count, size_t size)
{
    dprintf(STDERR_FILENO, "%s: out of memory: %zu x %zu bytes more are not to be had\n", program_invocation_short_name,
            count, size);
    _exit(1);
}

void *mem_alloc(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL)
        end_without(1, size);
    return memory;
}

void *mem_array(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL)
        end_without(count, size);
    return memory;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *memory = reallocarray(old, count > 0 ? count : 1, size);
    if (memory == NULL)
        end_without(count, size);
    return memory;
}

char *mem_text(const char *text)
{
    if (text == NULL)
        return NULL;
    char *copy = strdup(text);
    if (copy == NULL)
        end_without(1, strlen(text) + 1);
    return copy;
}
