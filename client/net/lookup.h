/* The addresses of a host, looked up in another thread: a name server that does not answer blocks nothing. A shell. */
#ifndef HEDDLE_CLIENT_LOOKUP_H
#define HEDDLE_CLIENT_LOOKUP_H

#include <netinet/in.h>
#include <uv.h>

#define LOOKUP_ADDRESSES_MAX 8

struct lookup_result {
    size_t count;                                           /* 0: there are none */
    char addresses[LOOKUP_ADDRESSES_MAX][INET6_ADDRSTRLEN]; /* numeric, in the order in which to try them */
};

struct lookup;

/* `done` is called once, from the loop; `error` is NULL, or why there are none. NULL: `host` cannot be a name. */
struct lookup *lookup_start(uv_loop_t *loop, const char *host,
                            void (*done)(void *user, const struct lookup_result *result, const char *error),
                            void *user);
/* No call of `done` after it. The memory goes when the system's lookup has ended. NULL is fine. */
void lookup_cancel(struct lookup *lookup);

#endif
