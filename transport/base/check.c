#include "transport/base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    dprintf(STDERR_FILENO, "%s:%d: broken invariant: %s\n", file, line, condition);
    abort();
}
