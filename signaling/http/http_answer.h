/* The answer to a request: its lines and its body. */
#ifndef HEDDLE_SIGNALING_HTTP_ANSWER_H
#define HEDDLE_SIGNALING_HTTP_ANSWER_H

#include <jansson.h>
#include <sys/uio.h>

#include "signaling/http/http_request.h"

/* Answers, each request once. All return HTTP_ANSWERED. */
enum http_step http_answer(struct http_request *request, unsigned status, const char *type, char *body,
                           size_t length);                                                    /* takes body */
enum http_step http_answer_json(struct http_request *request, unsigned status, json_t *json); /* takes json */
enum http_step http_answer_text(struct http_request *request, unsigned status, const char *text);
/* Refused requests are answered in JSON, whatever their path. */
enum http_step http_refuse(struct http_request *request, unsigned status, const struct refusal *refusal);
enum http_step http_fail(struct http_request *request, unsigned status, const char *code, const char *text);

/* A header of the answer that follows; `name` is static, with a colon. What is beyond HTTP_FIELDS_MAX is left out. */
void http_add_field(struct http_request *request, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The MIME type by the name's ending. */
const char *http_type(const char *path);

/* What is left to be sent, as one or two pieces. Returns their number; 0: all is sent. */
int http_unsent(const struct http_request *request, struct iovec pieces[2]);
/* The answer, or what is left of it, is not sent. */
void http_drop_answer(struct http_request *request);

#endif
