/* HTTP: the page's files, /healthz, and what the routes answer. GET and HEAD; others, and bodies, for routes alone. It
 * also checks requests for a WebSocket: a wrong one is answered with a status and a reason. */
#ifndef HEDDLE_SIGNALING_HTTP_H
#define HEDDLE_SIGNALING_HTTP_H

#include "signaling/http/http_request.h"

/* Begins a request: its host, head, address and connection are filled in. */
enum http_step http_start(struct http_request *request);
/* All of the body has come. */
enum http_step http_body_came(struct http_request *request);
/* Forgets what a request holds, and its route's wait for it. */
void http_forget(struct http_request *request);

/* May this path be looked up below the folder? No "..", no hidden file, no odd characters. */
bool http_path_is_safe(const char *path);

#endif
