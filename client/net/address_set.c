#include "client/net/address_set.h"

#include <netinet/in.h>
#include <string.h>

static bool is_of_interest(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        const unsigned char *bytes = (const unsigned char *)&v4->sin_addr;
        return bytes[0] != 127 && !(bytes[0] == 169 && bytes[1] == 254);
    }
    if (address->sa_family != AF_INET6)
        return false;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    return !IN6_IS_ADDR_LOOPBACK(v6) && !IN6_IS_ADDR_LINKLOCAL(v6);
}

void address_set_add(struct address_set *set, const struct sockaddr *address, unsigned interface)
{
    if (set->count == ADDRESS_SET_MAX || !is_of_interest(address))
        return;
    struct address_set_entry *entry = &set->at[set->count++];
    memset(entry, 0, sizeof *entry);
    entry->family = (unsigned char)address->sa_family;
    entry->scope = interface;
    if (address->sa_family == AF_INET)
        memcpy(entry->bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    else
        memcpy(entry->bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
}

static bool has(const struct address_set *set, const struct address_set_entry *entry)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->at[i].family == entry->family && set->at[i].scope == entry->scope &&
            memcmp(set->at[i].bytes, entry->bytes, sizeof entry->bytes) == 0)
            return true;
    return false;
}

bool address_set_equal(const struct address_set *a, const struct address_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!has(b, &a->at[i]))
            return false;
    return true;
}
