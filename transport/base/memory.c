#include "transport/base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"

void *mem_alloc(size_t size)
{
    void *memory = calloc(1, size);
    CHECK(memory != NULL);
    return memory;
}

void *mem_array(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    CHECK(memory != NULL);
    return memory;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *memory = reallocarray(old, count > 0 ? count : 1, size);
    CHECK(memory != NULL);
    return memory;
}

char *mem_text(const char *text)
{
    if (text == NULL)
        return NULL;
    char *copy = strdup(text);
    CHECK(copy != NULL);
    return copy;
}
