#include "signaling/router/advertised_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "transport/base/log.h"

/* Of this machine's interfaces but loopback. */
static size_t find_addresses(char out[][64], size_t capacity)
{
    struct ifaddrs *list = NULL;
    size_t count = 0;
    if (getifaddrs(&list) == 0) {
        for (const struct ifaddrs *i = list; i != NULL && count < capacity; i = i->ifa_next) {
            if (i->ifa_addr == NULL || (i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_LOOPBACK) != 0)
                continue;
            if (i->ifa_addr->sa_family == AF_INET) {
                struct sockaddr_in v4;
                memcpy(&v4, i->ifa_addr, sizeof v4);
                inet_ntop(AF_INET, &v4.sin_addr, out[count++], 64);
            } else if (i->ifa_addr->sa_family == AF_INET6) {
                struct sockaddr_in6 v6;
                memcpy(&v6, i->ifa_addr, sizeof v6);
                if (!IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr))
                    inet_ntop(AF_INET6, &v6.sin6_addr, out[count++], 64);
            }
        }
        freeifaddrs(list);
    }
    return count;
}

bool advertised_addresses_are_loopback(const struct config *config)
{
    char found[1][64];
    return (config->ice_full || config->public_ip_count == 0) && find_addresses(found, 1) == 0;
}

/* ICE agents (browsers, and ours as a full agent) leave out the loopback interface.
 * When the machine has no other, its address is used all the same, for programs on this machine. */
void advertised_addresses_choose(struct advertised_addresses *addresses, const struct config *config,
                                 struct worker_config *worker)
{
    size_t given = config->public_ip_count, found = find_addresses(addresses->found, CONFIG_PUBLIC_IP_MAX);
    bool needs_found = config->ice_full || given == 0;
    if (config->ice_full && given > 0)
        log_warning("router",
                    "--public-ip means nothing with --ice full: each connection finds its addresses by itself");
    if (needs_found && found == 0) {
        log_warning("router",
                    "this machine has no network but loopback: only programs on it can connect, and browsers cannot%s",
                    config->ice_full ? "" : "; if clients reach it at another address, give --public-ip");
        snprintf(addresses->found[found++], sizeof addresses->found[0], "127.0.0.1");
        worker->bind_address = config->ice_full ? addresses->found[0] : NULL;
    }
    for (size_t i = 0; i < (given > 0 ? given : found); i++)
        worker->public_ips[i] = given > 0 ? config->public_ips[i] : addresses->found[i];
}
