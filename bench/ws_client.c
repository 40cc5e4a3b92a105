#include "bench/ws_client.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"

#define MESSAGE_MAX ((size_t)4 << 20)
#define CHUNK (64 * 1024)
#define HEADER_MAX 14

enum opcode { OPCODE_CONTINUATION = 0, OPCODE_TEXT = 1, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

struct ws_client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct ws_listener listener;
    char request[512];
    bool is_upgraded, is_closing;
    uint8_t *in; /* bytes that came in and are not a whole frame yet */
    size_t in_length, in_capacity;
    uint8_t *message; /* fragments of one message */
    size_t message_length;
    uint64_t bytes;
};

struct out_frame {
    uv_write_t request;
    uint8_t bytes[];
};

static void on_freed(uv_handle_t *handle)
{
    struct ws_client *client = handle->data;
    free(client->in);
    free(client->message);
    free(client);
}

void ws_client_free(struct ws_client *client)
{
    if (client == NULL)
        return;
    client->listener = (struct ws_listener){0};
    client->is_closing = true;
    uv_close((uv_handle_t *)&client->tcp, on_freed);
}

static void fail(struct ws_client *client, const char *reason)
{
    if (client->is_closing)
        return;
    client->is_closing = true;
    uv_read_stop((uv_stream_t *)&client->tcp);
    if (client->listener.closed != NULL)
        client->listener.closed(client->listener.user, reason);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* the reading side notices and tells of a broken connection */
    free(request->data);
}

static void write_bytes(struct ws_client *client, struct out_frame *frame, size_t length)
{
    uv_buf_t buffer = uv_buf_init((char *)frame->bytes, (unsigned)length);
    frame->request.data = frame;
    client->bytes += length;
    if (uv_write(&frame->request, (uv_stream_t *)&client->tcp, &buffer, 1, on_written) != 0)
        free(frame);
}

/* RFC 6455 section 5.2: a client masks, with a key of its own for each frame. */
static void send_frame(struct ws_client *client, enum opcode opcode, const void *data, size_t length)
{
    struct out_frame *frame = mem_alloc(sizeof *frame + HEADER_MAX + length);
    uint8_t *at = frame->bytes, mask[4];
    random_secure(mask, sizeof mask);
    *at++ = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        *at++ = (uint8_t)(0x80 | length);
    } else if (length <= 0xffff) {
        *at++ = 0x80 | 126;
        put_u16(at, (uint16_t)length);
        at += 2;
    } else {
        *at++ = 0x80 | 127;
        put_u64(at, length);
        at += 8;
    }
    memcpy(at, mask, sizeof mask);
    at += sizeof mask;
    for (size_t i = 0; i < length; i++)
        at[i] = ((const uint8_t *)data)[i] ^ mask[i % 4];
    write_bytes(client, frame, (size_t)(at - frame->bytes) + length);
}

static void deliver(struct ws_client *client, const uint8_t *data, size_t length)
{
    if (client->listener.message != NULL)
        client->listener.message(client->listener.user, (const char *)data, length);
}

static void take_fragment(struct ws_client *client, const uint8_t *data, size_t length, bool is_last)
{
    if (client->message_length + length > MESSAGE_MAX) {
        fail(client, "a message is too long");
        return;
    }
    client->message = mem_resize(client->message, client->message_length + length + 1, 1);
    memcpy(client->message + client->message_length, data, length);
    client->message_length += length;
    if (!is_last)
        return;
    length = client->message_length;
    client->message_length = 0;
    deliver(client, client->message, length);
}

static void take_frame(struct ws_client *client, uint8_t first, const uint8_t *data, size_t length)
{
    bool is_last = (first & 0x80) != 0;
    switch (first & 0x0f) {
    case OPCODE_TEXT:
        if (is_last)
            deliver(client, data, length);
        else
            take_fragment(client, data, length, false);
        break;
    case OPCODE_CONTINUATION:
        take_fragment(client, data, length, is_last);
        break;
    case OPCODE_PING:
        send_frame(client, OPCODE_PONG, data, length);
        break;
    case OPCODE_CLOSE:
        fail(client, "the server closed it");
        break;
    default:
        break;
    }
}

/* The length of the frame's header and of its payload; false: more must come first. */
static bool read_frame_header(const uint8_t *data, size_t available, size_t *header, uint64_t *length)
{
    if (available < 2)
        return false;
    *length = data[1] & 0x7f;
    *header = *length == 127 ? 10 : *length == 126 ? 4 : 2;
    if (available < *header)
        return false;
    if (*length == 126)
        *length = get_u16(data + 2);
    else if (*length == 127)
        *length = get_u64(data + 2);
    return true;
}

/* Returns how many bytes were used up. */
static size_t read_frames(struct ws_client *client)
{
    size_t at = 0, header;
    uint64_t length;
    while (!client->is_closing && read_frame_header(client->in + at, client->in_length - at, &header, &length)) {
        if (length > MESSAGE_MAX) {
            fail(client, "a message is too long");
            break;
        }
        if (client->in_length - at < header + length)
            break;
        take_frame(client, client->in[at], client->in + at + header, (size_t)length);
        at += header + (size_t)length;
    }
    return at;
}

/* Sec-WebSocket-Accept is not checked: it protects from caches in between, and here is none. */
static size_t read_upgrade(struct ws_client *client)
{
    const uint8_t *end = memmem(client->in, client->in_length, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    if (strncmp((const char *)client->in, "HTTP/1.1 101", 12) != 0) {
        fail(client, "the server refused the WebSocket");
        return 0;
    }
    client->is_upgraded = true;
    if (client->listener.opened != NULL)
        client->listener.opened(client->listener.user);
    return (size_t)(end - client->in) + 4;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct ws_client *client = handle->data;
    (void)suggested;
    if (client->in_capacity - client->in_length < CHUNK / 4) {
        client->in_capacity = client->in_length + CHUNK;
        client->in = mem_resize(client->in, client->in_capacity, 1);
    }
    *buffer = uv_buf_init((char *)client->in + client->in_length, (unsigned)(client->in_capacity - client->in_length));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct ws_client *client = stream->data;
    (void)buffer;
    if (length < 0) {
        fail(client, uv_strerror((int)length));
        return;
    }
    client->in_length += (size_t)length;
    client->bytes += (uint64_t)length;
    size_t used = client->is_upgraded ? 0 : read_upgrade(client);
    if (used > 0)
        memmove(client->in, client->in + used, client->in_length -= used);
    used = client->is_upgraded ? read_frames(client) : 0;
    if (used > 0)
        memmove(client->in, client->in + used, client->in_length -= used);
    if (client->in_length == 0) { /* with thousands of participants, none keeps a buffer while nothing comes */
        free(client->in);
        client->in = NULL;
        client->in_capacity = 0;
    }
}

static void on_connected(uv_connect_t *request, int status)
{
    struct ws_client *client = request->data;
    if (status != 0) {
        fail(client, uv_strerror(status));
        return;
    }
    size_t length = strlen(client->request);
    struct out_frame *frame = mem_alloc(sizeof *frame + length);
    memcpy(frame->bytes, client->request, length);
    write_bytes(client, frame, length);
    uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read);
}

struct ws_client *ws_client_new(uv_loop_t *loop, const char *host, uint16_t port, const char *path,
                                const char *subprotocol, const struct ws_listener *listener)
{
    struct ws_client *client = mem_alloc(sizeof *client);
    struct sockaddr_in address;
    client->listener = *listener;
    snprintf(client->request, sizeof client->request,
             "GET %s HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: aGVkZGxlLWJlbmNoLTAwMQ==\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Protocol: %s\r\n\r\n",
             path, host, port, subprotocol);
    uv_tcp_init(loop, &client->tcp);
    uv_tcp_nodelay(&client->tcp, 1);
    client->tcp.data = client;
    client->connect.data = client;
    int error = uv_ip4_addr(host, port, &address);
    if (error == 0)
        error = uv_tcp_connect(&client->connect, &client->tcp, (struct sockaddr *)&address, on_connected);
    if (error != 0)
        fail(client, uv_strerror(error));
    return client;
}

void ws_client_send(struct ws_client *client, const char *text)
{
    if (client->is_upgraded && !client->is_closing)
        send_frame(client, OPCODE_TEXT, text, strlen(text));
}

uint64_t ws_client_bytes(const struct ws_client *client)
{
    return client->bytes;
}
