#include "signaling/process/tls_stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define RECORD ((size_t)16384)
/* Of TLS's own messages. A handshake takes a handful, and new keys, which cost time that nobody counts, are needed once
 * in millions of records. */
#define MESSAGES_MAX 100
#define LEFT_TIME (5 * USEC_PER_SEC) /* for the remote peer to take more of what the owner left behind */

/* What was read from one side and not yet written to the other. */
struct piece {
    uint8_t data[RECORD];
    size_t length, written;
};

struct tls_stream {
    struct tls_stream *next, *before;
    struct tls_streams *streams;
    SSL *ssl;
    int fd, inner;
    uv_poll_t outer_poll, inner_poll;
    int open_handles;
    struct piece *in, *out;  /* NULL: nothing waits. in: decrypted; out: to be encrypted */
    bool has_read, has_sent; /* the end of the remote peer's data; of the owner's */
    bool has_closed;         /* the remote peer was told the latter */
    bool wants_write;        /* the last call of OpenSSL waits for the socket to take more */
    bool is_broken;
    unsigned messages;
    bool is_left;   /* the owner writes no more: what waits is still sent, if it goes on */
    usec_t sent_at; /* something was sent to the remote peer */
};

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *offered,
                           unsigned offered_length, void *user)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;
    (void)ssl, (void)user;
    if (SSL_select_next_proto(&chosen, length, ours, sizeof ours - 1, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK; /* without a protocol browsers speak HTTP/1.1, too */
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *tls_server_new(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (tls == NULL)
        return NULL;
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(tls,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    /* Else OpenSSL goes on within one call for as long as a peer sends records without data. */
    SSL_CTX_clear_mode(tls, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF); /* tickets need no memory of ours */
    SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
    return tls;
}

static void on_tls_message(int is_sent, int version, int type, const void *message, size_t length, SSL *ssl, void *user)
{
    struct tls_stream *stream = user;
    (void)version, (void)message, (void)length, (void)ssl;
    if (!is_sent && type == SSL3_RT_HANDSHAKE)
        stream->messages++;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct tls_stream *stream = handle->data;
    if (--stream->open_handles == 0)
        free(stream);
}

static void end(struct tls_stream *stream)
{
    if (stream->before != NULL)
        stream->before->next = stream->next;
    else
        stream->streams->first = stream->next;
    if (stream->next != NULL)
        stream->next->before = stream->before;
    stream->streams->left -= stream->is_left ? 1 : 0;
    SSL_free(stream->ssl);
    ERR_clear_error();
    free(stream->in);
    free(stream->out);
    uv_poll_stop(&stream->outer_poll);
    uv_poll_stop(&stream->inner_poll);
    uv_close((uv_handle_t *)&stream->outer_poll, on_handle_closed);
    uv_close((uv_handle_t *)&stream->inner_poll, on_handle_closed);
    close(stream->fd);
    close(stream->inner);
}

/* What a call of OpenSSL that did not succeed means. Errors of one connection must not be taken for those of the next
 * one. */
static int error_of(struct tls_stream *stream, int result)
{
    int error = SSL_get_error(stream->ssl, result);
    ERR_clear_error();
    return error;
}

static void judge(struct tls_stream *stream, int error)
{
    if (error == SSL_ERROR_WANT_WRITE)
        stream->wants_write = true;
    else if (error != SSL_ERROR_WANT_READ)
        stream->is_broken = true;
}

/* Each of these returns whether it got anything done. */

static bool read_outer(struct tls_stream *stream)
{
    if (stream->in != NULL || stream->has_read)
        return false;
    struct piece *piece = mem_alloc(sizeof *piece);
    int got = SSL_read(stream->ssl, piece->data, RECORD);
    if (got <= 0) {
        int error = error_of(stream, got);
        free(piece);
        stream->has_read = error == SSL_ERROR_ZERO_RETURN;
        stream->is_broken = stream->messages > MESSAGES_MAX;
        if (stream->has_read)
            (void)shutdown(stream->inner, SHUT_WR); /* the owner sees the end, too */
        else
            judge(stream, error);
        return false;
    }
    piece->length = (size_t)got;
    piece->written = 0;
    stream->in = piece;
    return true;
}

static bool write_inner(struct tls_stream *stream)
{
    struct piece *piece = stream->in;
    if (piece == NULL)
        return false;
    ssize_t sent = send(stream->inner, piece->data + piece->written, piece->length - piece->written, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (sent < 0) { /* the owner has gone; what it said before is still sent */
        free(piece);
        stream->in = NULL;
        stream->has_read = true;
        return true;
    }
    piece->written += (size_t)sent;
    if (piece->written == piece->length) {
        free(piece);
        stream->in = NULL;
    }
    return true;
}

static bool read_inner(struct tls_stream *stream)
{
    if (stream->out != NULL || stream->has_sent)
        return false;
    struct piece *piece = mem_alloc(sizeof *piece);
    ssize_t got = recv(stream->inner, piece->data, RECORD, 0);
    if (got <= 0) {
        stream->has_sent = got == 0 || (errno != EAGAIN && errno != EINTR);
        free(piece);
        return false;
    }
    piece->length = (size_t)got;
    piece->written = 0;
    stream->out = piece;
    return true;
}

static bool write_outer(struct tls_stream *stream)
{
    struct piece *piece = stream->out;
    if (piece == NULL || !SSL_is_init_finished(stream->ssl))
        return false;
    int sent = SSL_write(stream->ssl, piece->data + piece->written, (int)(piece->length - piece->written));
    if (sent <= 0) {
        judge(stream, error_of(stream, sent));
        return false;
    }
    piece->written += (size_t)sent;
    stream->sent_at = clock_now();
    if (piece->written == piece->length) {
        free(piece);
        stream->out = NULL;
    }
    return true;
}

/* The end of what the owner said: close_notify, which may have to wait for room, and the end of TCP's data. */
static bool close_outer(struct tls_stream *stream)
{
    if (!stream->has_sent || stream->out != NULL || stream->has_closed)
        return false;
    if (SSL_is_init_finished(stream->ssl)) {
        int result = SSL_shutdown(stream->ssl);
        if (result < 0)
            judge(stream, error_of(stream, result));
        if (stream->wants_write)
            return false;
    }
    stream->has_closed = true;
    (void)shutdown(stream->fd, SHUT_WR);
    return true;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct tls_stream *stream)
{
    bool reads_outer = stream->in == NULL && !stream->has_read;
    int outer = (reads_outer ? UV_READABLE : 0) | (stream->wants_write ? UV_WRITABLE : 0);
    int inner = (stream->in != NULL ? UV_WRITABLE : 0) | (stream->out == NULL && !stream->has_sent ? UV_READABLE : 0) |
                (stream->is_left ? 0 : UV_DISCONNECT);
    if (outer != 0)
        uv_poll_start(&stream->outer_poll, outer, on_poll);
    else
        uv_poll_stop(&stream->outer_poll);
    if (inner != 0)
        uv_poll_start(&stream->inner_poll, inner, on_poll);
    else
        uv_poll_stop(&stream->inner_poll);
}

/* As much as goes without waiting: bounded by what the pair of sockets takes. What the remote peer said comes first:
 * once it is gone, writing fails, and its last words are still to be read. */
static void carry(struct tls_stream *stream)
{
    stream->wants_write = false;
    ERR_clear_error(); /* what others of this thread left there is not ours */
    while (!stream->is_broken) {
        bool goes_on = read_outer(stream) || write_inner(stream);
        if (!goes_on && !stream->is_broken)
            goes_on = read_inner(stream) || write_outer(stream) || close_outer(stream);
        if (!goes_on)
            break;
    }
    if (stream->is_broken || (stream->has_read && stream->has_closed && stream->in == NULL))
        end(stream);
    else
        watch(stream);
}

/* The owner, which may be gone, counts it no more: there must not be many of these. The one that has sent nothing for
 * longest makes room. */
static void leave(struct tls_stream *stream)
{
    struct tls_stream *slowest = NULL;
    for (struct tls_stream *each = stream->streams->first; each != NULL; each = each->next)
        if (each->is_left && (slowest == NULL || each->sent_at < slowest->sent_at))
            slowest = each;
    stream->is_left = true;
    stream->sent_at = clock_now();
    if (++stream->streams->left > TLS_STREAMS_LEFT_MAX)
        end(slowest);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct tls_stream *stream = poll->data;
    /* An error is met when the socket is used, behind what came before it. */
    bool is_end = (events & UV_DISCONNECT) != 0 || status < 0;
    if (poll == &stream->inner_poll && is_end && !stream->is_left)
        leave(stream);
    carry(stream);
}

static struct tls_stream *make(struct tls_streams *streams, uv_loop_t *loop, SSL *ssl, int fd, int inner)
{
    struct tls_stream *stream = mem_alloc(sizeof *stream);
    *stream = (struct tls_stream){.streams = streams, .ssl = ssl, .fd = fd, .inner = inner};
    if (uv_poll_init(loop, &stream->outer_poll, fd) != 0) {
        free(stream);
        return NULL;
    }
    stream->outer_poll.data = stream->inner_poll.data = stream;
    stream->open_handles = 1;
    if (uv_poll_init(loop, &stream->inner_poll, inner) != 0) {
        uv_close((uv_handle_t *)&stream->outer_poll, on_handle_closed);
        return NULL;
    }
    stream->open_handles = 2;
    SSL_set_msg_callback(ssl, on_tls_message);
    SSL_set_msg_callback_arg(ssl, stream);
    stream->next = streams->first;
    if (stream->next != NULL)
        stream->next->before = stream;
    streams->first = stream;
    return stream;
}

int tls_stream_open(struct tls_streams *streams, uv_loop_t *loop, SSL_CTX *tls, int fd)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
        close(fd);
        return -1;
    }
    SSL *ssl = SSL_new(tls);
    bool is_ready = ssl != NULL && SSL_set_fd(ssl, fd) == 1;
    if (is_ready)
        SSL_set_accept_state(ssl);
    struct tls_stream *stream = is_ready ? make(streams, loop, ssl, fd, pair[0]) : NULL;
    if (stream == NULL) {
        SSL_free(ssl);
        close(fd);
        close(pair[0]);
        close(pair[1]);
        return -1;
    }
    watch(stream);
    return pair[1];
}

static bool is_sending(const struct tls_stream *stream)
{
    char next;
    bool is_said = stream->out != NULL || stream->has_sent;
    return !stream->has_closed && (is_said || recv(stream->inner, &next, 1, MSG_PEEK) >= 0); /* 0: the owner's end */
}

bool tls_streams_are_sending(const struct tls_streams *streams)
{
    const struct tls_stream *stream = streams->first;
    while (stream != NULL && !is_sending(stream))
        stream = stream->next;
    return stream != NULL;
}

void tls_streams_check(struct tls_streams *streams, usec_t now)
{
    for (struct tls_stream *stream = streams->first, *next; stream != NULL; stream = next) {
        next = stream->next;
        if (stream->is_left && now - stream->sent_at >= LEFT_TIME)
            end(stream);
    }
}

void tls_streams_close_all(struct tls_streams *streams)
{
    while (streams->first != NULL)
        end(streams->first);
}
