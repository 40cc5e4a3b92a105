#include "signaling/http/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/http/http_answer.h"
#include "signaling/http/page.h"
#include "signaling/http/upgrade.h"
#include "signaling/http/web_folder.h"
#include "transport/base/budget.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

bool http_path_is_safe(const char *path)
{
    if (path[0] != '/' || strstr(path, "/.") != NULL || strstr(path, "//") != NULL)
        return false;
    return path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/")] == '\0';
}

static enum http_step refuse_path(struct http_request *request)
{
    return http_fail(request, HTTP_NOT_FOUND, "no-such-resource", "no such resource");
}

static enum http_step refuse_method(struct http_request *request)
{
    struct refusal refusal = {.code = "wrong-method", .text = "not a method of this resource"};
    snprintf(refusal.expected, sizeof refusal.expected, "%s", request->methods);
    return http_refuse(request, HTTP_METHOD_NOT_ALLOWED, &refusal);
}

/* What the browser has is what it would get. */
static bool has_current(const struct http_request *request)
{
    char known[128];
    return http_field(request, "if-none-match", known, sizeof known) && strstr(known, request->etag) != NULL;
}

/* Takes data. */
static enum http_step answer_content(struct http_request *request, const char *type, char *data, size_t length)
{
    if (!has_current(request))
        return http_answer(request, HTTP_OK, type, data, length);
    free(data);
    request->is_packed = false;
    return http_answer(request, HTTP_NOT_MODIFIED, type, NULL, 0);
}

static enum http_step answer_page(struct http_request *request, const struct page_file *file)
{
    char accepted[128];
    bool is_packed = http_field(request, "accept-encoding", accepted, sizeof accepted) &&
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

static enum http_step answer_file(struct http_request *request)
{
    size_t length = 0;
    struct web_stamp stamp;
    const char *name = strcmp(request->path, "/") == 0 ? "/index.html" : request->path;
    char *data = request->host->web != NULL && http_path_is_safe(name)
                     ? web_folder_load(request->host->web, name, &length, &stamp)
                     : NULL;
    if (data == NULL)
        return refuse_path(request);
    snprintf(request->etag, sizeof request->etag, "W/\"%" PRIx64 "-%" PRIx64 "\"", (uint64_t)stamp.modified_ns,
             stamp.size);
    return answer_content(request, http_type(name), data, length);
}

static enum http_step answer_web(struct http_request *request)
{
    struct http_host *host = request->host;
    if (budget_table_is_spent(host->time, request->address, clock_now()))
        return http_fail(request, HTTP_TOO_MANY_REQUESTS, "too-fast", "this address keeps the server too busy");
    const struct page_file *file = host->page != NULL ? page_find(host->page, request->path) : NULL;
    return file != NULL ? answer_page(request, file) : answer_file(request);
}

void http_forget(struct http_request *request)
{
    if (request->is_waiting)
        request->route->forget(request->route->user, request);
    http_drop_answer(request);
    while (request->field_count > 0)
        free(request->fields[--request->field_count].value);
    http_input_fini(&request->input, &request->host->input);
}

/* Whether the request comes from a page of another site: such a page must not act in its visitor's name. */
static bool is_foreign(struct http_request *request)
{
    struct http_host *host = request->host;
    char origin[PAGE_ORIGIN_LENGTH_MAX], own[PAGE_ORIGIN_LENGTH_MAX], forwarded[PAGE_ORIGIN_LENGTH_MAX];
    bool is_cut;
    if (host->origins == NULL)
        return false;
    (void)http_head_field(request->head, "origin", origin, sizeof origin, &is_cut);
    if (is_cut)
        snprintf(origin, sizeof origin, "too long");
    (void)http_head_field(request->head, "host", own, sizeof own, NULL);
    (void)http_head_field(request->head, "x-forwarded-host", forwarded, sizeof forwarded, NULL);
    if (page_origin_is_welcome(host->origins, origin, own, forwarded))
        return false;
    host->counters.foreign_origins++;
    return true;
}

static const struct http_route *find_route(const struct http_host *host, const char *path)
{
    for (size_t i = 0; i < host->route_count; i++)
        if (strncmp(path, host->routes[i].prefix, strlen(host->routes[i].prefix)) == 0)
            return &host->routes[i];
    return NULL;
}

static bool announces_body(const struct http_request *request)
{
    return request->head->is_chunked || request->head->length > 0;
}

/* Is `name` one of a list like "GET, HEAD"? */
static bool lists(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL && length > 0; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

static bool is_read_only(const struct http_request *request)
{
    return http_is_method(request, "GET") || http_is_method(request, "HEAD");
}

/* A body is to come, of a length that is known before. */
static enum http_step await_body(struct http_request *request)
{
    struct http_host *host = request->host;
    if (request->head->is_chunked)
        return http_fail(request, HTTP_LENGTH_REQUIRED, "length-required", "a body comes with Content-Length");
    if (request->head->length > request->route->input_max)
        return http_fail(request, HTTP_CONTENT_TOO_LARGE, "too-large", "the body is larger than this resource takes");
    request->input.unfinished.address = request->address;
    if (!http_input_begin(&request->input, &host->input, request->head->length))
        return http_fail(request, HTTP_UNAVAILABLE, "too-much-unfinished",
                         "bodies that are not complete take too much memory");
    request->is_last = request->head->is_last;
    return HTTP_BODY;
}

enum http_step http_body_came(struct http_request *request)
{
    http_input_complete(&request->input, &request->host->input);
    return request->route->start(request->route->user, request);
}

static enum http_step answer(struct http_request *request)
{
    if (request->route != NULL)
        return request->route->start(request->route->user, request);
    if (strcmp(request->path, "/healthz") == 0)
        return http_answer_text(request, HTTP_OK, "ok\n");
    if (strcmp(request->path, "/ws") == 0)
        return http_answer_text(request, HTTP_UPGRADE_REQUIRED, "this is a WebSocket of the subprotocol heddle.v1\n");
    return answer_web(request);
}

static enum http_step upgrade(struct http_request *request)
{
    struct http_fault fault = upgrade_check(request->head);
    if (fault.status == 0 && is_foreign(request))
        fault = (struct http_fault){HTTP_FORBIDDEN, "foreign-origin", "a page of another origin; see --allow-origin"};
    if (fault.status == 0)
        return HTTP_UPGRADE;
    request->host->counters.upgrades_refused++;
    request->is_last = true;
    return http_fail(request, fault.status, fault.code, fault.text);
}

enum http_step http_start(struct http_request *request)
{
    const struct http_head *head = request->head;
    bool has_body = announces_body(request);
    request->is_last = head->is_last || has_body; /* a body that is not read is no further request */
    if (upgrade_is_wanted(head))
        return upgrade(request);
    request->route = find_route(request->host, request->path);
    request->methods = request->route != NULL ? request->route->methods(request->path) : "GET, HEAD";
    if (request->methods == NULL)
        return refuse_path(request);
    if (!lists(request->methods, request->method))
        return refuse_method(request);
    if (has_body && !http_is_method(request, "POST") && !http_is_method(request, "PATCH"))
        return http_fail(request, HTTP_BAD_REQUEST, "unexpected-body", "a request of this method has no body");
    if (!is_read_only(request) && is_foreign(request))
        return http_fail(request, HTTP_FORBIDDEN, "foreign-origin", "a page of another origin; see --allow-origin");
    return has_body && request->route != NULL && request->route->input_max > 0 ? await_body(request) : answer(request);
}
