#include "transport/net/tcp_attempts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "transport/base/error.h"

/* The address of "candidate:FOUNDATION COMPONENT TRANSPORT PRIORITY ADDRESS PORT ...". Returns its size, or 0. */
static socklen_t address_of(const char *candidate, struct sockaddr_storage *address)
{
    char text[INET6_ADDRSTRLEN];
    unsigned port;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (sscanf(candidate, "candidate:%*32s %*3u %*7s %*10u %45s %5u", text, &port) != 2 || port == 0 ||
        port > UINT16_MAX)
        return 0;
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        v4.sin_port = htons((uint16_t)port);
        memcpy(address, &v4, sizeof v4);
        return sizeof v4;
    }
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
        return 0;
    v6.sin6_port = htons((uint16_t)port);
    memcpy(address, &v6, sizeof v6);
    return sizeof v6;
}

/* The local address that the kernel sends from to `remote`. A UDP socket is told only: nothing is sent. */
static int find_source(const struct sockaddr_storage *remote, socklen_t size, char text[INET6_ADDRSTRLEN])
{
    struct sockaddr_storage local;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    int fd = socket(remote->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ERR_IO;
    bool is_found = connect(fd, (const struct sockaddr *)remote, size) == 0 &&
                    getsockname(fd, (struct sockaddr *)&local, &size) == 0;
    close(fd);
    if (!is_found)
        return ERR_IO;
    memcpy(&v4, &local, sizeof v4);
    memcpy(&v6, &local, sizeof v6);
    const void *address = remote->ss_family == AF_INET ? (const void *)&v4.sin_addr : (const void *)&v6.sin6_addr;
    return inet_ntop(remote->ss_family, address, text, INET6_ADDRSTRLEN) != NULL ? 0 : ERR_IO;
}

int tcp_attempts_add(struct tcp_attempts *attempts, struct glib_bridge *bridge, const struct ice_agent_config *config,
                     const struct ice_credentials *local, const struct ice_credentials *remote, const char *candidate,
                     const struct attempt_owner *owner)
{
    struct ice_agent_config own = *config;
    struct sockaddr_storage address;
    char source[INET6_ADDRSTRLEN];
    socklen_t size = address_of(candidate, &address);
    if (size == 0)
        return ERR_INVALID;
    if (attempts->count == TCP_ATTEMPTS_MAX)
        return ERR_LIMIT;
    if (config->bind_addresses[0] == NULL) {
        if (find_source(&address, size, source) != 0)
            return ERR_IO;
        own.bind_addresses[0] = source;
        own.bind_addresses[1] = NULL;
    }
    own.no_udp = true;
    struct attempt *attempt = attempt_new(bridge, &own, local, owner);
    if (attempt == NULL)
        return ERR_IO;
    int error = attempt_add_candidate(attempt, candidate);
    if (error == 0)
        error = attempt_add_candidate(attempt, "");
    if (error == 0)
        error = attempt_set_remote(attempt, remote);
    if (error == 0)
        error = attempt_gather(attempt, NULL, 0);
    if (error != 0) {
        attempt_close(attempt);
        return error;
    }
    attempts->list[attempts->count++] = attempt;
    return 0;
}

struct attempt *tcp_attempts_take_connected(struct tcp_attempts *attempts)
{
    for (size_t i = 0; i < attempts->count; i++) {
        struct attempt *attempt = attempts->list[i];
        if (!attempt_is_connected(attempt))
            continue;
        attempts->list[i] = attempts->list[--attempts->count];
        return attempt;
    }
    return NULL;
}

bool tcp_attempts_have_failed(const struct tcp_attempts *attempts)
{
    for (size_t i = 0; i < attempts->count; i++)
        if (!attempt_has_failed(attempts->list[i]))
            return false;
    return true;
}

void tcp_attempts_close(struct tcp_attempts *attempts)
{
    for (size_t i = 0; i < attempts->count; i++)
        attempt_close(attempts->list[i]);
    attempts->count = 0;
}
