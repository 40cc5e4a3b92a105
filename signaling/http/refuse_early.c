#include "signaling/http/refuse_early.h"

#include <stdio.h>

void http_refuse_early(struct lws *wsi, const char *status, const char *reason)
{
    unsigned char buffer[LWS_PRE + 512];
    int length = snprintf((char *)buffer + LWS_PRE, sizeof buffer - LWS_PRE,
                          "HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\nsec-websocket-version: 13\r\n"
                          "connection: close\r\ncontent-length: %zu\r\n\r\n%s\n",
                          status, strlen(reason) + 1, reason);
    (void)lws_write(wsi, buffer + LWS_PRE, (size_t)length, LWS_WRITE_HTTP_HEADERS);
}

int http_refuse_headers(struct lws *wsi)
{
    struct http_host *host = lws_get_protocol(wsi)->user;
    host->counters.headers_refused++;
    http_refuse_early(wsi, "431 Request Header Fields Too Large", "the headers of a request are at most 32 kB");
    return -1;
}

void http_refuse_unfinished(struct http_host *host, struct lws *wsi)
{
    host->counters.headers_unfinished++;
    http_refuse_early(wsi, "408 Request Timeout", "the headers or the body of the request are not complete");
    /* Not later: outside of its callbacks libwebsockets would not notice before something else wakes it. */
    lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
}
