/* HTTP: the page's files, /healthz, and what the routes answer. GET and HEAD; others, and bodies, for routes alone. It
 * also checks requests for a WebSocket: a wrong one is answered with a status and a reason. */
#ifndef HEDDLE_SIGNALING_HTTP_H
#define HEDDLE_SIGNALING_HTTP_H

#include "signaling/http/http_request.h"

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

/* May this path be looked up below the folder? No "..", no hidden file, no odd characters. */
bool http_path_is_safe(const char *path);

#endif
