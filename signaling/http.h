/* HTTP: the page's files, /healthz, and what api.c answers. GET and HEAD; POST for api.c alone, and without a body. */
#ifndef HEDDLE_SIGNALING_HTTP_H
#define HEDDLE_SIGNALING_HTTP_H

#include <jansson.h>
#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>

struct server;

/* One request on its connection; libwebsockets owns the memory. */
struct http_request {
    struct server *server;
    struct lws *wsi;
    struct http_request *next; /* waiting for statistics (api.c) */
    bool is_waiting, is_head, is_post;
    char path[256];
    char *body;
    size_t length, sent;
};

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);

/* Answers. Each returns what the libwebsockets callback must. */
int http_answer(struct http_request *request, unsigned status, const char *type, char *body,
                size_t length);                                                    /* takes body */
int http_answer_json(struct http_request *request, unsigned status, json_t *json); /* takes json */
int http_answer_text(struct http_request *request, unsigned status, const char *text);

/* The MIME type by the name's ending. */
const char *http_type(const char *path);
/* May this path be looked up below the folder? No "..", no hidden file, no odd characters. */
bool http_path_is_safe(const char *path);

#endif
