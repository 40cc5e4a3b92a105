/* A request and its answer, the routes that take one, and what all requests of a server share. */
#ifndef HEDDLE_SIGNALING_HTTP_REQUEST_H
#define HEDDLE_SIGNALING_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "signaling/config/page_origin.h"
#include "signaling/http/http_head.h"
#include "signaling/http/http_input.h"
#include "signaling/proto/refusal.h"

/* All answers that wait to be sent, together; beyond it requests get 503. */
#define HTTP_BODIES_MAX ((size_t)64 * 1024 * 1024)
#define HTTP_INPUT_MAX ((size_t)64 * 1024) /* of a body */
#define HTTP_FIELDS_MAX 20                 /* of an answer, beside those that all have */

struct http_connection;
struct http_request;
struct page;

/* How far a request has come. */
enum http_step {
    HTTP_ANSWERED, /* its `answered` was called */
    HTTP_LATER,    /* will be */
    HTTP_BODY,     /* its input awaits a body */
    HTTP_UPGRADE,  /* its connection is to be a WebSocket */
};

/* Requests whose path begins with `prefix` are answered by `start`, if `methods` has theirs. POST and PATCH with a
 * body are started when all of it has come. */
struct http_route {
    const char *prefix;
    size_t input_max;                         /* bytes of a body; 0: it is not read */
    bool is_for_pages;                        /* those of other origins may read its answers (CORS) */
    const char *(*methods)(const char *path); /* that the path takes, "GET, HEAD"; NULL: there is no such resource */
    enum http_step (*start)(void *user,
                            struct http_request *request);    /* answers, or sets is_waiting and answers later */
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
    struct http_connection *connections;
    struct http_counters {
        uint64_t upgrades_refused, foreign_origins, answers_refused, answers_dropped, headers_unfinished,
            headers_refused;
    } counters;
};

/* One request on its connection, whose memory it is in. */
struct http_request {
    struct http_host *host;
    const struct http_head *head;
    const char *method, *path;      /* the head's */
    uint64_t address;               /* the remote peer's as a key of budgets (budget_key_of()) */
    bool is_local;                  /* it comes from this machine: from a proxy, as a rule */
    const struct http_route *route; /* that is to answer; NULL: none */
    struct http_request *next;      /* of the route's list */
    bool is_waiting;
    const char *methods; /* that the path takes */
    bool is_last;        /* of its connection, which closes after the answer */
    struct http_input input;
    size_t field_count;
    struct http_field {
        const char *name; /* "location:", static */
        char *value;
    } fields[HTTP_FIELDS_MAX];
    const char *cache, *policy;  /* of the answer, static or the page's; NULL: the usual ones */
    char etag[48];               /* "": none */
    bool is_packable, is_packed; /* by gzip */
    char *lines;                 /* of the answer: status and fields. NULL: there is no answer yet */
    size_t lines_length;
    char *body;
    size_t length, sent;                            /* of the body; of lines and body */
    void (*answered)(struct http_request *request); /* the answer is there to be sent */
};

static inline bool http_is_method(const struct http_request *request, const char *method)
{
    return strcmp(request->method, method) == 0;
}

/* As http_head_field(), for a value that is not there, or does not fit, alike. */
static inline bool http_field(const struct http_request *request, const char *name, char *out, size_t size)
{
    bool is_cut;
    return http_head_field(request->head, name, out, size, &is_cut) && !is_cut && out[0] != '\0';
}

#endif
