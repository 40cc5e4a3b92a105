#include "client/net/lookup.h"

#include <netdb.h>
#include <stdlib.h>

#include "transport/base/memory.h"
#include "transport/net/threads.h"

struct lookup {
    uv_getaddrinfo_t request;
    void (*done)(void *user, const struct lookup_result *result, const char *error); /* NULL: cancelled */
    void *user;
};

static void read_addresses(struct lookup_result *result, const struct addrinfo *list)
{
    for (; list != NULL && result->count < LOOKUP_ADDRESSES_MAX; list = list->ai_next) {
        char *out = result->addresses[result->count];
        if (list->ai_family == AF_INET)
            result->count += uv_ip4_name((const struct sockaddr_in *)(const void *)list->ai_addr, out,
                                         sizeof result->addresses[0]) == 0;
        else if (list->ai_family == AF_INET6)
            result->count += uv_ip6_name((const struct sockaddr_in6 *)(const void *)list->ai_addr, out,
                                         sizeof result->addresses[0]) == 0;
    }
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct lookup *lookup = request->data;
    struct lookup_result result = {0};
    if (status == 0)
        read_addresses(&result, list);
    uv_freeaddrinfo(list);
    if (lookup->done != NULL)
        lookup->done(lookup->user, &result, status != 0 ? uv_strerror(status) : NULL);
    free(lookup);
}

struct lookup *lookup_start(uv_loop_t *loop, const char *host,
                            void (*done)(void *user, const struct lookup_result *result, const char *error), void *user)
{
    struct lookup *lookup = mem_alloc(sizeof *lookup);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    lookup->done = done;
    lookup->user = user;
    lookup->request.data = lookup;
    if (threads_for_lookups() && uv_getaddrinfo(loop, &lookup->request, on_found, host, NULL, &hints) == 0)
        return lookup;
    free(lookup);
    return NULL;
}

void lookup_cancel(struct lookup *lookup)
{
    if (lookup == NULL)
        return;
    lookup->done = NULL;
    uv_cancel((uv_req_t *)&lookup->request);
}
