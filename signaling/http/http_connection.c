#include "signaling/http/http_connection.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signaling/http/http.h"
#include "signaling/http/http_answer.h"
#include "signaling/http/upgrade.h"
#include "transport/base/budget.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define INPUT_FIRST ((size_t)1024)
#define BODY_CHUNK ((size_t)16384)
#define SILENCE (2 * USEC_PER_SEC)       /* within a request that has begun */
#define REQUEST_TIME (20 * USEC_PER_SEC) /* for all of its head; for its answer; between two */
#define BODY_TIME (10 * USEC_PER_SEC)    /* for all of its body */
#define SLOWEST 4096 /* bytes of an answer that are taken in a second, on average, after that time */
#define LINGER_TIME (2 * USEC_PER_SEC)
#define LINGER_BYTES ((size_t)1 << 20)
#define REQUEST_COST 100 /* microseconds of an address's budget for each request, beside what it takes */

/* HEAD -> (BODY ->) ANSWER -> HEAD again, or LINGER -> closed. In LINGER the answer is sent and our side is shut; what
 * still comes is read and dropped, since closing a socket with unread input resets it, and the answer would be lost. */
enum state { HEAD, BODY, ANSWER, LINGER };

struct http_connection {
    struct http_connection *next, *before; /* of the host's list */
    struct http_host *host;
    uv_poll_t poll;
    int fd;
    uint64_t address;
    bool is_local;
    const struct http_connection_owner *calls;
    void *owner;
    enum state state;
    usec_t since, heard_at;               /* the state began; something was read or sent */
    char *in;                             /* what has come: the head of the current request, and what follows */
    size_t length, capacity, seen, taken; /* seen: searched for a head's end; taken: of the current head */
    size_t dropped;                       /* in LINGER */
    struct http_head head;
    struct http_request request; /* in BODY and ANSWER */
};

static void on_poll(uv_poll_t *poll, int status, int events);

static bool has_request(const struct http_connection *connection)
{
    return connection->state == BODY || connection->state == ANSWER;
}

static void set_state(struct http_connection *connection, enum state state, int events)
{
    connection->state = state;
    connection->since = connection->heard_at = clock_now();
    if (events != 0)
        uv_poll_start(&connection->poll, events, on_poll);
    else
        uv_poll_stop(&connection->poll);
}

static void on_handle_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Everything but the socket, which is the caller's. */
static void dissolve(struct http_connection *connection)
{
    struct http_host *host = connection->host;
    if (has_request(connection))
        http_forget(&connection->request);
    if (connection->before != NULL)
        connection->before->next = connection->next;
    else
        host->connections = connection->next;
    if (connection->next != NULL)
        connection->next->before = connection->before;
    free(connection->in);
    uv_poll_stop(&connection->poll);
    uv_close((uv_handle_t *)&connection->poll, on_handle_closed);
}

void http_connection_close(struct http_connection *connection)
{
    int fd = connection->fd;
    void *owner = connection->owner;
    const struct http_connection_owner *calls = connection->calls;
    dissolve(connection);
    close(fd);
    calls->closed(owner);
}

/* An answer is there. It is sent in a later turn of the loop: its route may be in the middle of something. */
static void on_answered(struct http_request *request)
{
    struct http_connection *connection =
        (struct http_connection *)((char *)request - offsetof(struct http_connection, request));
    set_state(connection, ANSWER, UV_WRITABLE);
}

static void begin_request(struct http_connection *connection)
{
    connection->request = (struct http_request){.host = connection->host,
                                                .head = &connection->head,
                                                .method = connection->head.method,
                                                .path = connection->head.path,
                                                .address = connection->address,
                                                .is_local = connection->is_local,
                                                .is_last = true,
                                                .answered = on_answered};
    budget_table_charge(connection->host->time, connection->address, REQUEST_COST, clock_now());
    connection->calls->asked(connection->owner);
}

/* A request that is none, or not whole, gets an answer, too; nothing can be read behind it. */
static void refuse(struct http_connection *connection, unsigned status, const char *code, const char *text)
{
    if (!has_request(connection)) {
        connection->head = (struct http_head){.query = ""};
        begin_request(connection);
    }
    connection->request.is_last = true;
    (void)http_fail(&connection->request, status, code, text);
}

static void refuse_unfinished(struct http_connection *connection)
{
    connection->host->counters.headers_unfinished++;
    refuse(connection, HTTP_REQUEST_TIMEOUT, "timeout", "the headers or the body of the request are not complete");
}

static void hand_over(struct http_connection *connection)
{
    size_t rest = connection->length - connection->taken;
    char *text = mem_array(UPGRADE_TEXT_MAX + rest, 1);
    size_t length = upgrade_text(&connection->head, text);
    memcpy(text + length, connection->in + connection->taken, rest);
    int fd = connection->fd;
    void *owner = connection->owner;
    const struct http_connection_owner *calls = connection->calls;
    dissolve(connection);
    calls->upgraded(owner, fd, text, length + rest);
    free(text);
}

/* Takes the first `size` bytes of what has come. */
static void consume(struct http_connection *connection, size_t size)
{
    connection->length -= size;
    connection->seen = 0;
    memmove(connection->in, connection->in + size, connection->length);
}

static void take_body(struct http_connection *connection, const char *data, size_t length)
{
    struct http_request *request = &connection->request;
    http_input_add(&request->input, data, length);
    if (request->input.length < request->input.expected)
        return;
    set_state(connection, ANSWER, 0);
    (void)http_body_came(request);
}

static void await_body(struct http_connection *connection)
{
    static const char go[] = "HTTP/1.1 100 Continue\r\n\r\n";
    size_t rest = connection->length - connection->taken, expected = connection->request.input.expected;
    size_t here = rest < expected ? rest : expected;
    if (connection->head.awaits_go && here == 0)
        (void)send(connection->fd, go, sizeof go - 1, MSG_NOSIGNAL);
    connection->taken += here;
    set_state(connection, BODY, UV_READABLE);
    if (here > 0)
        take_body(connection, connection->in + connection->taken - here, here);
}

/* Answers that wait to be read are bounded: when most of that is used, those that are read least make place, and one
 * who asks and does not read keeps nothing from others. */
static void make_place(struct http_host *host)
{
    while (host->body_bytes > HTTP_BODIES_MAX / 4 * 3) {
        struct http_connection *slowest = NULL;
        for (struct http_connection *each = host->connections; each != NULL; each = each->next)
            if (each->state == ANSWER && each->request.length > 0 &&
                (slowest == NULL || each->heard_at < slowest->heard_at))
                slowest = each;
        if (slowest == NULL)
            return;
        host->counters.answers_dropped++;
        http_connection_close(slowest);
    }
}

static void begin(struct http_connection *connection, size_t size)
{
    make_place(connection->host);
    connection->taken = size;
    struct http_fault fault = http_head_parse(&connection->head, connection->in, size);
    begin_request(connection);
    set_state(connection, ANSWER, 0);
    if (fault.status != 0) {
        (void)http_fail(&connection->request, fault.status, fault.code, fault.text);
        return;
    }
    switch (http_start(&connection->request)) {
    case HTTP_ANSWERED:
    case HTTP_LATER:
        break;
    case HTTP_BODY:
        await_body(connection);
        break;
    case HTTP_UPGRADE:
        hand_over(connection);
        break;
    }
}

/* Looks whether a whole head has come. */
static void look_for_head(struct http_connection *connection)
{
    size_t size = http_head_size(connection->in, connection->length, connection->seen);
    connection->seen = connection->length;
    if (size > HTTP_HEAD_MAX || (size == 0 && connection->length >= HTTP_HEAD_MAX)) {
        connection->host->counters.headers_refused++;
        refuse(connection, HTTP_HEADERS_TOO_LARGE, "headers-too-large", "the headers of a request are at most 32 kB");
    } else if (size > 0) {
        begin(connection, size);
    }
}

static void read_head(struct http_connection *connection)
{
    if (connection->length == connection->capacity) {
        connection->capacity = connection->capacity == 0 ? INPUT_FIRST : 2 * connection->capacity;
        connection->in = mem_resize(connection->in, connection->capacity, 1);
    }
    ssize_t got =
        recv(connection->fd, connection->in + connection->length, connection->capacity - connection->length, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        http_connection_close(connection);
        return;
    }
    if (connection->length == 0)
        connection->since = clock_now();
    connection->heard_at = clock_now();
    connection->length += (size_t)got;
    look_for_head(connection);
}

static void read_body(struct http_connection *connection)
{
    char chunk[BODY_CHUNK];
    size_t missing = connection->request.input.expected - connection->request.input.length;
    ssize_t got = recv(connection->fd, chunk, missing < sizeof chunk ? missing : sizeof chunk, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        http_connection_close(connection);
        return;
    }
    connection->heard_at = clock_now();
    take_body(connection, chunk, (size_t)got);
}

static void linger(struct http_connection *connection)
{
    char chunk[BODY_CHUNK];
    ssize_t got = recv(connection->fd, chunk, sizeof chunk, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    connection->dropped += got > 0 ? (size_t)got : 0;
    if (got <= 0 || connection->dropped > LINGER_BYTES)
        http_connection_close(connection);
}

static void end_request(struct http_connection *connection)
{
    bool is_last = connection->request.is_last;
    http_forget(&connection->request);
    if (is_last) {
        (void)shutdown(connection->fd, SHUT_WR);
        set_state(connection, LINGER, UV_READABLE);
        return;
    }
    consume(connection, connection->taken);
    if (connection->length == 0) {
        free(connection->in); /* most that are kept alive ask no more */
        connection->in = NULL;
        connection->capacity = 0;
    }
    set_state(connection, HEAD, UV_READABLE);
    if (connection->length > 0)
        look_for_head(connection);
}

static void send_answer(struct http_connection *connection)
{
    struct iovec pieces[2];
    struct msghdr message = {.msg_iov = pieces};
    while ((message.msg_iovlen = (size_t)http_unsent(&connection->request, pieces)) > 0) {
        ssize_t sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (sent < 0) {
            http_connection_close(connection);
            return;
        }
        connection->request.sent += (size_t)sent;
        connection->heard_at = clock_now();
    }
    end_request(connection);
}

static void step(struct http_connection *connection)
{
    switch (connection->state) {
    case HEAD:
        read_head(connection);
        break;
    case BODY:
        read_body(connection);
        break;
    case ANSWER:
        send_answer(connection);
        break;
    case LINGER:
        linger(connection);
        break;
    }
}

/* What an answer costs is known afterwards. */
static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events; /* an error is met when the socket is used */
    struct http_connection *connection = poll->data;
    struct http_host *host = connection->host;
    uint64_t address = connection->address;
    int64_t started = clock_thread_cpu_ns();
    step(connection);
    uint64_t taken = (uint64_t)(clock_thread_cpu_ns() - started) / 1000;
    budget_table_charge(host->time, address, taken, clock_now());
}

struct http_connection *http_connection_open(struct http_host *host, uv_loop_t *loop, int fd, uint64_t address,
                                             bool is_local, const struct http_connection_owner *calls, void *owner)
{
    struct http_connection *connection = mem_alloc(sizeof *connection);
    *connection = (struct http_connection){.next = host->connections,
                                           .host = host,
                                           .fd = fd,
                                           .address = address,
                                           .is_local = is_local,
                                           .calls = calls,
                                           .owner = owner};
    if (uv_poll_init(loop, &connection->poll, fd) != 0) {
        free(connection);
        close(fd);
        return NULL;
    }
    connection->poll.data = connection;
    if (host->connections != NULL)
        host->connections->before = connection;
    host->connections = connection;
    set_state(connection, HEAD, UV_READABLE);
    return connection;
}

/* One who takes a byte now and then would hold the memory of an answer for ever. */
static bool takes_too_long(const struct http_connection *connection, usec_t now)
{
    usec_t time = REQUEST_TIME + (usec_t)(connection->request.sent / SLOWEST) * USEC_PER_SEC;
    return now - connection->heard_at >= REQUEST_TIME || now - connection->since >= time;
}

static void check(struct http_connection *connection, usec_t now)
{
    bool has_begun = connection->state == BODY || (connection->state == HEAD && connection->length > 0);
    bool is_late = now - connection->since >= (connection->state == BODY ? BODY_TIME : REQUEST_TIME);
    if (has_begun && (is_late || now - connection->heard_at >= SILENCE)) {
        refuse_unfinished(connection);
    } else if (connection->state == ANSWER
                   ? takes_too_long(connection, now)
                   : is_late || (connection->state == LINGER && now - connection->since >= LINGER_TIME)) {
        http_connection_close(connection);
    }
}

void http_connections_check(struct http_host *host, usec_t now)
{
    for (struct http_connection *connection = host->connections, *next; connection != NULL; connection = next) {
        next = connection->next;
        check(connection, now);
    }
}

void http_connections_close_all(struct http_host *host)
{
    while (host->connections != NULL)
        http_connection_close(host->connections);
}
