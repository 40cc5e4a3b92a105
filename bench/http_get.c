#include "bench/http_get.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/base/memory.h"

#define TIMEOUT_S 10
#define STEP (64 * 1024)

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Content-Length of a complete header; SIZE_MAX when it has none. */
static size_t content_length(const char *header)
{
    const char *field = strcasestr(header, "\r\ncontent-length:");
    return field != NULL ? strtoul(field + 17, NULL, 10) : SIZE_MAX;
}

/* Header and body, until the length is reached or the server closes. */
static char *read_answer(int fd)
{
    size_t length = 0, capacity = 0, requested = SIZE_MAX;
    char *text = NULL;
    ssize_t got = 1;
    while (got > 0 && length < requested) {
        if (capacity - length < STEP / 2)
            text = mem_resize(text, (capacity += STEP) + 1, 1);
        got = recv(fd, text + length, capacity - length, 0);
        length += got > 0 ? (size_t)got : 0;
        text[length] = '\0';
        const char *body = strstr(text, "\r\n\r\n");
        if (requested == SIZE_MAX && body != NULL && content_length(text) != SIZE_MAX)
            requested = (size_t)(body - text) + 4 + content_length(text);
    }
    return text;
}

json_t *http_get_json(uint16_t port, const char *path)
{
    char request[512];
    json_t *json = NULL;
    int fd = connect_to(port);
    if (fd < 0)
        return NULL;
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n",
                          path, port);
    if (send(fd, request, (size_t)length, MSG_NOSIGNAL) == length) {
        char *text = read_answer(fd);
        const char *body = strstr(text, "\r\n\r\n");
        json = body != NULL ? json_loads(body + 4, 0, NULL) : NULL;
        free(text);
    }
    close(fd);
    return json;
}
