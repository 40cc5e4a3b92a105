/* A request and its answer, the routes that take one, and what all requests of a server share. */
#ifndef HEDDLE_SIGNALING_HTTP_REQUEST_H
#define HEDDLE_SIGNALING_HTTP_REQUEST_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "signaling/config/page_origin.h"
#include "signaling/http/http_input.h"
#include "signaling/proto/refusal.h"

/* All answers that wait to be sent, together; beyond it requests get 503. */
#define HTTP_BODIES_MAX ((size_t)64 * 1024 * 1024)
#define HTTP_HEADERS_MAX 32768             /* cookies, tokens, what a chain of proxies adds */
#define HTTP_INPUT_MAX ((size_t)64 * 1024) /* of a body */
#define HTTP_FIELDS_MAX 20                 /* of an answer, beside those that all have */

/* libwebsockets has no names for these. */
#define HTTP_STATUS_CREATED 201
#define HTTP_STATUS_UPGRADE_REQUIRED 426
#define HTTP_STATUS_PRECONDITION_REQUIRED 428
#define HTTP_STATUS_TOO_MANY_REQUESTS 429

struct http_request;
struct page;

/* Requests whose path begins with `prefix` are answered by `start`, if `methods` has theirs. POST and PATCH with a
 * body are started when all of it has come. */
struct http_route {
    const char *prefix;
    size_t input_max;                         /* bytes of a body; 0: it is not read */
    bool is_for_pages;                        /* those of other origins may read its answers (CORS) */
    const char *(*methods)(const char *path); /* that the path takes, "GET, HEAD"; NULL: there is no such resource */
    int (*start)(void *user, struct http_request *request);   /* answers now or later; returns what the callback must */
    void (*forget)(void *user, struct http_request *request); /* its connection closed before it was answered */
    void *user;
};

struct http_host {
    const char *web;   /* folder of the page; NULL: none was found */
    struct page *page; /* made from it */
    /* NULL: pages of any origin may connect and post, since tokens say who they are. */
    const struct page_origins *origins;
    const struct http_route *routes;
    size_t route_count;
    struct budget_table *time;     /* of the signaling thread, for each address: what it takes to answer is charged */
    size_t body_bytes;             /* of all answers that wait */
    struct unfinished_input input; /* bodies that come */
    struct http_counters {
        uint64_t upgrades_refused, foreign_origins, answers_refused, headers_unfinished, headers_refused;
    } counters;
};

/* One request on its connection; libwebsockets owns the memory. */
struct http_request {
    struct http_host *host;
    struct lws *wsi;
    const struct http_route *route; /* that is to answer; NULL: none */
    struct http_request *next;      /* of the route's list */
    const char *method;             /* static */
    bool is_waiting;
    const char *methods; /* that the path takes */
    bool is_last;        /* of its connection: what follows may be its body, and is not read as a request */
    char path[256];
    struct http_input input;
    size_t field_count;
    struct http_field {
        const char *name; /* "location:", static */
        char *value;
    } fields[HTTP_FIELDS_MAX];
    const char *cache, *policy;  /* of the answer, static or the page's; NULL: the usual ones */
    char etag[48];               /* "": none */
    bool is_packable, is_packed; /* by gzip */
    char *body;
    size_t length, sent;
};

static inline bool http_is_method(const struct http_request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

#endif
