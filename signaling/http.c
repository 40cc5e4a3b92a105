#include "signaling/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "signaling/api.h"
#include "signaling/server.h"
#include "transport/base/memory.h"

#define FILE_SIZE_MAX ((long)16 * 1024 * 1024)
#define CHUNK 16384

const char *http_type(const char *path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".webmanifest", "application/manifest+json"},
        {".txt", "text/plain; charset=utf-8"},
        {".wasm", "application/wasm"},
    };
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t ending = strlen(types[i].ending);
        if (length > ending && strcmp(path + length - ending, types[i].ending) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

bool http_path_is_safe(const char *path)
{
    if (path[0] != '/' || strstr(path, "/.") != NULL || strstr(path, "//") != NULL)
        return false;
    return path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/")] == '\0';
}

static int add_headers(struct http_request *request, unsigned status, const char *type, unsigned char **at,
                       unsigned char *end)
{
    static const struct {
        const char *name, *value;
    } headers[] = {
        {"cache-control:", "no-cache"},
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "same-origin"},
        {"connection:", "close"}, /* after a POST: what may follow as its body is not the next request */
    };
    size_t count = sizeof headers / sizeof headers[0] - (request->is_post ? 0 : 1);
    int result = lws_add_http_common_headers(request->wsi, status, type, request->length, at, end);
    for (size_t i = 0; i < count; i++)
        result |= lws_add_http_header_by_name(request->wsi, (const unsigned char *)headers[i].name,
                                              (const unsigned char *)headers[i].value, (int)strlen(headers[i].value),
                                              at, end);
    return result;
}

static int write_body(struct http_request *request)
{
    unsigned char buffer[LWS_PRE + CHUNK];
    size_t left = request->length - request->sent;
    size_t chunk = left < CHUNK ? left : CHUNK;
    if (request->is_waiting)
        return 0;
    if (left > 0) {
        bool is_last = chunk == left;
        memcpy(buffer + LWS_PRE, request->body + request->sent, chunk);
        request->sent += chunk;
        if (lws_write(request->wsi, buffer + LWS_PRE, chunk, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
            return -1;
        if (!is_last) {
            lws_callback_on_writable(request->wsi);
            return 0;
        }
    }
    free(request->body);
    request->body = NULL;
    return lws_http_transaction_completed(request->wsi) ? -1 : 0;
}

int http_answer(struct http_request *request, unsigned status, const char *type, char *body, size_t length)
{
    unsigned char buffer[LWS_PRE + 1024];
    unsigned char *start = buffer + LWS_PRE, *at = start, *end = buffer + sizeof buffer - 1;
    free(request->body);
    request->body = body;
    request->length = length;
    request->sent = request->is_head ? length : 0;
    if (add_headers(request, status, type, &at, end) != 0 ||
        lws_finalize_write_http_header(request->wsi, start, &at, end) != 0)
        return -1;
    if (request->is_post) { /* there is no writeable callback before a body that may never come */
        (void)write_body(request);
        return -1;
    }
    lws_callback_on_writable(request->wsi);
    return 0;
}

int http_answer_text(struct http_request *request, unsigned status, const char *text)
{
    return http_answer(request, status, "text/plain; charset=utf-8", mem_text(text), strlen(text));
}

int http_answer_json(struct http_request *request, unsigned status, json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    return http_answer(request, status, "application/json; charset=utf-8", text, text != NULL ? strlen(text) : 0);
}

/* A whole file; NULL when it is none that we serve. */
static char *read_file(const char *path, size_t *length)
{
    struct stat info;
    FILE *file =
        stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= FILE_SIZE_MAX ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return NULL;
    char *data = mem_array((size_t)info.st_size, 1);
    *length = fread(data, 1, (size_t)info.st_size, file);
    fclose(file);
    return data;
}

static int answer_file(struct http_request *request, const char *path)
{
    char full[1024];
    size_t length = 0;
    const char *name = strcmp(path, "/") == 0 ? "/index.html" : path;
    if (request->server->web == NULL || !http_path_is_safe(name))
        return http_answer_text(request, HTTP_STATUS_NOT_FOUND, "not found\n");
    snprintf(full, sizeof full, "%s%s", request->server->web, name);
    char *data = read_file(full, &length);
    if (data == NULL)
        return http_answer_text(request, HTTP_STATUS_NOT_FOUND, "not found\n");
    return http_answer(request, HTTP_STATUS_OK, http_type(name), data, length);
}

static void forget(struct http_request *request)
{
    if (request->is_waiting)
        api_forget(request->server->api, request);
    free(request->body);
    request->body = NULL;
}

static int start(struct http_request *request, struct lws *wsi, const char *path)
{
    request->server = lws_context_user(lws_get_context(wsi));
    forget(request); /* a further request on a kept-alive connection */
    *request = (struct http_request){.server = request->server, .wsi = wsi};
    request->is_head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
    snprintf(request->path, sizeof request->path, "%s", path);
    request->is_post = !request->is_head && lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0;
    if (strlen(path) >= sizeof request->path)
        return http_answer_text(request, HTTP_STATUS_REQ_URI_TOO_LONG, "too long\n");
    if (request->is_post && lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0 && strncmp(path, "/api/", 5) == 0)
        return api_post(request->server->api, request);
    if (request->is_post)
        return http_answer_text(request, HTTP_STATUS_METHOD_NOT_ALLOWED, "GET or HEAD\n");
    if (strcmp(path, "/healthz") == 0)
        return http_answer_text(request, HTTP_STATUS_OK, "ok\n");
    if (strncmp(path, "/api/", 5) == 0)
        return api_start(request->server->api, request);
    return answer_file(request, path);
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct http_request *request = user;
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: /* a WebSocket without our subprotocol */
        return -1;
    case LWS_CALLBACK_HTTP:
        return start(request, wsi, in);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return request != NULL && request->server != NULL ? write_body(request) : 0;
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (request != NULL && request->server != NULL)
            forget(request);
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, length);
    }
}
