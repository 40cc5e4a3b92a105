/* The addresses that ICE gathers from where its own choice would not work. A shell. */
#ifndef HEDDLE_CLIENT_LOCAL_ADDRESSES_H
#define HEDDLE_CLIENT_LOCAL_ADDRESSES_H

#include <uv.h>

#define LOCAL_ADDRESSES_MAX 7

struct local_addresses {
    const char *list[LOCAL_ADDRESSES_MAX + 1]; /* NULL-terminated; empty: ICE chooses */
    char texts[LOCAL_ADDRESSES_MAX][INET6_ADDRSTRLEN];
};

/* By itself ICE gathers from every interface but loopback, which is the only way to a server on this machine. */
void local_addresses_for(struct local_addresses *addresses, const char *server_host);

#endif
