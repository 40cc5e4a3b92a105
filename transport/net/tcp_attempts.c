#include "transport/net/tcp_attempts.h"

#include <netinet/in.h>
#include <unistd.h>
#include <uv.h>

#include "transport/base/error.h"
#include "transport/net/candidate.h"

/* The local address that the kernel sends from to `remote`. A UDP socket is told only: nothing is sent. */
static bool find_source(const struct sockaddr_storage *remote, char text[INET6_ADDRSTRLEN])
{
    struct sockaddr_storage local;
    socklen_t size = sizeof local;
    socklen_t remote_size = remote->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    int fd = socket(remote->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool is_found = connect(fd, (const struct sockaddr *)remote, remote_size) == 0 &&
                    getsockname(fd, (struct sockaddr *)&local, &size) == 0 &&
                    uv_ip_name((const struct sockaddr *)&local, text, INET6_ADDRSTRLEN) == 0;
    close(fd);
    return is_found;
}

int tcp_attempts_add(struct tcp_attempts *attempts, struct glib_bridge *bridge, const struct ice_agent_config *config,
                     const struct ice_credentials *local, const struct ice_credentials *remote, const char *candidate,
                     const struct attempt_owner *owner)
{
    struct ice_agent_config own = *config;
    struct candidate parsed;
    char source[INET6_ADDRSTRLEN];
    int error = candidate_parse(&parsed, candidate);
    if (error != 0)
        return error;
    if (attempts->count == TCP_ATTEMPTS_MAX)
        return ERR_LIMIT;
    if (config->bind_addresses[0] == NULL) {
        if (!find_source(&parsed.address, source))
            return ERR_IO;
        own.bind_addresses[0] = source;
        own.bind_addresses[1] = NULL;
    }
    own.no_udp = true;
    struct attempt *attempt = attempt_new(bridge, &own, local, owner);
    if (attempt == NULL)
        return ERR_IO;
    error = attempt_add_candidate(attempt, candidate);
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
