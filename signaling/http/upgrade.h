/* The handshake of a WebSocket (RFC 6455 section 4.2): which requests may become one. Pure. */
#ifndef HEDDLE_SIGNALING_UPGRADE_H
#define HEDDLE_SIGNALING_UPGRADE_H

#include "signaling/http/http_head.h"

#define UPGRADE_KEY_LENGTH 24 /* 16 bytes in base64 */
#define UPGRADE_TEXT_MAX 256

/* Whether the request wants its connection to be a WebSocket: Upgrade and Connection say so. Other upgrades are not
 * heard (RFC 9110 section 7.8): HTTP/2 in clear, which some tools offer, is one. */
bool upgrade_is_wanted(const struct http_head *head);
/* Whether it may be our WebSocket; else why not. */
struct http_fault upgrade_check(const struct http_head *head);
/* Writes the request that libwebsockets gets in place of the one that was checked: it has what is needed, and nothing
 * else. Returns its length. */
size_t upgrade_text(const struct http_head *head, char out[UPGRADE_TEXT_MAX]);

#endif
