#include "signaling/http/http_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "signaling/config/page_origin.h"
#include "transport/base/budget.h"

uint64_t http_address_key(struct lws *wsi)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&peer, &size) != 0)
        return 0;
    return budget_key_of((const struct sockaddr *)&peer);
}

bool http_is_local(struct lws *wsi)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&peer, &size) != 0)
        return false;
    if (peer.ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &peer, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, &peer, sizeof v6);
    bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    return is_mapped ? v6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET : IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

void http_copy_header(struct lws *wsi, enum lws_token_indexes token, char *out, int size)
{
    if (lws_hdr_copy(wsi, out, size, token) < 0)
        out[0] = '\0';
}

bool http_is_foreign(struct lws *wsi, const struct page_origins *origins)
{
    char origin[PAGE_ORIGIN_LENGTH_MAX], own[PAGE_ORIGIN_LENGTH_MAX], forwarded[PAGE_ORIGIN_LENGTH_MAX];
    if (origins == NULL)
        return false;
    http_copy_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) >= PAGE_ORIGIN_LENGTH_MAX)
        snprintf(origin, sizeof origin, "too long");
    http_copy_header(wsi, WSI_TOKEN_HOST, own, sizeof own);
    if (lws_hdr_custom_copy(wsi, forwarded, sizeof forwarded, "x-forwarded-host:", 17) < 0)
        forwarded[0] = '\0';
    return !page_origin_is_welcome(origins, origin, own, forwarded);
}
