#include "bench/fine_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "transport/base/error.h"

static void on_expired(uv_poll_t *poll, int status, int events)
{
    struct fine_timer *timer = poll->data;
    uint64_t times;
    (void)status;
    (void)events;
    if (read(timer->fd, &times, sizeof times) == sizeof times)
        timer->due(timer->user);
}

int fine_timer_init(struct fine_timer *timer, uv_loop_t *loop, void (*due)(void *user), void *user)
{
    *timer = (struct fine_timer){.due = due, .user = user};
    timer->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer->fd < 0)
        return ERR_IO;
    uv_poll_init(loop, &timer->poll, timer->fd);
    timer->poll.data = timer;
    uv_poll_start(&timer->poll, UV_READABLE, on_expired);
    return 0;
}

void fine_timer_fini(struct fine_timer *timer)
{
    if (timer->fd >= 0)
        close(timer->fd);
}

void fine_timer_set(struct fine_timer *timer, usec_t delay)
{
    struct itimerspec at = {0}; /* zero stops it */
    if (delay != USEC_NEVER) {
        usec_t after = usec_max(delay, 1);
        at.it_value = (struct timespec){after / USEC_PER_SEC, after % USEC_PER_SEC * 1000};
    }
    (void)timerfd_settime(timer->fd, 0, &at, NULL);
}
