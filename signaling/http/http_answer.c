#include "signaling/http/http_answer.h"

#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/http/page.h"
#include "transport/base/memory.h"

#define JSON_TYPE "application/json; charset=utf-8"
#define HEADERS_SIZE 8192 /* links to ICE servers take most of it; what does not fit is left out */

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

static const char *reason_of(unsigned status)
{
    static const struct {
        enum http_code status;
        const char *reason;
    } reasons[] = {
        {HTTP_OK, "OK"},
        {HTTP_CREATED, "Created"},
        {HTTP_NO_CONTENT, "No Content"},
        {HTTP_NOT_MODIFIED, "Not Modified"},
        {HTTP_BAD_REQUEST, "Bad Request"},
        {HTTP_UNAUTHORIZED, "Unauthorized"},
        {HTTP_FORBIDDEN, "Forbidden"},
        {HTTP_NOT_FOUND, "Not Found"},
        {HTTP_METHOD_NOT_ALLOWED, "Method Not Allowed"},
        {HTTP_NOT_ACCEPTABLE, "Not Acceptable"},
        {HTTP_REQUEST_TIMEOUT, "Request Timeout"},
        {HTTP_CONFLICT, "Conflict"},
        {HTTP_LENGTH_REQUIRED, "Length Required"},
        {HTTP_PRECONDITION_FAILED, "Precondition Failed"},
        {HTTP_CONTENT_TOO_LARGE, "Content Too Large"},
        {HTTP_URI_TOO_LONG, "URI Too Long"},
        {HTTP_UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type"},
        {HTTP_UPGRADE_REQUIRED, "Upgrade Required"},
        {HTTP_PRECONDITION_REQUIRED, "Precondition Required"},
        {HTTP_TOO_MANY_REQUESTS, "Too Many Requests"},
        {HTTP_HEADERS_TOO_LARGE, "Request Header Fields Too Large"},
        {HTTP_INTERNAL_ERROR, "Internal Server Error"},
        {HTTP_NOT_IMPLEMENTED, "Not Implemented"},
        {HTTP_UNAVAILABLE, "Service Unavailable"},
        {HTTP_WRONG_VERSION, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

/* Adds "NAME VALUE", if there is a value. Values never hold a line's end: they are ours, or were checked. */
static void add_line(struct http_request *request, const char *name, const char *value)
{
    size_t room = HEADERS_SIZE - 2 - request->lines_length; /* 2: of the empty line */
    if (value[0] == '\0' || strpbrk(value, "\r\n") != NULL)
        return;
    int length = snprintf(request->lines + request->lines_length, room, "%s %s\r\n", name, value);
    if (length > 0 && (size_t)length < room)
        request->lines_length += (size_t)length;
}

static void write_lines(struct http_request *request, unsigned status, const char *type, size_t length)
{
    bool is_for_pages = request->route != NULL && request->route->is_for_pages;
    char text[64], number[24];
    snprintf(text, sizeof text, "%u %s", status, reason_of(status));
    snprintf(number, sizeof number, "%zu", length);
    bool has_length = status != HTTP_NO_CONTENT && status != HTTP_NOT_MODIFIED; /* RFC 9110 section 8.6 */
    const struct {
        const char *name, *value;
    } lines[] = {
        {"HTTP/1.1", text},
        {"server:", "heddle"},
        {"content-type:", type != NULL ? type : ""},
        {"content-length:", has_length ? number : ""},
        {"cache-control:", request->cache != NULL ? request->cache : "no-cache"},
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "same-origin"},
        {"content-security-policy:", request->policy != NULL ? request->policy : PAGE_POLICY},
        {"etag:", request->etag},
        {"content-encoding:", request->is_packed ? "gzip" : ""},
        {"vary:", request->is_packable ? "accept-encoding" : ""},
        {"connection:", request->is_last                  ? "close"
                        : status == HTTP_UPGRADE_REQUIRED ? "keep-alive, upgrade"
                                                          : "keep-alive"},
        {"allow:", status == HTTP_METHOD_NOT_ALLOWED ? request->methods : ""},
        {"upgrade:", status == HTTP_UPGRADE_REQUIRED ? "websocket" : ""},
        {"sec-websocket-version:", status == HTTP_UPGRADE_REQUIRED ? "13" : ""},
        {"access-control-allow-origin:", is_for_pages ? "*" : ""},
        {"access-control-expose-headers:", is_for_pages ? "location, link, etag, retry-after" : ""},
    };
    request->lines = mem_alloc(HEADERS_SIZE);
    request->lines_length = 0;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        add_line(request, lines[i].name, lines[i].value);
    for (size_t i = 0; i < request->field_count; i++)
        add_line(request, request->fields[i].name, request->fields[i].value);
    memcpy(request->lines + request->lines_length, "\r\n", 2);
    request->lines_length += 2;
}

void http_drop_answer(struct http_request *request)
{
    if (request->body != NULL)
        request->host->body_bytes -= request->length;
    free(request->body);
    free(request->lines);
    request->body = request->lines = NULL;
}

int http_unsent(const struct http_request *request, struct iovec pieces[2])
{
    int count = 0;
    size_t sent = request->sent;
    if (sent < request->lines_length)
        pieces[count++] = (struct iovec){request->lines + sent, request->lines_length - sent};
    size_t body_sent = sent > request->lines_length ? sent - request->lines_length : 0;
    if (body_sent < request->length && !http_is_method(request, "HEAD"))
        pieces[count++] = (struct iovec){request->body + body_sent, request->length - body_sent};
    return count;
}

static char *json_text(json_t *json)
{
    /* As many digits as a double has for sure: 12.345678, not 12.345678000000001. */
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(DBL_DIG));
    json_decref(json);
    return text;
}

enum http_step http_answer(struct http_request *request, unsigned status, const char *type, char *body, size_t length)
{
    if (request->host->body_bytes + length > HTTP_BODIES_MAX) {
        static const struct refusal busy = {.code = "overloaded", .text = "too many answers wait to be read"};
        free(body);
        request->host->counters.answers_refused++;
        status = HTTP_UNAVAILABLE;
        type = JSON_TYPE;
        body = json_text(refusal_json(&busy));
        length = strlen(body);
    }
    request->body = body;
    request->length = body != NULL ? length : 0;
    request->host->body_bytes += request->length;
    request->sent = 0;
    write_lines(request, status, type, request->length);
    request->answered(request);
    return HTTP_ANSWERED;
}

enum http_step http_answer_text(struct http_request *request, unsigned status, const char *text)
{
    return http_answer(request, status, "text/plain; charset=utf-8", mem_text(text), strlen(text));
}

enum http_step http_answer_json(struct http_request *request, unsigned status, json_t *json)
{
    char *text = json_text(json);
    return http_answer(request, status, JSON_TYPE, text, text != NULL ? strlen(text) : 0);
}

enum http_step http_refuse(struct http_request *request, unsigned status, const struct refusal *refusal)
{
    return http_answer_json(request, status, refusal_json(refusal));
}

enum http_step http_fail(struct http_request *request, unsigned status, const char *code, const char *text)
{
    struct refusal refusal = {.code = NULL};
    refusal_set(&refusal, code, "%s", text);
    return http_refuse(request, status, &refusal);
}
