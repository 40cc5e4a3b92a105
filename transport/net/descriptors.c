#include "transport/net/descriptors.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define ASKED_MAX 64

size_t descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    rlim_t most =
        limit.rlim_max == RLIM_INFINITY || limit.rlim_max > DESCRIPTORS_MAX ? DESCRIPTORS_MAX : limit.rlim_max;
    if (limit.rlim_cur < most) {
        struct rlimit raised = {.rlim_cur = most, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit.rlim_cur = most;
    }
    return limit.rlim_cur < most ? (size_t)limit.rlim_cur : (size_t)most;
}

bool descriptors_are_free(size_t count)
{
    int fds[ASKED_MAX];
    size_t opened = 0;
    if (count > ASKED_MAX)
        count = ASKED_MAX;
    while (opened < count && (fds[opened] = eventfd(0, EFD_CLOEXEC)) >= 0)
        opened++;
    for (size_t i = 0; i < opened; i++)
        close(fds[i]);
    return opened == count;
}
