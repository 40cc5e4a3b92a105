/* Requests that are to become something else than HTTP. Only our WebSocket may: libwebsockets would close others
 * without a word, or let them past the limits of connections. */
#ifndef HEDDLE_SIGNALING_UPGRADE_H
#define HEDDLE_SIGNALING_UPGRADE_H

#include "signaling/http/http_request.h"

/* What a request says of it; "": nothing. */
struct http_upgrade {
    const char *to; /* Upgrade */
    const char *path, *version, *protocols;
    bool has_key;
    bool has_long_protocols; /* longer than libwebsockets reads */
};

struct http_upgrade_refusal {
    const char *status, *reason;
};

/* NULL: it may become a WebSocket, wherever it comes from. Pure. */
const struct http_upgrade_refusal *http_upgrade_check(const struct http_upgrade *upgrade);
/* LWS_CALLBACK_HTTP_CONFIRM_UPGRADE with what it is `to`: answers what is refused, and counts it. Returns what the
 * callback must. */
int http_upgrade(struct http_host *host, struct lws *wsi, const char *to);

#endif
