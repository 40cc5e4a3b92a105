#include "signaling/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#define OWN 24        /* standard ones, loop, listener, files that are open for a moment */
#define EACH_WORKER 8 /* loop, wake-up, UDP and TCP port, with some to spare */

void descriptors_fill_standard(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR); /* the lowest free number: this one */
}

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

size_t descriptors_needed(size_t workers)
{
    return OWN + EACH_WORKER * workers + DESCRIPTORS_PEOPLE;
}
