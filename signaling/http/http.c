#include "signaling/http/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/http/http_answer.h"
#include "signaling/http/http_peer.h"
#include "signaling/http/page.h"
#include "signaling/http/upgrade.h"
#include "signaling/http/web_folder.h"
#include "transport/base/budget.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define REQUEST_TIME 100 /* microseconds that libwebsockets takes to read a request and to send an answer */

bool http_path_is_safe(const char *path)
{
    if (path[0] != '/' || strstr(path, "/.") != NULL || strstr(path, "//") != NULL)
        return false;
    return path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/")] == '\0';
}

static int refuse_path(struct http_request *request)
{
    return http_fail(request, HTTP_STATUS_NOT_FOUND, "no-such-resource", "no such resource");
}

static int refuse_method(struct http_request *request)
{
    struct refusal refusal = {.code = "wrong-method", .text = "not a method of this resource"};
    snprintf(refusal.expected, sizeof refusal.expected, "%s", request->methods);
    return http_refuse(request, HTTP_STATUS_METHOD_NOT_ALLOWED, &refusal);
}

static int refuse_foreign(struct http_request *request)
{
    request->host->counters.foreign_origins++;
    return http_fail(request, HTTP_STATUS_FORBIDDEN, "foreign-origin", "a page of another origin; see --allow-origin");
}

/* What the browser has is what it would get. */
static bool has_current(const struct http_request *request)
{
    char known[128];
    return lws_hdr_copy(request->wsi, known, sizeof known, WSI_TOKEN_HTTP_IF_NONE_MATCH) > 0 &&
           strstr(known, request->etag) != NULL;
}

/* Takes data. */
static int answer_content(struct http_request *request, const char *type, char *data, size_t length)
{
    if (!has_current(request))
        return http_answer(request, HTTP_STATUS_OK, type, data, length);
    free(data);
    request->is_packed = false;
    return http_answer(request, HTTP_STATUS_NOT_MODIFIED, type, NULL, 0);
}

static int answer_page(struct http_request *request, const struct page_file *file)
{
    char accepted[128];
    bool is_packed = lws_hdr_copy(request->wsi, accepted, sizeof accepted, WSI_TOKEN_HTTP_ACCEPT_ENCODING) > 0 &&
                     strstr(accepted, "gzip") != NULL && strstr(accepted, "gzip;q=0") == NULL;
    size_t length = is_packed ? file->packed_length : file->length;
    char *data = mem_array(length, 1);
    memcpy(data, is_packed ? file->packed : file->data, length);
    request->cache = file->cache;
    request->policy = file->policy;
    request->is_packable = true;
    request->is_packed = is_packed;
    snprintf(request->etag, sizeof request->etag, "%s", file->etag);
    return answer_content(request, file->type, data, length);
}

static int answer_file(struct http_request *request, const char *path)
{
    size_t length = 0;
    struct web_stamp stamp;
    const char *name = strcmp(path, "/") == 0 ? "/index.html" : path;
    if (request->host->web == NULL || !http_path_is_safe(name))
        return refuse_path(request);
    char *data = web_folder_load(request->host->web, name, &length, &stamp);
    if (data == NULL)
        return refuse_path(request);
    snprintf(request->etag, sizeof request->etag, "W/\"%" PRIx64 "-%" PRIx64 "\"", (uint64_t)stamp.modified_ns,
             stamp.size);
    return answer_content(request, http_type(name), data, length);
}

static int answer_web(struct http_request *request, const char *path)
{
    struct http_host *host = request->host;
    if (budget_table_is_spent(host->time, http_address_key(request->wsi), clock_now()))
        return http_fail(request, HTTP_STATUS_TOO_MANY_REQUESTS, "too-fast", "this address keeps the server too busy");
    const struct page_file *file = host->page != NULL ? page_find(host->page, path) : NULL;
    return file != NULL ? answer_page(request, file) : answer_file(request, path);
}

static void forget(struct http_request *request)
{
    if (request->is_waiting)
        request->route->forget(request->route->user, request);
    http_drop_body(request);
    while (request->field_count > 0)
        free(request->fields[--request->field_count].value);
    http_input_fini(&request->input, &request->host->input);
}

static const struct http_route *find_route(const struct http_host *host, const char *path)
{
    for (size_t i = 0; i < host->route_count; i++)
        if (strncmp(path, host->routes[i].prefix, strlen(host->routes[i].prefix)) == 0)
            return &host->routes[i];
    return NULL;
}

/* Such a GET is refused: libwebsockets would answer it before its body has come. */
static bool announces_body(struct lws *wsi)
{
    char length[4];
    http_copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length);
    return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0 ||
           (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 && strcmp(length, "0") != 0);
}

/* Is `name` one of a list like "chat, heddle.v1"? */
static bool lists(const char *list, const char *name)
{
    for (const char *at = list; *at != '\0';) {
        at += strspn(at, " ,\t");
        size_t length = strcspn(at, " ,\t");
        if (length == strlen(name) && strncmp(at, name, length) == 0)
            return true;
        at += length;
    }
    return false;
}

/* "": one that no path takes. */
static const char *method_of(struct lws *wsi)
{
    static const struct {
        enum lws_token_indexes token;
        const char *name;
    } methods[] = {{WSI_TOKEN_HEAD_URI, "HEAD"},     {WSI_TOKEN_GET_URI, "GET"},
                   {WSI_TOKEN_POST_URI, "POST"},     {WSI_TOKEN_PATCH_URI, "PATCH"},
                   {WSI_TOKEN_DELETE_URI, "DELETE"}, {WSI_TOKEN_OPTIONS_URI, "OPTIONS"}};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (lws_hdr_total_length(wsi, methods[i].token) > 0)
            return methods[i].name;
    return "";
}

static bool is_read_only(const struct http_request *request)
{
    return http_is_method(request, "GET") || http_is_method(request, "HEAD");
}

static int answer_route(struct http_request *request)
{
    return request->route->start(request->route->user, request);
}

/* A body is to come, of a length that is known before. */
static int await_body(struct http_request *request)
{
    char length[24];
    struct http_host *host = request->host;
    if (lws_hdr_total_length(request->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return http_fail(request, HTTP_STATUS_LENGTH_REQUIRED, "length-required", "a body comes with Content-Length");
    http_copy_header(request->wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length);
    long expected = http_input_read_length(length, request->route->input_max);
    if (expected < 0)
        return http_fail(request, HTTP_STATUS_REQ_ENTITY_TOO_LARGE, "too-large",
                         "the body is larger than this resource takes");
    request->input.unfinished.address = http_address_key(request->wsi);
    if (!http_input_begin(&request->input, &host->input, (size_t)expected, clock_now()))
        return http_fail(request, HTTP_STATUS_SERVICE_UNAVAILABLE, "too-much-unfinished",
                         "bodies that are not complete take too much memory");
    return 0;
}

static int take_body(struct http_request *request, const void *data, size_t length)
{
    return http_input_add(&request->input, data, length, clock_now()) ? 0 : -1;
}

static int end_body(struct http_request *request)
{
    if (request->input.data == NULL || request->input.length < request->input.expected)
        return -1;
    http_input_complete(&request->input, &request->host->input);
    return answer_route(request);
}

static int start(struct http_request *request, struct lws *wsi, const char *path)
{
    struct http_host *host = lws_get_protocol(wsi)->user;
    if (request->host != NULL)
        forget(request); /* a further request on a kept-alive connection */
    *request = (struct http_request){.host = host, .wsi = wsi, .method = method_of(wsi)};
    snprintf(request->path, sizeof request->path, "%s", path);
    request->is_last = !is_read_only(request) || announces_body(wsi); /* others have a body, or may */
    if (strlen(path) >= sizeof request->path)
        return http_fail(request, HTTP_STATUS_REQ_URI_TOO_LONG, "path-too-long", "paths have 255 characters at most");
    const struct http_route *route = request->route = find_route(host, path);
    request->methods = route != NULL ? route->methods(path) : "GET, HEAD";
    if (request->methods == NULL)
        return refuse_path(request);
    if (!lists(request->methods, request->method))
        return refuse_method(request);
    if (announces_body(wsi) && !http_is_method(request, "POST") && !http_is_method(request, "PATCH"))
        return http_fail(request, HTTP_STATUS_BAD_REQUEST, "unexpected-body", "a request of this method has no body");
    if (!is_read_only(request) && http_is_foreign(wsi, host->origins))
        return refuse_foreign(request);
    if (route != NULL)
        return route->input_max > 0 && announces_body(wsi) ? await_body(request) : answer_route(request);
    if (strcmp(path, "/healthz") == 0)
        return http_answer_text(request, HTTP_STATUS_OK, "ok\n");
    if (strcmp(path, "/ws") == 0)
        return http_answer_text(request, HTTP_STATUS_UPGRADE_REQUIRED,
                                "this is a WebSocket of the subprotocol heddle.v1\n");
    return answer_web(request, path);
}

size_t http_announced_body(struct lws *wsi)
{
    char length[24];
    http_copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, length, sizeof length);
    long announced = http_input_read_length(length, HTTP_INPUT_MAX);
    return announced > 0 ? (size_t)announced : 0;
}

bool http_is_unfinished(struct lws *wsi)
{
    static const enum lws_token_indexes methods[] = {WSI_TOKEN_GET_URI,     WSI_TOKEN_POST_URI, WSI_TOKEN_HEAD_URI,
                                                     WSI_TOKEN_OPTIONS_URI, WSI_TOKEN_PUT_URI,  WSI_TOKEN_PATCH_URI,
                                                     WSI_TOKEN_DELETE_URI};
    const struct http_request *request = lws_wsi_user(wsi);
    if (request != NULL && (request->is_waiting || request->body != NULL))
        return false;
    if (lws_get_ssl(wsi) == NULL)
        return true; /* without TLS all bytes are of requests; with TLS they may be of the handshake */
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (lws_hdr_total_length(wsi, methods[i]) > 0)
            return true;
    return false;
}

bool http_awaits_body(struct lws *wsi)
{
    const struct http_request *request = lws_wsi_user(wsi);
    return request != NULL && request->input.unfinished.bytes > 0;
}

static int handle(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct http_request *request = user;
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return http_upgrade(lws_get_protocol(wsi)->user, wsi, in);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: /* a WebSocket without our subprotocol */
        return -1;
    case LWS_CALLBACK_HTTP:
        return start(request, wsi, in);
    case LWS_CALLBACK_HTTP_BODY:
        return take_body(request, in, length);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return end_body(request);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return request != NULL && request->host != NULL ? http_write_body(request) : 0;
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (request != NULL && request->host != NULL)
            forget(request);
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, length);
    }
}

/* What an answer costs is known afterwards. /healthz is charged, too, but never refused: whoever watches the server may
 * be behind the address of a crowd. */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    if (reason != LWS_CALLBACK_HTTP && reason != LWS_CALLBACK_HTTP_WRITEABLE &&
        reason != LWS_CALLBACK_HTTP_BODY_COMPLETION)
        return handle(wsi, reason, user, in, length);
    struct http_host *host = lws_get_protocol(wsi)->user;
    int64_t started = clock_thread_cpu_ns();
    int result = handle(wsi, reason, user, in, length);
    uint64_t taken = (uint64_t)(clock_thread_cpu_ns() - started) / 1000;
    budget_table_charge(host->time, http_address_key(wsi), taken + (reason == LWS_CALLBACK_HTTP ? REQUEST_TIME : 0),
                        clock_now());
    return result;
}
