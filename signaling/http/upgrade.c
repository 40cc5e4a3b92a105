#include "signaling/http/upgrade.h"

#include <stdio.h>
#include <string.h>

#include "signaling/http/http_request.h"
#include "signaling/proto/message.h"

#define VALUE_MAX 512 /* of a header field that is read; a longer one is refused */

static struct http_fault refuse(enum http_code status, const char *text)
{
    return (struct http_fault){status, "bad-upgrade", text};
}

bool upgrade_is_wanted(const struct http_head *head)
{
    return http_head_lists(head, "upgrade", "websocket") && http_head_lists(head, "connection", "upgrade");
}

static bool has_key(const struct http_head *head, char key[VALUE_MAX])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return http_head_field(head, "sec-websocket-key", key, VALUE_MAX, NULL) && strlen(key) == UPGRADE_KEY_LENGTH &&
           strspn(key, alphabet) == UPGRADE_KEY_LENGTH - 2 && strcmp(key + UPGRADE_KEY_LENGTH - 2, "==") == 0;
}

struct http_fault upgrade_check(const struct http_head *head)
{
    char value[VALUE_MAX];
    if (strcmp(head->method, "GET") != 0 || strcmp(head->path, "/ws") != 0)
        return refuse(HTTP_NOT_FOUND, "the WebSocket is at /ws, by GET");
    (void)http_head_field(head, "sec-websocket-version", value, sizeof value, NULL);
    if (strcmp(value, "13") != 0)
        return refuse(HTTP_UPGRADE_REQUIRED, "the WebSocket's version is 13");
    if (!has_key(head, value))
        return refuse(HTTP_BAD_REQUEST, "Sec-WebSocket-Key is missing, or no 16 bytes in base64");
    if (!http_head_lists(head, "sec-websocket-protocol", MESSAGE_SUBPROTOCOL))
        return refuse(HTTP_BAD_REQUEST,
                      "Sec-WebSocket-Protocol has to be a list of names, and one of them " MESSAGE_SUBPROTOCOL);
    if (head->length > 0 || head->is_chunked)
        return refuse(HTTP_BAD_REQUEST, "a request for a WebSocket has no body");
    return (struct http_fault){0};
}

size_t upgrade_text(const struct http_head *head, char out[UPGRADE_TEXT_MAX])
{
    char key[VALUE_MAX];
    (void)has_key(head, key);
    int length = snprintf(out, UPGRADE_TEXT_MAX,
                          "GET /ws HTTP/1.1\r\nHost: heddle\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %.*s\r\n"
                          "Sec-WebSocket-Protocol: " MESSAGE_SUBPROTOCOL "\r\n\r\n",
                          UPGRADE_KEY_LENGTH, key);
    return (size_t)length;
}
