#include "client/net/signaler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/net/socket_keepalive.h"
#include "client/net/websocket.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"

#define TICK_MS 100
#define LEAVE_TIMEOUT (2 * USEC_PER_SEC) /* how long a server may take to close the socket after `leave` */
#define RETURN_TIME (10 * USEC_PER_SEC)  /* in which a server that was about to stop may be there again */
#define RESUME_MAX 255

struct signaler {
    struct signaler_listener listener;
    struct websocket *socket; /* NULL when it is over */
    uint64_t bytes;           /* of the socket, when it is over */
    struct socket_keepalive keepalive;
    struct rng rng;
    char resume[RESUME_MAX + 1]; /* "": none */
    char refused[300];           /* what was wrong with the last message before we were let in; "": nothing */
    bool is_joined, was_joined, is_over;
    bool is_waiting;   /* to be let in */
    usec_t leave_by;   /* USEC_NEVER: not leaving */
    usec_t give_up_at; /* the server stopped before it let us in: until then we try again; 0: it did not */
    uv_timer_t timer;
};

static void send_now(struct signaler *signaler, json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    if (text != NULL)
        websocket_send(signaler->socket, text);
    free(text);
    json_decref(message);
}

/* Leaves nothing in the loop that would keep it running. */
static void close_socket(struct signaler *signaler)
{
    signaler->bytes = signaler_bytes(signaler);
    websocket_free(signaler->socket);
    signaler->socket = NULL;
    uv_timer_stop(&signaler->timer);
}

static void end(struct signaler *signaler, const char *code, const char *reason)
{
    if (signaler->is_over)
        return;
    signaler->is_over = true;
    signaler->is_joined = false;
    close_socket(signaler);
    if (signaler->listener.ended != NULL)
        signaler->listener.ended(signaler->listener.user, code, reason);
}

static void lost(struct signaler *signaler, const char *reason)
{
    bool was_in = signaler->is_joined;
    signaler->is_joined = signaler->is_waiting = false;
    if (signaler->leave_by != USEC_NEVER) {
        end(signaler, "left", "");
        return;
    }
    if (!signaler->was_joined && clock_now() >= signaler->give_up_at) {
        end(signaler, "unreachable", signaler->refused[0] != '\0' ? signaler->refused : reason);
        return;
    }
    socket_keepalive_lost(&signaler->keepalive, rng_unit(&signaler->rng), clock_now());
    if (was_in && !signaler->is_over && signaler->listener.down != NULL)
        signaler->listener.down(signaler->listener.user, reason);
}

static void join(struct signaler *signaler)
{
    json_t *message = signaler->listener.join(signaler->listener.user);
    if (signaler->resume[0] != '\0')
        json_object_set_new(message, "resume", json_string(signaler->resume));
    send_now(signaler, message);
}

static void on_opened(void *user)
{
    struct signaler *signaler = user;
    if (!signaler->is_over)
        join(signaler);
}

/* The server knows us: we are in the room, or wait to be let in. */
static void keep_place(struct signaler *signaler, const json_t *message)
{
    const char *resume = json_string_value(json_object_get(message, "resume"));
    signaler->resume[0] = '\0';
    if (resume != NULL && strlen(resume) <= RESUME_MAX)
        memcpy(signaler->resume, resume, strlen(resume) + 1);
    signaler->refused[0] = '\0';
    signaler->was_joined = true;
    socket_keepalive_joined(&signaler->keepalive, clock_now());
}

static void on_joined(struct signaler *signaler, const json_t *message)
{
    keep_place(signaler, message);
    signaler->is_joined = true;
    signaler->is_waiting = false;
    signaler->listener.joined(signaler->listener.user, message);
}

static void on_waiting(struct signaler *signaler, const json_t *message)
{
    keep_place(signaler, message);
    signaler->is_waiting = true;
    signaler->listener.message(signaler->listener.user, MESSAGE_WAITING, message);
}

static bool is_among(const char *code, const char *const *codes)
{
    for (; *codes != NULL; codes++)
        if (strcmp(code, *codes) == 0)
            return true;
    return false;
}

/* A server that is started again is no reason to fail. */
static void note_stop(struct signaler *signaler, const char *text)
{
    snprintf(signaler->refused, sizeof signaler->refused, "it says: %s", text);
    if (signaler->give_up_at == 0)
        signaler->give_up_at = clock_now() + RETURN_TIME;
}

static void on_error(struct signaler *signaler, const json_t *message)
{
    /* What is too large once would be too large again. */
    static const char *const fatal[] = {"room-full", "address-full", "too-many-rooms", "bad-token",   "replaced",
                                        "too-large", "removed",      "room-ended",     "room-locked", NULL};
    static const char *const passing[] = {"shutting-down", "too-fast", NULL}; /* the socket opens again */
    const char *code = json_string_value(json_object_get(message, "code"));
    const char *text = json_string_value(json_object_get(message, "message"));
    log_warning("signaling", "the server says %s: %s", code, text);
    bool has_resumed = signaler->resume[0] != '\0';
    if (has_resumed && strcmp(code, "resume-failed") == 0) { /* the server was restarted, or we were away too long */
        signaler->resume[0] = '\0';
        join(signaler);
    } else if (is_among(code, fatal) || (!signaler->is_joined && !is_among(code, passing))) {
        end(signaler, code, text);
    } else {
        if (!signaler->was_joined && strcmp(code, "shutting-down") == 0)
            note_stop(signaler, text);
        signaler->listener.message(signaler->listener.user, MESSAGE_ERROR, message);
    }
}

static void on_message(void *user, const char *text, size_t length)
{
    struct signaler *signaler = user;
    json_t *message;
    enum message_type type;
    struct refusal error;
    if (signaler->is_over)
        return;
    socket_keepalive_heard(&signaler->keepalive, clock_now());
    if (message_parse(&message, &type, MESSAGE_TO_CLIENT, text, length, &error) != 0) {
        log_warning("signaling", "a message of the server is dropped: %s %s, expected %s", error.request, error.field,
                    error.expected);
        if (!signaler->is_joined)
            snprintf(signaler->refused, sizeof signaler->refused, "its answer is not understood (%s %s, expected %s)",
                     error.request, error.field, error.expected);
        return;
    }
    if (type == MESSAGE_JOINED)
        on_joined(signaler, message);
    else if (type == MESSAGE_WAITING)
        on_waiting(signaler, message);
    else if (type == MESSAGE_ERROR)
        on_error(signaler, message);
    else if (type != MESSAGE_PONG && signaler->leave_by == USEC_NEVER) /* on leaving, no new connections are made */
        signaler->listener.message(signaler->listener.user, type, message);
    json_decref(message);
}

static void on_closed(void *user, const char *reason)
{
    lost(user, reason);
}

static void drop(struct signaler *signaler, const char *reason)
{
    websocket_drop(signaler->socket);
    lost(signaler, reason);
}

static void on_tick(uv_timer_t *timer)
{
    struct signaler *signaler = timer->data;
    usec_t now = clock_now();
    if (signaler->leave_by <= now)
        end(signaler, "left", "");
    if (signaler->is_over || signaler->leave_by != USEC_NEVER)
        return;
    switch (socket_keepalive_poll(&signaler->keepalive, now)) {
    case SOCKET_OPEN:
        socket_keepalive_opened(&signaler->keepalive, now);
        signaler->refused[0] = '\0';
        websocket_open(signaler->socket);
        break;
    case SOCKET_PING:
        send_now(signaler, json_pack("{s:s,s:I}", "type", "ping", "id", (json_int_t)(now / USEC_PER_MSEC)));
        break;
    case SOCKET_DROP:
        drop(signaler, signaler->refused[0] != '\0' ? signaler->refused : "nothing was heard of the server");
        break;
    case SOCKET_NOTHING:
        break;
    }
}

struct signaler *signaler_new(uv_loop_t *loop, const struct url *url, bool accept_any_certificate,
                              const struct signaler_listener *listener)
{
    struct signaler *signaler = mem_alloc(sizeof *signaler);
    struct websocket_listener socket = {
        .opened = on_opened, .message = on_message, .closed = on_closed, .user = signaler};
    uint64_t seed;
    random_secure(&seed, sizeof seed);
    rng_init(&signaler->rng, seed);
    signaler->listener = *listener;
    signaler->leave_by = USEC_NEVER;
    signaler->socket = websocket_new(loop, url, accept_any_certificate, &socket);
    if (signaler->socket == NULL) {
        free(signaler);
        return NULL;
    }
    uv_timer_init(loop, &signaler->timer);
    signaler->timer.data = signaler;
    return signaler;
}

void signaler_start(struct signaler *signaler)
{
    if (signaler->is_over || signaler->leave_by != USEC_NEVER)
        return;
    socket_keepalive_init(&signaler->keepalive, clock_now());
    uv_timer_start(&signaler->timer, on_tick, 0, TICK_MS);
}

void signaler_leave(struct signaler *signaler)
{
    if (signaler->is_over || signaler->leave_by != USEC_NEVER)
        return;
    /* The server closes the socket after `leave`. If we closed it with messages unread, the kernel would reset the
     * connection, and the server might never read that we left. */
    bool is_known = signaler->is_joined || signaler->is_waiting;
    signaler->leave_by = is_known ? clock_now() + LEAVE_TIMEOUT : 0;
    if (is_known)
        send_now(signaler, json_pack("{s:s}", "type", "leave"));
    uv_timer_start(&signaler->timer, on_tick, 0, TICK_MS);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void signaler_free(struct signaler *signaler)
{
    if (signaler == NULL)
        return;
    close_socket(signaler);
    uv_close((uv_handle_t *)&signaler->timer, on_timer_closed);
}

bool signaler_is_joined(const struct signaler *signaler)
{
    return signaler->is_joined;
}

void signaler_send(struct signaler *signaler, json_t *message)
{
    if (signaler->is_joined)
        send_now(signaler, message);
    else
        json_decref(message);
}

void signaler_network_changed(struct signaler *signaler)
{
    if (signaler->is_over || signaler->leave_by != USEC_NEVER || !signaler->was_joined)
        return;
    bool is_opening = signaler->keepalive.state == SOCKET_OPENING; /* begun in the old network: it may never succeed */
    if (is_opening || websocket_is_stranded(signaler->socket))
        drop(signaler, "the network changed");
    socket_keepalive_doubt(&signaler->keepalive, clock_now());
}

uint64_t signaler_bytes(const struct signaler *signaler)
{
    if (signaler->socket == NULL)
        return signaler->bytes;
    return websocket_bytes_sent(signaler->socket) + websocket_bytes_received(signaler->socket);
}
