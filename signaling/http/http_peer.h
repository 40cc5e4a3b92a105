/* Whom a request comes from: its address, and the page that made the browser send it. */
#ifndef HEDDLE_SIGNALING_HTTP_PEER_H
#define HEDDLE_SIGNALING_HTTP_PEER_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>

struct page_origins;

/* The remote peer's address as a key of budgets (budget_key_of()); 0: it is gone. */
uint64_t http_address_key(struct lws *wsi);
/* Whether it is one of this machine itself: a proxy's, as a rule. */
bool http_is_local(struct lws *wsi);
/* Whether the request comes from a page of another site than those of `origins` (NULL: all are welcome): such a page
 * must not act in its visitor's name. */
bool http_is_foreign(struct lws *wsi, const struct page_origins *origins);
/* The header's value; "": there is none, or it is longer. */
void http_copy_header(struct lws *wsi, enum lws_token_indexes token, char *out, int size);

#endif
