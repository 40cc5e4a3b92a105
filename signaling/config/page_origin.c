#include "signaling/config/page_origin.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "transport/base/error.h"

/* "app.example:8080" of "https://app.example:8080"; NULL: not of this form. */
static const char *authority_of(const char *origin)
{
    const char *mark = strstr(origin, "://");
    return mark != NULL && mark > origin && mark[3] != '\0' && strpbrk(mark + 3, "/?# @") == NULL ? mark + 3 : NULL;
}

int page_origin_add(struct page_origins *list, const char *origin)
{
    if (strcmp(origin, "*") != 0 && (authority_of(origin) == NULL || strlen(origin) >= PAGE_ORIGIN_LENGTH_MAX))
        return ERR_INVALID;
    if (list->count == PAGE_ORIGIN_MAX)
        return ERR_LIMIT;
    snprintf(list->origins[list->count++], PAGE_ORIGIN_LENGTH_MAX, "%s", origin);
    return 0;
}

/* The length of "host:port", without the port if that is the scheme's default. */
static size_t bare_length(const char *authority)
{
    size_t length = strlen(authority);
    if (length > 3 && strcmp(authority + length - 3, ":80") == 0)
        return length - 3;
    if (length > 4 && strcmp(authority + length - 4, ":443") == 0)
        return length - 4;
    return length;
}

static bool is_same(const char *authority, const char *host)
{
    size_t length = bare_length(authority);
    return host[0] != '\0' && bare_length(host) == length && strncasecmp(authority, host, length) == 0;
}

bool page_origin_is_welcome(const struct page_origins *list, const char *origin, const char *host,
                            const char *forwarded)
{
    if (origin[0] == '\0')
        return true;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->origins[i], "*") == 0 || strcasecmp(list->origins[i], origin) == 0)
            return true;
    /* Each proxy adds what it was asked for: the first is what the browser asked for. */
    char asked[PAGE_ORIGIN_LENGTH_MAX];
    snprintf(asked, sizeof asked, "%.*s", (int)strcspn(forwarded, ", "), forwarded);
    const char *authority = authority_of(origin);
    return authority != NULL && (is_same(authority, host) || is_same(authority, asked));
}
