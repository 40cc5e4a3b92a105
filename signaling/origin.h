/* Which web pages may use a server that lets everybody in. A browser sends any page's requests to any address, also to
 * servers that only the browser's own machine or network can reach, and names the page in `Origin`. Pure. */
#ifndef HEDDLE_SIGNALING_ORIGIN_H
#define HEDDLE_SIGNALING_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#define ORIGIN_MAX 8
#define ORIGIN_LENGTH_MAX 256

/* Pages of other addresses that are welcome, too. */
struct origin_list {
    size_t count;
    char origins[ORIGIN_MAX][ORIGIN_LENGTH_MAX]; /* "https://app.example", or "*" */
};

/* ERR_INVALID: not "SCHEME://HOST[:PORT]" or "*"; ERR_LIMIT: too many. */
int origin_add(struct origin_list *list, const char *origin);

/* Is a request of this `Origin` one of the server's own page (its address is `host`, the request's Host, or
 * `forwarded`, the Host that a proxy in front of us saw), or of a page in the list? An empty origin is no page. */
bool origin_is_welcome(const struct origin_list *list, const char *origin, const char *host, const char *forwarded);

#endif
