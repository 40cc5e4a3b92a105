#include "client/net/websocket_context.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/base/log.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"
#include "transport/net/library_pin.h"

/* A WebSocket that comes after the last one takes its context over: making one takes a tenth of a second (of reading
 * certificates), and libwebsockets loses most of its memory when another is made before it has ended. */
#define LINGER_MS 25
#define REAP_INTERVAL_MS 5
#define REAP_STEPS 6

/* libwebsockets closes the descriptor by which it wakes itself twice: when a context is destroyed, and again when the
 * loop has closed its handle. In between the number is free, and whatever got it would be closed: a socket of another
 * context, still watched by the loop, or an application's file. So the number is taken, by a socket that nobody uses,
 * from the first time to the second. */
struct twice_closed {
    int number;      /* of libwebsockets' descriptor; -1: not known */
    int placeholder; /* what takes the number */
};

struct websocket_context {
    struct websocket_context *next;
    uv_loop_t *loop;
    struct lws_context *library;
    size_t users;
    struct map attempts; /* by number: whose they are */
    uintptr_t last_attempt;
    struct twice_closed waker;
    uv_timer_t reaper;
    int reap_step;
};

/* Those that are not ending, of all loops. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct websocket_context *contexts;

static void on_library_log(int level, const char *line)
{
    (void)level;
    log_debug("websocket", "%.*s", (int)strcspn(line, "\n"), line);
}

struct polls {
    size_t count;
    const uv_handle_t *last; /* that was made */
};

static void note_poll(uv_handle_t *handle, void *polls)
{
    struct polls *noted = polls;
    if (uv_handle_get_type(handle) != UV_POLL)
        return;
    noted->count++;
    noted->last = handle;
}

static int waker_of(uv_loop_t *loop, size_t polls_before)
{
    struct polls polls = {0};
    uv_os_fd_t number;
    uv_walk(loop, note_poll, &polls);
    return polls.count == polls_before + 1 && uv_fileno(polls.last, &number) == 0 ? number : -1;
}

static bool make_library(struct websocket_context *context, const struct lws_protocols *protocols)
{
    void *loops[] = {context->loop};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .foreign_loops = loops,
        .user = context,
        .pcontext = &context->library,
        .gid = -1,
        .uid = -1,
    };
    struct polls before = {0};
    lws_set_log_level(LLL_ERR | LLL_WARN, on_library_log);
    uv_walk(context->loop, note_poll, &before);
    context->library = lws_create_context(&info);
    if (context->library == NULL)
        return false;
    library_pin("libwebsockets-evlib");
    context->waker.number = waker_of(context->loop, before.count);
    return true;
}

static struct websocket_context *make(uv_loop_t *loop, const struct lws_protocols *protocols)
{
    struct websocket_context *context = mem_alloc(sizeof *context);
    context->loop = loop;
    map_init(&context->attempts);
    context->waker.placeholder = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (context->waker.placeholder < 0 || !make_library(context, protocols)) {
        if (context->waker.placeholder >= 0)
            close(context->waker.placeholder);
        free(context);
        return NULL;
    }
    uv_timer_init(loop, &context->reaper);
    context->reaper.data = context;
    return context;
}

static struct websocket_context *find(const uv_loop_t *loop)
{
    struct websocket_context *context;
    pthread_mutex_lock(&lock);
    for (context = contexts; context != NULL && context->loop != loop;)
        context = context->next;
    pthread_mutex_unlock(&lock);
    return context;
}

struct websocket_context *websocket_context_hold(uv_loop_t *loop, const struct lws_protocols *protocols)
{
    struct websocket_context *context = find(loop);
    if (context == NULL) {
        context = make(loop, protocols);
        if (context == NULL)
            return NULL;
        pthread_mutex_lock(&lock);
        context->next = contexts;
        contexts = context;
        pthread_mutex_unlock(&lock);
    }
    context->users++;
    uv_timer_stop(&context->reaper);
    return context;
}

/* Another thread may have been given the number already: then it is left alone. */
static void take_number(const struct twice_closed *closed)
{
    if (closed->number < 0)
        return;
    int taken = fcntl(closed->placeholder, F_DUPFD_CLOEXEC, closed->number);
    if (taken >= 0 && taken != closed->number)
        close(taken);
}

/* A libwebsockets that closes only once leaves the number to us. */
static void give_number_back(const struct twice_closed *closed)
{
    struct stat ours, there;
    if (closed->number >= 0 && fstat(closed->placeholder, &ours) == 0 && fstat(closed->number, &there) == 0 &&
        ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
        close(closed->number);
    close(closed->placeholder);
}

static void forget(const struct websocket_context *context)
{
    pthread_mutex_lock(&lock);
    struct websocket_context **at = &contexts;
    while (*at != context)
        at = &(*at)->next;
    *at = context->next;
    pthread_mutex_unlock(&lock);
}

static void on_reaper_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* libwebsockets destroys a context in two calls. Between them the loop must run until all its handles are closed, one
 * after the other; the second call unloads their code. */
static void on_reap(uv_timer_t *timer)
{
    struct websocket_context *context = timer->data;
    if (context->reap_step++ == 0) {
        forget(context);
        lws_context_destroy(context->library);
        take_number(&context->waker);
    } else if (context->reap_step == REAP_STEPS) {
        if (context->library != NULL)
            lws_context_destroy(context->library);
        give_number_back(&context->waker);
        map_fini(&context->attempts);
        uv_close((uv_handle_t *)timer, on_reaper_closed);
    }
}

void websocket_context_release(struct websocket_context *context)
{
    if (--context->users == 0)
        uv_timer_start(&context->reaper, on_reap, LINGER_MS, REAP_INTERVAL_MS);
}

struct lws_context *websocket_context_library(const struct websocket_context *context)
{
    return context->library;
}

uintptr_t websocket_context_begin(struct websocket_context *context, struct websocket *socket)
{
    map_put(&context->attempts, ++context->last_attempt, socket);
    return context->last_attempt;
}

void websocket_context_end(struct websocket_context *context, uintptr_t attempt)
{
    map_remove(&context->attempts, attempt);
}

struct websocket *websocket_context_find(struct lws *wsi)
{
    const struct websocket_context *context = lws_context_user(lws_get_context(wsi));
    return map_get(&context->attempts, (uintptr_t)lws_get_opaque_user_data(wsi));
}
