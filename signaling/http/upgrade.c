#include "signaling/http/upgrade.h"

#include <strings.h>

#include "signaling/http/http_peer.h"
#include "signaling/http/refuse_early.h"
#include "signaling/proto/message.h"

#define PROTOCOLS_MAX 120 /* of the list of subprotocols; libwebsockets drops longer ones */

/* Whether libwebsockets, which closes without an answer where it finds no list, will find our subprotocol in this one:
 * reads it as it does. */
static bool names_us(const char *protocols)
{
    struct lws_tokenize list;
    lws_tokenize_init(&list, protocols,
                      LWS_TOKENIZE_F_COMMA_SEP_LIST | LWS_TOKENIZE_F_MINUS_NONTERM | LWS_TOKENIZE_F_DOT_NONTERM |
                          LWS_TOKENIZE_F_RFC7230_DELIMS);
    list.len = strlen(protocols);
    do {
        list.e = (int8_t)lws_tokenize(&list);
        if (list.e == LWS_TOKZE_TOKEN && list.token_len == strlen(MESSAGE_SUBPROTOCOL) &&
            memcmp(list.token, MESSAGE_SUBPROTOCOL, list.token_len) == 0)
            return true;
    } while (list.e == LWS_TOKZE_TOKEN || list.e == LWS_TOKZE_DELIMITER);
    return false;
}

const struct http_upgrade_refusal *http_upgrade_check(const struct http_upgrade *upgrade)
{
    /* For other values libwebsockets would change to HTTP/2, whose streams bypass this check and the limits of
     * connections. */
    static const struct http_upgrade_refusal
        other = {"400 Bad Request", "the only upgrade is to a WebSocket"},
        elsewhere = {"404 Not Found", "the WebSocket is at /ws"},
        version = {"426 Upgrade Required", "the WebSocket's version is 13"},
        no_key = {"400 Bad Request", "Sec-WebSocket-Key is missing"},
        too_long = {"400 Bad Request", "Sec-WebSocket-Protocol is too long"},
        protocol = {"400 Bad Request",
                    "Sec-WebSocket-Protocol has to be a list of names, and one of them " MESSAGE_SUBPROTOCOL};
    if (strcasecmp(upgrade->to, "websocket") != 0)
        return &other;
    if (strcmp(upgrade->path, "/ws") != 0)
        return &elsewhere;
    if (strcmp(upgrade->version, "13") != 0)
        return &version;
    if (!upgrade->has_key)
        return &no_key;
    if (upgrade->has_long_protocols)
        return &too_long;
    return names_us(upgrade->protocols) ? NULL : &protocol;
}

int http_upgrade(struct http_host *host, struct lws *wsi, const char *to)
{
    static const struct http_upgrade_refusal foreign = {"403 Forbidden",
                                                        "a page of another origin; see --allow-origin"};
    char path[16], version[8], protocols[PROTOCOLS_MAX];
    http_copy_header(wsi, WSI_TOKEN_GET_URI, path, sizeof path);
    http_copy_header(wsi, WSI_TOKEN_VERSION, version, sizeof version);
    http_copy_header(wsi, WSI_TOKEN_PROTOCOL, protocols, sizeof protocols);
    const struct http_upgrade upgrade = {.to = to,
                                         .path = path,
                                         .version = version,
                                         .protocols = protocols,
                                         .has_key = lws_hdr_total_length(wsi, WSI_TOKEN_KEY) > 0,
                                         .has_long_protocols =
                                             lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) >= PROTOCOLS_MAX};
    const struct http_upgrade_refusal *refusal = http_upgrade_check(&upgrade);
    if (refusal == NULL && http_is_foreign(wsi, host->origins)) {
        host->counters.foreign_origins++;
        refusal = &foreign;
    }
    if (refusal == NULL)
        return 0;
    host->counters.upgrades_refused++;
    http_refuse_early(wsi, refusal->status, refusal->reason);
    return -1;
}
