#include "signaling/http/http_answer.h"

#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/http/page.h"
#include "transport/base/memory.h"

#define CHUNK 16384
#define JSON_TYPE "application/json; charset=utf-8"
#define HEADERS_SIZE 8192 /* links to ICE servers take most of it */

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

void http_add_field(struct http_request *request, const char *name, const char *format, ...)
{
    char value[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    if (request->field_count < HTTP_FIELDS_MAX && length >= 0 && (size_t)length < sizeof value)
        request->fields[request->field_count++] = (struct http_field){name, mem_text(value)};
}

static int add_field(struct http_request *request, const char *name, const char *value, unsigned char **at,
                     unsigned char *end)
{
    if (value[0] == '\0')
        return 0;
    return lws_add_http_header_by_name(request->wsi, (const unsigned char *)name, (const unsigned char *)value,
                                       (int)strlen(value), at, end);
}

static int add_headers(struct http_request *request, unsigned status, const char *type, unsigned char **at,
                       unsigned char *end)
{
    bool is_for_pages = request->route != NULL && request->route->is_for_pages;
    const struct {
        const char *name, *value;
    } headers[] = {
        {"cache-control:", request->cache != NULL ? request->cache : "no-cache"},
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "same-origin"},
        {"content-security-policy:", request->policy != NULL ? request->policy : PAGE_POLICY},
        {"etag:", request->etag},
        {"content-encoding:", request->is_packed ? "gzip" : ""},
        {"vary:", request->is_packable ? "accept-encoding" : ""},
        {"connection:", request->is_last ? "close" : ""},
        {"allow:", status == HTTP_STATUS_METHOD_NOT_ALLOWED ? request->methods : ""},
        {"upgrade:", status == HTTP_STATUS_UPGRADE_REQUIRED ? "websocket" : ""},
        {"access-control-allow-origin:", is_for_pages ? "*" : ""},
        {"access-control-expose-headers:", is_for_pages ? "location, link, etag, retry-after" : ""},
    };
    int result = status == HTTP_STATUS_NO_CONTENT /* it has no Content-Length (RFC 9110 section 8.6) */
                     ? lws_add_http_header_status(request->wsi, status, at, end)
                     : lws_add_http_common_headers(request->wsi, status, type, request->length, at, end);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        result |= add_field(request, headers[i].name, headers[i].value, at, end);
    for (size_t i = 0; i < request->field_count; i++)
        result |= add_field(request, request->fields[i].name, request->fields[i].value, at, end);
    return result;
}

void http_drop_body(struct http_request *request)
{
    if (request->body != NULL)
        request->host->body_bytes -= request->length;
    free(request->body);
    request->body = NULL;
}

int http_write_body(struct http_request *request)
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
    http_drop_body(request);
    return request->is_last || lws_http_transaction_completed(request->wsi) ? -1 : 0;
}

static char *json_text(json_t *json)
{
    /* As many digits as a double has for sure: 12.345678, not 12.345678000000001. */
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(DBL_DIG));
    json_decref(json);
    return text;
}

int http_answer(struct http_request *request, unsigned status, const char *type, char *body, size_t length)
{
    unsigned char buffer[LWS_PRE + HEADERS_SIZE];
    unsigned char *start = buffer + LWS_PRE, *at = start, *end = buffer + sizeof buffer - 1;
    http_drop_body(request);
    if (request->host->body_bytes + length > HTTP_BODIES_MAX) {
        static const struct refusal busy = {.code = "overloaded", .text = "too many answers wait to be read"};
        free(body);
        request->host->counters.answers_refused++;
        status = HTTP_STATUS_SERVICE_UNAVAILABLE;
        type = JSON_TYPE;
        body = json_text(refusal_json(&busy));
        length = strlen(body);
    }
    request->body = body;
    request->length = body != NULL ? length : 0;
    request->host->body_bytes += request->length;
    request->sent = http_is_method(request, "HEAD") ? length : 0;
    if (add_headers(request, status, type, &at, end) != 0 ||
        lws_finalize_write_http_header(request->wsi, start, &at, end) != 0)
        return -1;
    /* libwebsockets would wait for a body that may never come before it calls back. */
    if (request->is_last && request->input.data == NULL) {
        (void)http_write_body(request);
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
    char *text = json_text(json);
    return http_answer(request, status, JSON_TYPE, text, text != NULL ? strlen(text) : 0);
}

int http_refuse(struct http_request *request, unsigned status, const struct refusal *refusal)
{
    return http_answer_json(request, status, refusal_json(refusal));
}

int http_fail(struct http_request *request, unsigned status, const char *code, const char *text)
{
    struct refusal refusal = {.code = NULL};
    refusal_set(&refusal, code, "%s", text);
    return http_refuse(request, status, &refusal);
}
