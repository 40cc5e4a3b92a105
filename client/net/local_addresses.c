#include "client/net/local_addresses.h"

#include <stdbool.h>
#include <string.h>

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static void add(struct local_addresses *addresses, size_t *count, const uv_interface_address_t *interface)
{
    const struct sockaddr_in6 *v6 = &interface->address.address6;
    if (*count == LOCAL_ADDRESSES_MAX || (v6->sin6_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)))
        return;
    char *text = addresses->texts[*count];
    if (v6->sin6_family == AF_INET6)
        uv_ip6_name(v6, text, INET6_ADDRSTRLEN);
    else
        uv_ip4_name(&interface->address.address4, text, INET6_ADDRSTRLEN);
    addresses->list[(*count)++] = text;
}

void local_addresses_for(struct local_addresses *addresses, const char *server_host)
{
    uv_interface_address_t *interfaces;
    int interface_count;
    size_t count = 0;
    memset(addresses, 0, sizeof *addresses);
    if (!is_loopback(server_host) || uv_interface_addresses(&interfaces, &interface_count) != 0)
        return;
    for (int internal = 1; internal >= 0; internal--) /* loopback first: there is room for a few only */
        for (int i = 0; i < interface_count; i++)
            if (interfaces[i].is_internal == internal)
                add(addresses, &count, &interfaces[i]);
    uv_free_interface_addresses(interfaces, interface_count);
}
