/* The answer to a request: its headers, and its body, sent as the socket takes it. */
#ifndef HEDDLE_SIGNALING_HTTP_ANSWER_H
#define HEDDLE_SIGNALING_HTTP_ANSWER_H

#include <jansson.h>

#include "signaling/http/http_request.h"

/* Answers. Each returns what the libwebsockets callback must. `body` and `json` are taken. */
int http_answer(struct http_request *request, unsigned status, const char *type, char *body, size_t length);
int http_answer_json(struct http_request *request, unsigned status, json_t *json);
int http_answer_text(struct http_request *request, unsigned status, const char *text);
/* Refused requests are answered in JSON, whatever their path. */
int http_refuse(struct http_request *request, unsigned status, const struct refusal *refusal);
int http_fail(struct http_request *request, unsigned status, const char *code, const char *text);

/* A header of the answer that follows; `name` is static, with a colon. What is beyond HTTP_FIELDS_MAX is left out. */
void http_add_field(struct http_request *request, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The MIME type by the name's ending. */
const char *http_type(const char *path);

/* Sends more of the body. Returns what the callback must. */
int http_write_body(struct http_request *request);
/* The answer, or what is left of it, is not sent. */
void http_drop_body(struct http_request *request);

#endif
