/* Which web pages may use a server without tokens. A browser sends requests of any page to any address, also to servers
 * that only its own machine or network can reach, and names the page's site in `Origin`. Pure. */
#ifndef HEDDLE_SIGNALING_PAGE_ORIGIN_H
#define HEDDLE_SIGNALING_PAGE_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#define PAGE_ORIGIN_MAX 8
#define PAGE_ORIGIN_LENGTH_MAX 256

/* Origins of other sites whose pages may use the server, too. */
struct page_origins {
    size_t count;
    char origins[PAGE_ORIGIN_MAX][PAGE_ORIGIN_LENGTH_MAX]; /* "https://app.example", or "*" */
};

/* ERR_INVALID: not "SCHEME://HOST[:PORT]" or "*"; ERR_LIMIT: too many. */
int page_origin_add(struct page_origins *list, const char *origin);

/* Whether a request with this `Origin` may be answered: it comes from the server's own page (whose address is `host`,
 * the request's Host, or `forwarded`, the Host that a proxy in front of the server saw), from a page in the list, or
 * (empty) from no page. */
bool page_origin_is_welcome(const struct page_origins *list, const char *origin, const char *host,
                            const char *forwarded);

#endif
