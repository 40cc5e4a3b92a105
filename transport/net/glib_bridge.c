#include "transport/net/glib_bridge.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "transport/base/check.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/agent_intake.h"
#include "transport/net/descriptors.h"
#include "transport/net/receive_hook.h"
#include "transport/net/threads.h"

/* GLib may close a descriptor and open another file with the same number between two checks of its list; epoll then no
 * longer watches it. So descriptors are checked again after GLib dispatched, but not more often than this. */
#define RECHECK_MS 100
#define CLOSE_WAIT_MS 200

struct watch {
    uv_poll_t handle;
    struct glib_bridge *bridge;
    int fd, requested, active, ready; /* the latter three: UV_READABLE... */
    dev_t device;
    ino_t inode;
    uint64_t paused_until_ms; /* its budget is used up: it is not read until then */
};

struct glib_bridge {
    uv_loop_t *loop;
    GMainContext *context;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t timer;
    struct agent_intake intake;
    GPollFD *fds;
    gint fd_count, fd_capacity, priority;
    struct watch **watches;
    size_t watch_count, watch_capacity;
    struct watch **by_fd;
    size_t by_fd_capacity;
    struct glib_deferred *first, *last;
    bool is_dirty, is_acquired, agent_has_closed;
    uint64_t checked_at_ms;
    unsigned handles; /* that libuv has not closed yet */
    unsigned closing_agents;
};

static void on_timer(uv_timer_t *timer)
{
    (void)timer; /* it only wakes the loop */
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct watch *watch = handle->data;
    watch->ready |= status < 0 ? UV_READABLE | UV_WRITABLE | UV_DISCONNECT : events;
}

static void drop_handle(struct glib_bridge *bridge)
{
    if (--bridge->handles > 0)
        return;
    agent_intake_fini(&bridge->intake);
    free(bridge);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    struct glib_bridge *bridge = watch->bridge;
    free(watch);
    drop_handle(bridge);
}

static void on_handle_closed(uv_handle_t *handle)
{
    drop_handle(handle->data);
}

static struct watch *find_watch(const struct glib_bridge *bridge, int fd)
{
    return (size_t)fd < bridge->by_fd_capacity ? bridge->by_fd[fd] : NULL;
}

static void remember(struct glib_bridge *bridge, struct watch *watch)
{
    if ((size_t)watch->fd >= bridge->by_fd_capacity) {
        size_t old = bridge->by_fd_capacity;
        bridge->by_fd_capacity = (size_t)watch->fd + 64;
        bridge->by_fd = mem_resize(bridge->by_fd, bridge->by_fd_capacity, sizeof *bridge->by_fd);
        for (size_t i = old; i < bridge->by_fd_capacity; i++)
            bridge->by_fd[i] = NULL;
    }
    if (bridge->watch_count == bridge->watch_capacity) {
        bridge->watch_capacity = bridge->watch_capacity * 2 + 16;
        bridge->watches = mem_resize(bridge->watches, bridge->watch_capacity, sizeof *bridge->watches);
    }
    bridge->by_fd[watch->fd] = watch;
    bridge->watches[bridge->watch_count++] = watch;
}

static struct watch *add_watch(struct glib_bridge *bridge, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return NULL;
    struct watch *watch = mem_alloc(sizeof *watch);
    watch->bridge = bridge;
    watch->fd = fd;
    watch->device = status.st_dev;
    watch->inode = status.st_ino;
    if (uv_poll_init(bridge->loop, &watch->handle, fd) != 0) {
        free(watch);
        return NULL;
    }
    watch->handle.data = watch;
    bridge->handles++;
    remember(bridge, watch);
    return watch;
}

static void remove_watch(struct glib_bridge *bridge, size_t index)
{
    struct watch *watch = bridge->watches[index];
    bridge->watches[index] = bridge->watches[--bridge->watch_count];
    bridge->by_fd[watch->fd] = NULL;
    uv_close((uv_handle_t *)&watch->handle, on_watch_closed);
}

/* Drops watches whose descriptor is closed, or whose number is of another file by now. */
static void drop_closed(struct glib_bridge *bridge)
{
    for (size_t i = bridge->watch_count; i-- > 0;) {
        struct watch *watch = bridge->watches[i];
        struct stat status;
        if (fstat(watch->fd, &status) != 0 || status.st_dev != watch->device || status.st_ino != watch->inode)
            remove_watch(bridge, i);
    }
}

static void recheck(struct glib_bridge *bridge)
{
    uint64_t now_ms = uv_now(bridge->loop);
    if (!bridge->is_dirty || now_ms - bridge->checked_at_ms < RECHECK_MS)
        return;
    bridge->is_dirty = false;
    bridge->checked_at_ms = now_ms;
    drop_closed(bridge);
}

static int events_of(gushort events)
{
    return ((events & (G_IO_IN | G_IO_PRI)) != 0 ? UV_READABLE : 0) | ((events & G_IO_OUT) != 0 ? UV_WRITABLE : 0);
}

static void pause_streams(struct glib_bridge *bridge)
{
    for (size_t i = 0; i < bridge->intake.paused_count; i++) {
        struct watch *watch = find_watch(bridge, bridge->intake.paused[i]);
        if (watch != NULL)
            watch->paused_until_ms = uv_now(bridge->loop) + INTAKE_PAUSE_MS;
    }
    bridge->intake.paused_count = 0;
}

/* Makes libuv watch what the context asked for. */
static void watch_all(struct glib_bridge *bridge, gint *timeout_ms)
{
    recheck(bridge);
    for (size_t i = 0; i < bridge->watch_count; i++)
        bridge->watches[i]->requested = 0;
    for (gint i = 0; i < bridge->fd_count; i++) {
        const GPollFD *asked = &bridge->fds[i];
        struct watch *watch = find_watch(bridge, asked->fd);
        if (watch == NULL)
            watch = add_watch(bridge, asked->fd);
        if (watch != NULL)
            watch->requested |= events_of(asked->events) | UV_DISCONNECT;
        else
            bridge->is_dirty = true;
    }
    for (size_t i = bridge->watch_count; i-- > 0;) {
        struct watch *watch = bridge->watches[i];
        if (watch->paused_until_ms > uv_now(bridge->loop)) {
            watch->requested &= ~UV_READABLE;
            *timeout_ms = *timeout_ms < 0 ? INTAKE_PAUSE_MS : MIN(*timeout_ms, INTAKE_PAUSE_MS);
        }
        if (watch->requested == 0)
            remove_watch(bridge, i);
        else if (watch->requested != watch->active && uv_poll_start(&watch->handle, watch->requested, on_poll) == 0)
            watch->active = watch->requested;
    }
}

static void run_deferred(struct glib_bridge *bridge)
{
    struct glib_deferred *deferred;
    while ((deferred = bridge->first) != NULL) {
        bridge->first = deferred->next;
        if (bridge->first == NULL)
            bridge->last = NULL;
        deferred->next = NULL;
        deferred->is_queued = false;
        deferred->run(deferred);
    }
}

static void on_prepare(uv_prepare_t *handle)
{
    struct glib_bridge *bridge = handle->data;
    gint timeout_ms = -1;
    run_deferred(bridge);
    glib_bridge_enter(bridge);
    bridge->is_acquired = true;
    g_main_context_prepare(bridge->context, &bridge->priority);
    for (;;) {
        bridge->fd_count =
            g_main_context_query(bridge->context, bridge->priority, &timeout_ms, bridge->fds, bridge->fd_capacity);
        if (bridge->fd_count <= bridge->fd_capacity)
            break;
        bridge->fd_capacity = bridge->fd_count;
        bridge->fds = mem_resize(bridge->fds, (size_t)bridge->fd_capacity, sizeof *bridge->fds);
    }
    watch_all(bridge, &timeout_ms);
    if (bridge->is_dirty && (timeout_ms < 0 || timeout_ms > RECHECK_MS))
        timeout_ms = RECHECK_MS;
    if (timeout_ms >= 0)
        uv_timer_start(&bridge->timer, on_timer, (uint64_t)timeout_ms, 0);
    else
        uv_timer_stop(&bridge->timer);
    /* It stays acquired until on_check(), but is the thread's default in each of both only: contexts are that as a
     * stack, and the loop may have other bridges, whose turns come in between. */
    g_main_context_pop_thread_default(bridge->context);
}

static gushort events_for(const struct watch *watch, gushort asked)
{
    gushort events = 0;
    if ((watch->ready & UV_READABLE) != 0)
        events |= G_IO_IN;
    if ((watch->ready & UV_WRITABLE) != 0)
        events |= G_IO_OUT;
    if ((watch->ready & UV_DISCONNECT) != 0)
        events |= G_IO_HUP;
    return events & (gushort)(asked | G_IO_HUP);
}

static void on_check(uv_check_t *handle)
{
    struct glib_bridge *bridge = handle->data;
    if (!bridge->is_acquired)
        return;
    g_main_context_push_thread_default(bridge->context);
    for (gint i = 0; i < bridge->fd_count; i++) {
        const struct watch *watch = find_watch(bridge, bridge->fds[i].fd);
        bridge->fds[i].revents = watch != NULL ? events_for(watch, bridge->fds[i].events) : 0;
    }
    for (size_t i = 0; i < bridge->watch_count; i++)
        bridge->watches[i]->ready = 0;
    if (g_main_context_check(bridge->context, bridge->priority, bridge->fds, bridge->fd_count)) {
        agent_intake_renew(&bridge->intake);
        receive_hook_set(&bridge->intake);
        g_main_context_dispatch(bridge->context);
        receive_hook_set(NULL);
        pause_streams(bridge);
        bridge->is_dirty = true;
    }
    /* The sockets of an agent went with it. If libuv opened one of its own now, it would get the number of a watched
     * one, and never hear anything. */
    if (bridge->agent_has_closed)
        drop_closed(bridge);
    bridge->agent_has_closed = false;
    bridge->is_acquired = false;
    glib_bridge_leave(bridge);
}

/* GLib ends the program when a context gets no descriptor, or its asynchronous tasks no thread. That is started here,
 * and not when the first agent is freed. */
static bool has_room_for_glib(void)
{
    if (!descriptors_are_free(1) || (g_type_from_name("GTask") == 0 && !threads_are_free(1)))
        return false;
    g_type_ensure(G_TYPE_TASK);
    return true;
}

struct glib_bridge *glib_bridge_new(uv_loop_t *loop)
{
    if (!has_room_for_glib())
        return NULL;
    struct glib_bridge *bridge = mem_alloc(sizeof *bridge);
    bridge->loop = loop;
    bridge->context = g_main_context_new();
    uint64_t seed;
    random_secure(&seed, sizeof seed);
    agent_intake_init(&bridge->intake, seed);
    if (!receive_hook_works())
        log_info("ice", "what libnice reads has no budget in this program");
    bridge->fd_capacity = 16;
    bridge->fds = mem_array((size_t)bridge->fd_capacity, sizeof *bridge->fds);
    (void)uv_prepare_init(loop, &bridge->prepare); /* these never fail: they make no system call */
    (void)uv_check_init(loop, &bridge->check);
    (void)uv_timer_init(loop, &bridge->timer);
    bridge->prepare.data = bridge->check.data = bridge->timer.data = bridge;
    bridge->handles = 3;
    uv_prepare_start(&bridge->prepare, on_prepare);
    uv_check_start(&bridge->check, on_check);
    return bridge;
}

static gboolean on_close_limit(gpointer user)
{
    *(bool *)user = true;
    return G_SOURCE_REMOVE;
}

/* Waits a moment for agents that still release their TURN allocations. */
static void wait_for_agents(struct glib_bridge *bridge)
{
    bool is_over = false;
    GSource *limit = g_timeout_source_new(CLOSE_WAIT_MS);
    g_source_set_callback(limit, on_close_limit, &is_over, NULL);
    g_source_attach(limit, bridge->context);
    glib_bridge_enter(bridge);
    receive_hook_set(&bridge->intake);
    while (bridge->closing_agents > 0 && !is_over) {
        agent_intake_renew(&bridge->intake);
        g_main_context_iteration(bridge->context, TRUE);
    }
    receive_hook_set(NULL);
    glib_bridge_leave(bridge);
    g_source_destroy(limit);
    g_source_unref(limit);
}

void glib_bridge_free(struct glib_bridge *bridge)
{
    if (bridge == NULL)
        return;
    CHECK(bridge->first == NULL);
    if (bridge->is_acquired) /* freed between prepare and check */
        g_main_context_release(bridge->context);
    wait_for_agents(bridge);
    while (bridge->watch_count > 0)
        remove_watch(bridge, bridge->watch_count - 1);
    free(bridge->watches);
    free(bridge->by_fd);
    free(bridge->fds);
    g_main_context_unref(bridge->context);
    uv_close((uv_handle_t *)&bridge->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&bridge->check, on_handle_closed);
    uv_close((uv_handle_t *)&bridge->timer, on_handle_closed);
}

GMainContext *glib_bridge_context(struct glib_bridge *bridge)
{
    return bridge->context;
}

uv_loop_t *glib_bridge_loop(struct glib_bridge *bridge)
{
    return bridge->loop;
}

struct agent_intake *glib_bridge_intake(struct glib_bridge *bridge)
{
    return &bridge->intake;
}

void glib_bridge_defer(struct glib_bridge *bridge, struct glib_deferred *deferred)
{
    if (deferred->is_queued)
        return;
    deferred->is_queued = true;
    deferred->next = NULL;
    if (bridge->last != NULL)
        bridge->last->next = deferred;
    else
        bridge->first = deferred;
    bridge->last = deferred;
    uv_timer_start(&bridge->timer, on_timer, 0, 0); /* on_prepare may have run already in this turn */
}

void glib_bridge_forget(struct glib_bridge *bridge, struct glib_deferred *deferred)
{
    struct glib_deferred **at = &bridge->first, *previous = NULL;
    if (!deferred->is_queued)
        return;
    while (*at != deferred) {
        previous = *at;
        at = &(*at)->next;
    }
    *at = deferred->next;
    if (bridge->last == deferred)
        bridge->last = previous;
    deferred->is_queued = false;
}

void glib_bridge_enter(struct glib_bridge *bridge)
{
    CHECK(g_main_context_acquire(bridge->context));
    g_main_context_push_thread_default(bridge->context);
}

void glib_bridge_leave(struct glib_bridge *bridge)
{
    g_main_context_pop_thread_default(bridge->context);
    g_main_context_release(bridge->context);
}

void glib_bridge_hold(struct glib_bridge *bridge)
{
    bridge->closing_agents++;
}

void glib_bridge_release(struct glib_bridge *bridge)
{
    bridge->closing_agents--;
    bridge->agent_has_closed = true;
}
