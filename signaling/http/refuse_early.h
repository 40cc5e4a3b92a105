/* Refusals of what libwebsockets would close without an answer, since it is no request yet: the whole answer is written
 * at once. */
#ifndef HEDDLE_SIGNALING_REFUSE_EARLY_H
#define HEDDLE_SIGNALING_REFUSE_EARLY_H

#include "signaling/http/http_request.h"

/* `status` is like "404 Not Found", and `reason` is for people. The connection is to be closed. */
void http_refuse_early(struct lws *wsi, const char *status, const char *reason);
/* Answers 431 (headers too large) in place of http_callback(); returns what the callback must. */
int http_refuse_headers(struct lws *wsi);
/* Answers 408 and closes the connection; not to be called in a callback of libwebsockets. */
void http_refuse_unfinished(struct http_host *host, struct lws *wsi);

#endif
