#include "signaling/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int try_bind(const struct sockaddr *address, socklen_t length)
{
    int one = 1, error = 0;
    int handle = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (handle < 0)
        return errno;
    /* As libwebsockets does: a port whose last connections still time out is free. */
    if (setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 || bind(handle, address, length) != 0)
        error = errno;
    close(handle);
    return error;
}

int listen_check(const char *host, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (host[0] == '\0')
        return try_bind((const struct sockaddr *)&v6, sizeof v6);
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
        return try_bind((const struct sockaddr *)&v4, sizeof v4);
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
        return try_bind((const struct sockaddr *)&v6, sizeof v6);
    return EINVAL;
}

const char *listen_shown_host(const char *host)
{
    struct in6_addr address;
    if (host[0] == '\0' || strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    if (inet_pton(AF_INET6, host, &address) == 1 && IN6_IS_ADDR_UNSPECIFIED(&address))
        return "::1";
    return host;
}
