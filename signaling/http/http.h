/* HTTP: the page's files, /healthz, and what the routes answer. GET and HEAD; others, and bodies, for routes alone. A
 * request for a WebSocket is checked by upgrade.h. */
#ifndef HEDDLE_SIGNALING_HTTP_H
#define HEDDLE_SIGNALING_HTTP_H

#include "signaling/http/http_request.h"

/* The protocol's `user` is the host. */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);

/* The bytes that Content-Length announces, if that is no more than any resource takes; else 0. */
size_t http_announced_body(struct lws *wsi);
/* Whether bytes that came since the last request are of one whose headers are not complete. */
bool http_is_unfinished(struct lws *wsi);
/* Whether a body has begun to come, or is about to. */
bool http_awaits_body(struct lws *wsi);

/* May this path be looked up below the folder? No "..", no hidden file, no odd characters. */
bool http_path_is_safe(const char *path);

#endif
