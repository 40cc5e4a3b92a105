/* HTTP: the page's files, /healthz, and what the routes answer. GET and HEAD; others, and bodies, for routes alone. It
 * also checks requests for a WebSocket: a wrong one is answered with a status and a reason. */
#ifndef HEDDLE_SIGNALING_HTTP_H
#define HEDDLE_SIGNALING_HTTP_H

#include <jansson.h>
#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
        uint64_t refused_upgrades, foreign_origins, overloaded, unfinished;
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

/* The remote peer's address as a key of budgets (budget_key_of()); 0: it is gone. */
uint64_t http_address_key(struct lws *wsi);
/* Whether it is one of this machine itself: a proxy's, as a rule. */
bool http_is_local(struct lws *wsi);

/* The protocol's `user` is the host. */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);

/* The bytes that Content-Length announces, if that is no more than any resource takes; else 0. */
size_t http_announced_body(struct lws *wsi);
/* Answers 431 (headers too large); for use in place of http_callback(). */
int http_refuse_headers(struct lws *wsi);
/* Whether bytes that came since the last request are of one whose headers are not complete. */
bool http_is_unfinished(struct lws *wsi);
/* Whether a body has begun to come, or is about to. */
bool http_awaits_body(struct lws *wsi);
/* Answers 408 and closes the connection; not to be called in a callback of libwebsockets. */
void http_refuse_unfinished(struct http_host *host, struct lws *wsi);

/* Answers. Each returns what the libwebsockets callback must. */
int http_answer(struct http_request *request, unsigned status, const char *type, char *body,
                size_t length);                                                    /* takes body */
int http_answer_json(struct http_request *request, unsigned status, json_t *json); /* takes json */
int http_answer_text(struct http_request *request, unsigned status, const char *text);
/* Refused requests are answered in JSON, whatever their path. */
int http_refuse(struct http_request *request, unsigned status, const struct refusal *refusal);
int http_fail(struct http_request *request, unsigned status, const char *code, const char *text);

bool http_is_method(const struct http_request *request, const char *method);
/* A header of the answer that follows; `name` is static, with a colon. What is beyond HTTP_FIELDS_MAX is left out. */
void http_add_field(struct http_request *request, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The MIME type by the name's ending. */
const char *http_type(const char *path);
/* May this path be looked up below the folder? No "..", no hidden file, no odd characters. */
bool http_path_is_safe(const char *path);

#endif
